package mutants

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/internal/suite"
)

//go:embed mutants.yaml
var list []byte

// Mutant is one thing that is broken.
type Mutant struct {
	Name string     `yaml:"name"` // what is broken, in words
	Side suite.Side `yaml:"side"` // which program has it
	File string     `yaml:"file"` // below the module's root
	Old  string     `yaml:"old"`  // stands in the file once
	New  string     `yaml:"new"`  // what takes its place
	Case string     `yaml:"case"` // id of the case that must fail
}

// All reads the list.
func All() ([]Mutant, error) {
	var all []Mutant
	if err := yaml.UnmarshalWithOptions(list, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("mutants.yaml: %w", err)
	}
	return all, nil
}

// Apply gives the text of the mutant's file with the change made. Root is the
// folder of the module.
func (m Mutant) Apply(root string) ([]byte, error) {
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.File)))
	if err != nil {
		return nil, fmt.Errorf("mutant %q: %w", m.Name, err)
	}
	switch n := strings.Count(string(source), m.Old); {
	case n != 1:
		return nil, fmt.Errorf("mutant %q: what it replaces stands in %s %d times", m.Name, m.File, n)
	case m.Old == m.New:
		return nil, errors.New("mutant " + m.Name + " changes nothing")
	}
	return []byte(strings.Replace(string(source), m.Old, m.New, 1)), nil
}
