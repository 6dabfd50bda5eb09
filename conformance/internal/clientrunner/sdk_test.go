package clientrunner_test

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// No case fails with the SDK of this project and its adapter.
func TestSDK(t *testing.T) {
	t.Parallel()
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "gosdk")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../adapters/gosdk").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	start := time.Now()
	results, err := clientrunner.Run(t.Context(), clientrunner.Command("gosdk", process.Command{Path: program}), all, clientrunner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("the run took %s", took)
	}
	counts := suite.Counts{}
	for _, result := range results {
		counts[result.Verdict]++
		switch result.Verdict {
		case suite.Passed:
		case suite.Unsupported:
			t.Logf("%s: unsupported: %s", result.Case, result.Reason)
		default:
			t.Errorf("%s: %s\n%s", result.Case, result.Verdict, explain(result))
		}
	}
	t.Logf("%v", counts)
	if counts[suite.Passed] == 0 {
		t.Error("no case passed")
	}
}
