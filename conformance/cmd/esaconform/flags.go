package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// runFlags are the flags of all commands that run cases.
type runFlags struct {
	Run      []string      `sep:"none" placeholder:"PATTERN" help:"Run only cases matching the pattern (* matches one path element, ** any number). Repeatable. Default: all."`
	Skip     []string      `sep:"none" placeholder:"PATTERN" help:"Skip cases matching the pattern. Repeatable."`
	Known    []string      `sep:"none" placeholder:"FILE" help:"Known-failures file (YAML list of case, check, subject, reason). These checks run and must fail. Repeatable."`
	Report   []string      `sep:"none" placeholder:"FORMAT=FILE" help:"Also write a report: json=FILE, junit=FILE, html=FILE or text=FILE; - is standard output, and moves progress to standard error. Repeatable."`
	Parallel int           `placeholder:"N" help:"Number of concurrent cases. Default: 1 for a server, 4 for a client."`
	Timeout  time.Duration `placeholder:"DURATION" help:"Time limit per case (server; default 15s) or per call (client; default 10s)."`
	Color    string        `enum:"auto,always,never" default:"auto" help:"Color output: auto, always or never."`
	Verbose  bool          `short:"v" help:"Also print a line for each case that passes."`
}

// plan is the selection of a run.
type plan struct {
	all      []suite.Case
	selected []suite.Case // of one side
	known    []suite.Known
}

// plan reads cases, patterns and known failures. It returns an exitError.
func (f *runFlags) plan(side suite.Side) (*plan, error) {
	if f.Parallel < 0 || f.Timeout < 0 {
		return nil, usageError(errors.New("--parallel and --timeout must not be negative"))
	}
	known, err := readKnown(f.Known...)
	if err != nil {
		return nil, err
	}
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		return nil, internalError(err)
	}
	selected, err := suite.Select(all, f.Run, f.Skip)
	if err != nil {
		return nil, usageError(err)
	}
	p := &plan{all: all, known: known, selected: slices.DeleteFunc(slices.Clone(selected), func(c suite.Case) bool { return !applies(c, side) })}
	if len(p.selected) == 0 {
		return nil, &exitError{suite.ExitNothingRan, fmt.Errorf("no %s cases match the patterns; nothing ran", side)}
	}
	return p, nil
}

func applies(c suite.Case, side suite.Side) bool {
	if side == suite.ServerSide {
		return c.Server != nil
	}
	return c.Client != nil
}

func readKnown(names ...string) ([]suite.Known, error) {
	var known []suite.Known
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError(fmt.Errorf("read known-failures file: %w", err))
		}
		more, err := suite.ParseKnown(name, data)
		if err != nil {
			return nil, usageError(fmt.Errorf("invalid known-failures file:\n%w", err))
		}
		known = append(known, more...)
	}
	return known, nil
}

// applicableKnown returns the known failures without those of cases that do not run.
func (p *plan) applicableKnown() []suite.Known { return suite.SelectKnown(p.known, p.all, p.selected) }

// asKnown returns a copy of a result with known failures applied, for the progress.
// The run is judged as a whole at its end.
func (p *plan) asKnown(r suite.Result) suite.Result {
	r.Checks = slices.Clone(r.Checks)
	one := &suite.Run{Subjects: []string{r.Subject}, Results: []suite.Result{r}}
	_ = suite.ApplyKnown(p.applicableKnown(), one) // an entry may match another result
	return one.Results[0]
}

// applyKnown applies the known failures to the whole run.
func (p *plan) applyKnown(run *suite.Run) {
	for _, problem := range suite.ApplyKnown(p.applicableKnown(), run) {
		run.Unmatched = append(run.Unmatched, problem.String())
	}
}
