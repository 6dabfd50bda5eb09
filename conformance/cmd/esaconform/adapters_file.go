package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/process"
)

// adapterEntry is an entry of an adapters file.
type adapterEntry struct {
	Name      string   `yaml:"name"`
	Command   []string `yaml:"command"`
	Dir       string   `yaml:"dir"`       // working directory, relative to the file; default its directory
	Signature string   `yaml:"signature"` // of calls for which the case sets none: acs3 (default) or hmac-sha1
	Known     string   `yaml:"known"`     // known-failures file, relative to the file
}

// readAdapters reads an adapters file. It returns the programs and the names of their
// known-failures files.
func readAdapters(name string) (programs []adapterProgram, known []string, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read adapters file: %w", err)
	}
	var entries []adapterEntry
	if err := yaml.UnmarshalWithOptions(data, &entries, yaml.Strict()); err != nil {
		return nil, nil, fmt.Errorf("invalid adapters file %s: %s", name, yaml.FormatError(err, false, true))
	}
	if len(entries) == 0 {
		return nil, nil, fmt.Errorf("adapters file %s is empty", name)
	}
	var (
		problems []error
		seen     = map[string]bool{}
		dir      = filepath.Dir(name)
	)
	for i, e := range entries {
		if err := e.check(seen); err != nil {
			problems = append(problems, fmt.Errorf("%s: entry %d: %w", name, i+1, err))
			continue
		}
		seen[e.Name] = true
		programs = append(programs, adapterProgram{
			name:      e.Name,
			command:   process.Command{Path: e.Command[0], Args: e.Command[1:], Dir: resolvePath(dir, e.Dir)},
			signature: e.Signature,
		})
		if e.Known != "" {
			known = append(known, resolvePath(dir, e.Known))
		}
	}
	if len(problems) > 0 {
		return nil, nil, fmt.Errorf("invalid adapters file:\n%w", errors.Join(problems...))
	}
	return programs, known, nil
}

func (e adapterEntry) check(seen map[string]bool) error {
	if e.Signature != "" && e.Signature != adapters.SignatureACS3 && e.Signature != adapters.SignatureHMACSHA1 {
		return fmt.Errorf("signature is %q, want %s or %s", e.Signature, adapters.SignatureACS3, adapters.SignatureHMACSHA1)
	}
	switch {
	case e.Name == "":
		return errors.New("name is missing")
	case seen[e.Name]:
		return fmt.Errorf("name %q is already used", e.Name)
	case len(e.Command) == 0 || e.Command[0] == "":
		return errors.New("command is missing; it is a list, for example [node, adapter.mjs]")
	}
	return nil
}

func resolvePath(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
