package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/esacert/esacert/conformance/suite"
)

type templateCmd struct{}

// Run prints a targets file to fill in.
func (templateCmd) Run(s streams) error { return write(s, suite.Template()) }

type versionCmd struct{}

// Run prints the version of the module, as the Go toolchain recorded it, and
// that of the contract.
func (versionCmd) Run(s streams) error {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	contract, err := suite.ReadContract()
	if err != nil {
		return broken(err)
	}
	return write(s, fmt.Sprintf("esaconform %s, contract %s\n", version, contract.Version))
}

func write(s streams, text string) error {
	if _, err := io.WriteString(s.out, text); err != nil {
		return broken(fmt.Errorf("write to standard output: %w", err))
	}
	return nil
}
