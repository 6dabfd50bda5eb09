package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/esacert/esacert/conformance/internal/suite"
)

type templateCmd struct{}

// Run prints a targets file to fill in.
func (templateCmd) Run(s streams) error { return write(s, suite.Template()) }

type versionCmd struct{}

// Run prints what --version prints.
func (versionCmd) Run(k *kong.Kong, s streams) error { return write(s, k.Model.Vars()["version"]+"\n") }

func write(s streams, text string) error {
	if _, err := io.WriteString(s.out, text); err != nil {
		return internalError(fmt.Errorf("write to standard output: %w", err))
	}
	return nil
}
