package spec_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
)

// README.md has the error table with the scenario sites; its rows must be the contract's.
func TestReadmeShowsEveryRow(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range esaerrors.Rows() {
		line := fmt.Sprintf("| %d | %d | %d | `%s` | %s |\n", row.Number, 4000000000000+row.Number, row.Status, row.Key, row.Message)
		if !strings.Contains(string(readme), line) {
			t.Errorf("README.md is missing the line\n%s", line)
		}
	}
}
