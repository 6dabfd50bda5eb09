package live_test

import (
	"os"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func readKnown(t *testing.T) []suite.Known {
	t.Helper()
	const name = "testdata/known.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	known, err := suite.ParseKnown(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// A known failure is about what the client reports. It does not excuse an adapter that
// exits, breaks the protocol or hangs.
func TestKnownFailuresDoNotExcuseAdapters(t *testing.T) {
	t.Parallel()
	for _, known := range readKnown(t) {
		for _, check := range []suite.Check{
			{Name: "kind", Verdict: suite.Failed}, {Name: "kind", Verdict: suite.Passed}, {Name: "outcome", Verdict: suite.Errored},
		} {
			result := suite.Result{Case: known.Case.String(), Subject: known.Subject, Checks: []suite.Check{check}}
			result.Judge()
			run := &suite.Run{Subjects: []string{known.Subject}, Results: []suite.Result{result}}
			suite.ApplyKnown([]suite.Known{known}, run)
			want := map[suite.Verdict]suite.Verdict{
				suite.Failed: suite.KnownFailure, suite.Passed: suite.UnexpectedPass, suite.Errored: suite.Errored,
			}[check.Verdict]
			if got := run.Results[0].Verdict; got != want {
				t.Errorf("%s of %s: %s becomes %s, want %s", known.Case, known.Subject, check.Verdict, got, want)
			}
		}
	}
}
