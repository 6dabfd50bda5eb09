package mutants

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/internal/suite"
)

//go:embed mutants.yaml
var list []byte

// Mutant is a defect: a change to one source file.
type Mutant struct {
	Name string     `yaml:"name"` // description of the defect
	Side suite.Side `yaml:"side"` // program with the defect
	File string     `yaml:"file"` // path relative to the root of the module
	Old  string     `yaml:"old"`  // must occur in the file once
	New  string     `yaml:"new"`  // replacement
	Case string     `yaml:"case"` // ID of the case that must fail
}

// All returns the mutants of mutants.yaml.
func All() ([]Mutant, error) {
	var all []Mutant
	if err := yaml.UnmarshalWithOptions(list, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read mutants.yaml: %w", err)
	}
	return all, nil
}

// Apply returns the content of the changed file. Root is the root directory of the
// module.
func (m Mutant) Apply(root string) ([]byte, error) {
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.File)))
	if err != nil {
		return nil, fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	switch n := strings.Count(string(source), m.Old); {
	case n != 1:
		return nil, fmt.Errorf("mutant %q: old occurs in %s %d times, want 1", m.Name, m.File, n)
	case m.Old == m.New:
		return nil, fmt.Errorf("mutant %q: old equals new", m.Name)
	}
	return []byte(strings.Replace(string(source), m.Old, m.New, 1)), nil
}
