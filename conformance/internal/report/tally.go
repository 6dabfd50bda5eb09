package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// verdicts returns all verdicts, the most severe first.
func verdicts() []suite.Verdict {
	return []suite.Verdict{
		suite.Failed, suite.Errored, suite.UnexpectedPass, suite.KnownFailure,
		suite.Unsupported, suite.NotRun, suite.Passed,
	}
}

// counts returns the number of results for every verdict, including 0.
func counts(run *suite.Run) suite.Counts {
	counted := run.Counts()
	for _, verdict := range verdicts() {
		counted[verdict] += 0
	}
	return counted
}

// group returns the first element of a case ID.
func group(id string) string {
	first, _, _ := strings.Cut(id, "/")
	return first
}

// failsRun reports whether a result makes a run fail.
func failsRun(r suite.Result) bool {
	switch r.Verdict {
	case suite.Passed, suite.KnownFailure, suite.NotRun, suite.Unsupported:
		return false
	default: // including unknown verdicts
		return !r.Tolerated()
	}
}

// plural returns a number with its noun: 1 case, 2 cases.
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// known is a check that is a known failure.
type known struct {
	Result suite.Result
	Check  string // "" for the result as a whole
	Reason string
}

func knownFailures(results []suite.Result) []known {
	var all []known
	for _, r := range results {
		before := len(all)
		for _, c := range r.Checks {
			if c.Verdict == suite.KnownFailure {
				all = append(all, known{r, c.Name, c.Reason})
			}
		}
		if r.Verdict == suite.KnownFailure && len(all) == before {
			all = append(all, known{r, "", r.Reason})
		}
	}
	return all
}

// reasonGroup is the results with the same reason.
type reasonGroup struct {
	reason string
	cases  []string // ids
	n      int      // number of results
}

// skippedGroups groups the results without a judgment.
func skippedGroups(results []suite.Result) []reasonGroup {
	return byReason(results, func(r suite.Result) bool {
		return r.Verdict == suite.NotRun || r.Verdict == suite.Unsupported
	})
}

// byReason groups the selected results by verdict and reason.
func byReason(results []suite.Result, selected func(suite.Result) bool) []reasonGroup {
	var all []reasonGroup
	for _, r := range results {
		if !selected(r) {
			continue
		}
		reason := label(r)
		if r.Reason != "" {
			reason += ": " + r.Reason
		}
		at := slices.IndexFunc(all, func(a reasonGroup) bool { return a.reason == reason })
		if at < 0 {
			at = len(all)
			all = append(all, reasonGroup{reason: reason})
		}
		all[at].n++
		if !slices.Contains(all[at].cases, r.Case) {
			all[at].cases = append(all[at].cases, r.Case)
		}
	}
	return all
}
