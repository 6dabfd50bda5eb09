package suite_test

import (
	"maps"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestWorst(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		of   []suite.Verdict
		want suite.Verdict
	}{
		{nil, suite.NotRun},
		{[]suite.Verdict{suite.Passed}, suite.Passed},
		{[]suite.Verdict{suite.Passed, suite.NotRun}, suite.Passed},
		{[]suite.Verdict{suite.NotRun, suite.Unsupported}, suite.Unsupported},
		{[]suite.Verdict{suite.KnownFailure, suite.Passed}, suite.KnownFailure},
		{[]suite.Verdict{suite.UnexpectedPass, suite.KnownFailure}, suite.UnexpectedPass},
		{[]suite.Verdict{suite.Failed, suite.UnexpectedPass}, suite.Failed},
		{[]suite.Verdict{suite.Failed, suite.Errored, suite.Passed}, suite.Errored},
		{[]suite.Verdict{suite.Errored, "splendid"}, "splendid"},
	} {
		if got := suite.Worst(tc.of...); got != tc.want {
			t.Errorf("Worst(%v) = %s, want %s", tc.of, got, tc.want)
		}
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	type r = suite.Result
	for _, tc := range []struct {
		name    string
		results []r
		want    suite.ExitCode
	}{
		{"nothing", nil, suite.ExitNothingRan},
		{"nothing ran", []r{{Verdict: suite.NotRun}, {Verdict: suite.Unsupported}}, suite.ExitNothingRan},
		{"one passed", []r{{Verdict: suite.NotRun}, {Verdict: suite.Passed}}, suite.ExitPassed},
		{"only known failures", []r{{Verdict: suite.KnownFailure}}, suite.ExitPassed},
		{"must failed", []r{{Verdict: suite.Passed}, {Verdict: suite.Failed, Level: suite.Must}}, suite.ExitFailed},
		{"should failed", []r{{Verdict: suite.Failed, Level: suite.Should}}, suite.ExitFailed},
		{"may failed", []r{{Verdict: suite.Failed, Level: suite.May}}, suite.ExitPassed},
		{"may and must failed", []r{{Verdict: suite.Failed, Level: suite.May}, {Verdict: suite.Failed, Level: suite.Must}}, suite.ExitFailed},
		{"unexpected pass", []r{{Verdict: suite.Passed}, {Verdict: suite.UnexpectedPass, Level: suite.May}}, suite.ExitUnexpectedPass},
		{"error", []r{{Verdict: suite.Passed}, {Verdict: suite.Errored, Level: suite.May}}, suite.ExitErrored},
		{"failed, unexpected pass and error", []r{{Verdict: suite.Errored}, {Verdict: suite.UnexpectedPass}, {Verdict: suite.Failed}}, suite.ExitFailed},
		{"unexpected pass and error", []r{{Verdict: suite.Errored}, {Verdict: suite.UnexpectedPass}}, suite.ExitUnexpectedPass},
		{"unknown verdict", []r{{Verdict: suite.Passed}, {Verdict: ""}}, suite.ExitErrored},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			run := suite.Run{Results: tc.results}
			if got := run.ExitCode(); got != tc.want {
				t.Errorf("exit code %d, want %d", got, tc.want)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	run := suite.Run{Results: []suite.Result{{Verdict: suite.Passed}, {Verdict: suite.Failed, Level: suite.May}, {Verdict: suite.Passed}}}
	if got := run.Counts(); !maps.Equal(got, suite.Counts{suite.Passed: 2, suite.Failed: 1}) {
		t.Errorf("got counts %v", got)
	}
	if !run.Results[1].Tolerated() || run.Results[0].Tolerated() {
		t.Error("want only a failed result of level may tolerated")
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	r := suite.Result{Verdict: suite.Errored}
	if r.Judge(); r.Verdict != suite.Errored {
		t.Errorf("without checks: got verdict %s", r.Verdict)
	}
	r.Checks = []suite.Check{{Verdict: suite.Passed}, {Verdict: suite.Failed}}
	if r.Judge(); r.Verdict != suite.Failed {
		t.Errorf("got verdict %s", r.Verdict)
	}
}
