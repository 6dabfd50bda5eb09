package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// verdicts gives all verdicts, the ones that want attention first.
func verdicts() []suite.Verdict {
	return []suite.Verdict{
		suite.Failed, suite.Errored, suite.UnexpectedPass, suite.KnownFailure,
		suite.Unsupported, suite.NotRun, suite.Passed,
	}
}

// group is the first part of a case's id.
func group(id string) string {
	first, _, _ := strings.Cut(id, "/")
	return first
}

// failsRun tells whether a result is why a run is not right.
func failsRun(r suite.Result) bool {
	switch r.Verdict {
	case suite.Passed, suite.KnownFailure, suite.NotRun, suite.Unsupported:
		return false
	default: // verdicts that nobody knows are not right
		return !r.Tolerated()
	}
}

// plural is a number with its noun: 1 case, 2 cases.
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// known is a check that failed and was known to.
type known struct {
	Result suite.Result
	Check  string // "" where the reason stands at the result
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

// reasonGroup are results that have one reason.
type reasonGroup struct {
	reason string
	cases  []string // ids
	n      int      // results
}

// skippedGroups gathers what was not judged.
func skippedGroups(results []suite.Result) []reasonGroup {
	return byReason(results, func(r suite.Result) bool {
		return r.Verdict == suite.NotRun || r.Verdict == suite.Unsupported
	})
}

// byReason gathers results by their verdict and reason, so that one line says
// what many cases have in common.
func byReason(results []suite.Result, about func(suite.Result) bool) []reasonGroup {
	var all []reasonGroup
	for _, r := range results {
		if !about(r) {
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
