package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// reportSubtest reports a result as the outcome of its subtest.
func reportSubtest[T Tester[T]](t T, known []suite.Known, result suite.Result) {
	t.Helper()
	one := suite.Run{Subjects: []string{result.Subject}, Results: []suite.Result{result}}
	one.Results[0].Checks = slices.Clone(result.Checks)
	// An entry that matches no check here may match one in another case; checkRun
	// checks all of them.
	_ = suite.ApplyKnown(known, &one)
	switch r := &one.Results[0]; {
	case r.Verdict == suite.Passed:
	case r.Verdict == suite.NotRun, r.Verdict == suite.Unsupported:
		t.Skipf("%s: %s", r.Verdict, r.Reason)
	case r.Verdict == suite.KnownFailure, r.Tolerated():
		t.Logf("%s, tolerated\n%s", r.Verdict, explain(r))
	default:
		t.Errorf("%s\n%s", r.Verdict, explain(r))
	}
}

// checkRun fails a test in which no case ran, or in which a known failure matches
// no check. It returns the run with the known failures applied. It checks neither
// if go test -run left out some of the selected cases.
func checkRun[T Tester[T]](t T, known []suite.Known, run suite.Run, selected int) suite.Run {
	t.Helper()
	problems := suite.ApplyKnown(known, &run)
	if len(run.Results) < selected {
		return run
	}
	if len(problems) > 0 {
		t.Errorf("conformance: known failures: %v", problems)
	}
	if run.ExitCode() == suite.ExitNothingRan {
		t.Errorf("conformance: none of %d cases ran; %s", selected, firstSkipReason(run))
	}
	t.Logf("conformance: %s", summary(run.Counts()))
	return run
}

// firstSkipReason returns why the first of the skipped cases did not run.
func firstSkipReason(run suite.Run) string {
	for i := range run.Results {
		if reason := run.Results[i].Reason; reason != "" {
			return fmt.Sprintf("%s: %s", run.Results[i].Case, reason)
		}
	}
	return "no case was selected"
}

// summary returns the counts of verdicts in one line.
func summary(counts suite.Counts) string {
	var parts []string
	for _, v := range []suite.Verdict{
		suite.Passed, suite.Failed, suite.KnownFailure, suite.UnexpectedPass, suite.Errored, suite.NotRun, suite.Unsupported,
	} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	return strings.Join(parts, ", ")
}
