package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/adapters"
)

// adapterEntry is a client in a file of --adapters.
type adapterEntry struct {
	Name    string   `yaml:"name"`
	Command []string `yaml:"command"`
	Dir     string   `yaml:"dir"`   // where the command runs, relative to the file; the file's folder without it
	Known   string   `yaml:"known"` // known failures of this client, relative to the file
}

// readAdapters reads a file of adapters and adds their known failures to the
// plan.
func readAdapters(name string, p *plan) ([]program, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the adapters: %w", err)
	}
	var entries []adapterEntry
	if err := yaml.UnmarshalWithOptions(data, &entries, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("adapters that cannot be used: %s: %s", name, yaml.FormatError(err, false, true))
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("adapters that cannot be used: %s names none", name)
	}
	var (
		programs []program
		problems []error
		seen     = map[string]bool{}
		folder   = filepath.Dir(name)
	)
	for i, e := range entries {
		if err := e.check(seen); err != nil {
			problems = append(problems, fmt.Errorf("%s: entry %d: %w", name, i+1, err))
			continue
		}
		seen[e.Name] = true
		programs = append(programs, program{e.Name, adapters.Command{
			Path: e.Command[0], Args: e.Command[1:], Dir: within(folder, e.Dir),
		}})
		if e.Known == "" {
			continue
		}
		known, err := readKnown(within(folder, e.Known))
		if err != nil {
			problems = append(problems, err)
		}
		p.known = append(p.known, known...)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("adapters that cannot be used:\n%w", errors.Join(problems...))
	}
	return programs, nil
}

func (e adapterEntry) check(seen map[string]bool) error {
	switch {
	case e.Name == "":
		return errors.New("name is missing")
	case seen[e.Name]:
		return fmt.Errorf("there is an adapter %q already", e.Name)
	case len(e.Command) == 0 || e.Command[0] == "":
		return errors.New("command is missing; it is a list, as in [node, adapter.mjs]")
	}
	return nil
}

func within(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
