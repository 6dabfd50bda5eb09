package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/suite"
)

type listCmd struct {
	Side     string   `enum:"server,client,both" default:"both" help:"Only cases for a server, for a client, or all."`
	Patterns []string `arg:"" optional:"" name:"pattern" help:"Only cases matching the pattern."`
}

func (c *listCmd) Run(s streams) error {
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		return internalError(err)
	}
	selected, err := matching(all, c.Patterns)
	if err != nil {
		return usageError(err)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	shown := 0
	for _, one := range selected {
		if c.Side != "both" && !applies(one, suite.Side(c.Side)) {
			continue
		}
		shown++
		// Flush returns the write errors.
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", one.ID, sideNames(one), one.Level, one.Evidence, one.Why)
	}
	if err := table.Flush(); err != nil {
		return internalError(fmt.Errorf("write list: %w", err))
	}
	if shown == 0 {
		return usageError(fmt.Errorf("no %s cases match", c.Side))
	}
	return nil
}

// matching is suite.Select with errors that name no flags.
func matching(all []suite.Case, patterns []string) ([]suite.Case, error) {
	if len(patterns) == 0 {
		return all, nil
	}
	var (
		problems []error
		keep     = map[string]bool{}
	)
	for _, raw := range patterns {
		pattern, err := suite.ParsePattern(raw)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		matched := false
		for _, c := range all {
			if pattern.Match(c.ID) {
				keep[c.ID], matched = true, true
			}
		}
		if !matched {
			problems = append(problems, fmt.Errorf("no case matches %q%s", raw, suggest(all, raw)))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(c suite.Case) bool { return !keep[c.ID] }), nil
}

// suggest returns a hint with similar case IDs, or with the command that lists all.
func suggest(all []suite.Case, pattern string) string {
	const few = 5
	words := strings.FieldsFunc(strings.ToLower(pattern), func(r rune) bool { return r == '/' || r == '*' })
	var ids []string
	for _, c := range all {
		if len(words) > 0 && len(ids) < few && strings.Contains(strings.ToLower(c.ID), words[len(words)-1]) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return "; run 'esaconform list' for all cases"
	}
	return "; similar: " + strings.Join(ids, ", ")
}

func sideNames(c suite.Case) string {
	switch {
	case c.Server != nil && c.Client != nil:
		return "server,client"
	case c.Server != nil:
		return "server"
	default:
		return "client"
	}
}

type explainCmd struct {
	ID string `arg:"" help:"Case ID."`
}

func (c *explainCmd) Run(s streams) error {
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		return internalError(err)
	}
	at := slices.IndexFunc(all, func(one suite.Case) bool { return one.ID == c.ID })
	if at < 0 {
		return usageError(fmt.Errorf("no case %q%s", c.ID, suggest(all, c.ID)))
	}
	document, err := yaml.MarshalWithOptions(all[at], yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return internalError(fmt.Errorf("show case %s: %w", c.ID, err))
	}
	return write(s, string(document))
}
