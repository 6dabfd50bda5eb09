package mutants_test

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/mutants"
	"github.com/esacert/esacert/conformance/internal/suite"
)

const root = "../../.."

// minMutants is the minimum number of mutants.
const minMutants = 30

// Each mutant applies to the sources, and its case exists.
func TestMutantsApply(t *testing.T) {
	t.Parallel()
	all, err := mutants.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < minMutants {
		t.Errorf("got %d mutants, want at least %d", len(all), minMutants)
	}
	known, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		t.Fatal(err)
	}
	sides := map[string][2]bool{}
	for _, c := range known {
		sides[c.ID] = [2]bool{c.Server != nil, c.Client != nil}
	}
	names := map[string]bool{}
	for _, m := range all {
		t.Run(m.Name, func(t *testing.T) {
			if names[m.Name] {
				t.Error("duplicate name")
			}
			names[m.Name] = true
			changed, err := m.Apply(root)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.ParseFile(token.NewFileSet(), m.File, changed, parser.SkipObjectResolution); err != nil {
				t.Errorf("the changed file is not valid Go: %v", err)
			}
			has, ok := sides[m.Case]
			if !ok {
				t.Fatalf("no case %q", m.Case)
			}
			if side := map[suite.Side]bool{suite.ServerSide: has[0], suite.ClientSide: has[1]}; !side[m.Side] {
				t.Errorf("the case %s is not for a %s", m.Case, m.Side)
			}
		})
	}
}

func TestApplyRejects(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]mutants.Mutant{
		"no such file":      {File: "none.go", Old: "a", New: "b"},
		"not in the file":   {File: "go.mod", Old: "nonesuch nonesuch", New: "b"},
		"twice in the file": {File: "go.mod", Old: "github.com", New: "b"},
		"changes nothing":   {File: "go.mod", Old: "module github.com/esacert/esacert", New: "module github.com/esacert/esacert"},
	} {
		if _, err := m.Apply(root); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
