package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
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

// Help is shown by --help.
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

// adapterProgram is a client under test.
type adapterProgram struct {
	name      string
	command   process.Command
	signature string // of calls whose case names none; "" is the cases' own default
}

// casesFor gives the cases with the signature that the client is tested with.
// Most cases are about something else, and a client that knows one scheme only
// is to show what it makes of them.
func (p adapterProgram) casesFor(all []suite.Case) []suite.Case {
	if p.signature == "" {
		return all
	}
	own := slices.Clone(all)
	for i, c := range own {
		if c.Client != nil && c.Client.Call.Signature == "" {
			client := *c.Client
			client.Call.Signature = p.signature
			own[i].Client = &client
		}
	}
	return own
}

// Run tests the client, or each of several.
func (c *clientCmd) Run(ctx context.Context, s streams) error {
	programs, err := c.programs()
	if err != nil {
		return err
	}
	plan, err := c.plan(suite.ClientSide)
	if err != nil {
		return err
	}
	// The keys of the calls are made up, and cut by package clients.
	reports, err := c.reports(s, plan, len(programs), nil)
	if err != nil {
		return err
	}
	contract, err := suite.ReadContract()
	if err != nil {
		return internalError(err)
	}
	run := &suite.Run{Started: time.Now(), Contract: contract.Version, Side: suite.ClientSide}
	var bySubject [][]suite.Result
	for _, p := range programs {
		run.Subjects = append(run.Subjects, p.name)
		results, err := clientrunner.Run(ctx, clientrunner.Command(p.name, p.command), p.casesFor(plan.selected), clientrunner.Options{
			Parallel: c.Parallel, Timeout: c.Timeout, Grace: c.Grace, Startup: c.Startup, Done: reports.result,
		})
		if err != nil && len(results) == 0 {
			return internalError(err)
		}
		if err != nil {
			results = append(results, runError(run, p.name, "run/left",
				"At the end of its input, an adapter exits with code 0.", err))
			reports.result(results[len(results)-1])
		}
		bySubject = append(bySubject, results)
	}
	run.Duration = time.Since(run.Started)
	run.Results = byCase(bySubject)
	return reports.end(run)
}

// byCase puts the results of several subjects side by side.
func byCase(bySubject [][]suite.Result) []suite.Result {
	var (
		ids     []string
		grouped = map[string][]suite.Result{}
	)
	for _, results := range bySubject {
		for _, r := range results {
			if len(grouped[r.Case]) == 0 {
				ids = append(ids, r.Case)
			}
			grouped[r.Case] = append(grouped[r.Case], r)
		}
	}
	var all []suite.Result
	for _, id := range ids {
		all = append(all, grouped[id]...)
	}
	return all
}

// programs are those to test. That they can be started at all is checked before
// anything runs. The known failures of a file of adapters join those of --known.
func (c *clientCmd) programs() ([]adapterProgram, error) {
	var (
		programs []adapterProgram
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
		var known []string
		if programs, known, err = readAdapters(c.Adapters); err != nil {
			return nil, usageError(err)
		}
		c.Known = append(c.Known, known...)
	case len(command) == 0:
		return nil, usageError(errors.New("no client: give its adapter after --, for example 'esaconform client -- node adapter.mjs'"))
	default:
		name := c.Name
		if name == "" {
			name = strings.TrimSuffix(filepath.Base(command[0]), ".exe")
		}
		programs = []adapterProgram{{name: name, command: process.Command{Path: command[0], Args: command[1:]}}}
	}
	for _, one := range programs {
		if err := one.startable(); err != nil {
			return nil, usageError(err)
		}
	}
	return programs, nil
}

// startable looks for the program where it would be started.
func (p adapterProgram) startable() error {
	path := p.command.Path
	if strings.ContainsRune(path, filepath.Separator) && !filepath.IsAbs(path) {
		// Joining drops a leading ./, and without it the look-up would search PATH.
		absolute, err := filepath.Abs(filepath.Join(p.command.Dir, path))
		if err != nil {
			return fmt.Errorf("start adapter of %s: %w", p.name, err)
		}
		path = absolute
	}
	if _, err := exec.LookPath(path); err != nil {
		return fmt.Errorf("start adapter of %s: %w", p.name, err)
	}
	return nil
}
