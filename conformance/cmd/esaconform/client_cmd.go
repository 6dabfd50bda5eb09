package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/conformance/internal/suite"
)

type clientCmd struct {
	Name     string        `placeholder:"NAME" help:"Client name in reports and known-failure files. Default: the command's file name."`
	Adapters string        `placeholder:"FILE" help:"Adapters file, to test several clients in one matrix (YAML list of name, command, dir, signature and known)."`
	Grace    time.Duration `placeholder:"DURATION" help:"Extra time after a call's timeout before the client counts as hanging. Default: 15s."`
	Startup  time.Duration `placeholder:"DURATION" help:"Extra time for the first result, while the adapter starts. Default: 15s."`
	Command  []string      `arg:"" optional:"" passthrough:"" help:"Adapter program of the client under test, with its arguments."`
	runFlags
}

// Help returns the details for --help.
func (clientCmd) Help() string {
	return `The adapter reads one JSON request per line from standard input, makes the call with the client, and writes one JSON result per line to standard output. conformance/adapters documents the protocol and holds examples.

An adapters file (dir and known are relative to the file):

  # adapters.yaml
  - name: node
    command: [node, adapter.mjs]
    dir: adapters/node
    known: known.yaml
    signature: hmac-sha1   # of calls for which the case sets none; default acs3

` + helpText
}

// Run tests one or several clients.
func (c *clientCmd) Run(ctx context.Context, s streams) error {
	programs, err := c.programs()
	if err != nil {
		return err
	}
	plan, err := c.plan(suite.ClientSide)
	if err != nil {
		return err
	}
	// Package clientrunner generates the keys of the calls, and redacts them.
	reports, err := c.reports(s, plan, len(programs), nil)
	if err != nil {
		return err
	}
	contract, err := suite.ReadContract()
	if err != nil {
		return internalError(err)
	}
	run := &suite.Run{Started: time.Now(), Contract: contract.Version, Side: suite.ClientSide}
	for _, p := range programs {
		run.Subjects = append(run.Subjects, p.Name)
		results, err := clientrunner.Run(ctx, p.Subject(), p.CasesFor(plan.selected), clientrunner.Options{
			Parallel: c.Parallel, Timeout: c.Timeout, Grace: c.Grace, Startup: c.Startup, Done: reports.result,
		})
		if err != nil && len(results) == 0 {
			return internalError(err)
		}
		if err != nil {
			results = append(results, runError(run, p.Name, "run/left",
				"At the end of its input, an adapter exits with code 0.", err))
			reports.result(results[len(results)-1])
		}
		run.Results = append(run.Results, results...)
	}
	run.Duration = time.Since(run.Started)
	run.Results = slices.Concat(suite.ByCase(run.Results)...)
	return reports.end(run)
}

// programs returns the programs to test, after checking that they can be started. It
// adds the known failures of an adapters file to those of --known.
func (c *clientCmd) programs() ([]clientrunner.Adapter, error) {
	var (
		programs []clientrunner.Adapter
		err      error
	)
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	switch {
	case c.Adapters != "" && (len(command) > 0 || c.Name != ""):
		return nil, usageError(errors.New("give either a command or --adapters, not both"))
	case c.Adapters != "":
		if programs, err = clientrunner.ReadAdapters(c.Adapters); err != nil {
			return nil, usageError(err)
		}
		for _, one := range programs {
			if one.Known != "" {
				c.Known = append(c.Known, one.Known)
			}
		}
	case len(command) == 0:
		return nil, usageError(errors.New("no client: give its adapter after --, for example 'esaconform client -- node adapter.mjs'"))
	default:
		name := c.Name
		if name == "" {
			name = strings.TrimSuffix(filepath.Base(command[0]), ".exe")
		}
		programs = []clientrunner.Adapter{{Name: name, Command: process.Command{Path: command[0], Args: command[1:]}}}
	}
	for _, one := range programs {
		if err := one.CheckStartable(); err != nil {
			return nil, usageError(err)
		}
	}
	return programs, nil
}
