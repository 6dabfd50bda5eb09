package serverrunner_test

import (
	"testing"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// esacertd passes every server case, and no case is skipped.
func TestEsacertdPassesAllCases(t *testing.T) {
	t.Parallel()
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		t.Fatal(err)
	}
	result := run(t, localTarget(t), all, serverrunner.Options{})
	for i := range result.Results {
		if r := &result.Results[i]; r.Verdict != suite.Passed {
			report(t, r)
		}
	}
	t.Logf("%d cases in %s", len(result.Results), result.Duration)
}
