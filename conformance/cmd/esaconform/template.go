package main

import (
	"fmt"
	"io"

	"github.com/esacert/esacert/conformance/internal/suite"
)

type templateCmd struct{}

func (templateCmd) Run(s streams) error { return write(s, suite.Template()) }

type targetsCmd struct {
	Schema schemaCmd `cmd:"" help:"Print the JSON Schema (draft 2020-12) of the targets file, for editors."`
}

type schemaCmd struct{}

func (schemaCmd) Run(s streams) error { return write(s, string(suite.TargetsSchema())) }

func write(s streams, output string) error {
	if _, err := io.WriteString(s.out, output); err != nil {
		return internalError(fmt.Errorf("write to standard output: %w", err))
	}
	return nil
}
