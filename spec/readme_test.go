package spec_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaops"
)

// README.md has the error table with the scenario sites; its rows must be the contract's.
func TestReadmeShowsEveryRow(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range esaops.ApplyCertificate.Errors {
		line := fmt.Sprintf("| %d | %d | %d | `%s` | %s |\n", i+1, 4000000000000+i+1, row.Status, row.Key, row.Message)
		if !strings.Contains(string(readme), line) {
			t.Errorf("README.md is missing the line\n%s", line)
		}
	}
}

// README.md has a line for each operation.
func TestReadmeShowsEveryOperation(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range esaops.All() {
		line := fmt.Sprintf("| `%s` | %s | `%s` | %d |\n", op.Action, strings.Join(op.Methods, ", "), op.RAMAction, len(op.Errors))
		if !strings.Contains(string(readme), line) {
			t.Errorf("README.md is missing the line\n%s", line)
		}
	}
}
