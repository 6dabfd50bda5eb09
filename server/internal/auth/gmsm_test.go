package auth_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Of gmsm the project imports the hash function alone: known vulnerabilities of
// its other packages (GO-2026-4694, SM9) do not concern it.
func TestOnlyTheHashOfGmsm(t *testing.T) {
	t.Parallel()
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "github.com/esacert/esacert/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/emmansun/gmsm/"
	found := false
	for path := range strings.Lines(string(list)) {
		path = strings.TrimSpace(path)
		found = found || path == module+"sm3"
		if strings.HasPrefix(path, module) && path != module+"sm3" && !strings.HasPrefix(path, module+"internal/") {
			t.Errorf("the project imports %s", path)
		}
	}
	if !found {
		t.Error("the project does not import sm3: this test sees nothing")
	}
}
