package spec_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
)

// The README shows the table with its scenario sites; it must be the contract's.
func TestReadmeShowsEveryRow(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range esaerrors.Rows() {
		line := fmt.Sprintf("| %d | %d | %d | `%s` | %s |\n", row.Number, 4000000000000+row.Number, row.Status, row.Key, row.Message)
		if !strings.Contains(string(readme), line) {
			t.Errorf("README.md has no line\n%s", line)
		}
	}
}
