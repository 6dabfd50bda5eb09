package report

import "github.com/esacert/esacert/conformance/internal/suite"

// counts counts results by verdict. Every verdict is there: readers need not
// know that a missing one means none.
func counts(run *suite.Run) suite.Counts {
	counted := run.Counts()
	for _, verdict := range verdicts() {
		counted[verdict] += 0
	}
	return counted
}

// Explain says in words what an exit code means: a word or two, a colon, and the
// rest.
func Explain(code suite.ExitCode) string {
	switch code {
	case suite.ExitPassed:
		return "passed: every case that ran passed or is a known failure"
	case suite.ExitFailed:
		return "failed: a required or recommended case failed"
	case suite.ExitBadConfig:
		return "invalid configuration: nothing ran"
	case suite.ExitUnexpectedPass:
		return "stale: a known failure passed or matched no case; remove its entry"
	case suite.ExitErrored:
		return "error: a case timed out, crashed or could not connect"
	case suite.ExitNothingRan:
		return "nothing ran"
	}
	return "unknown exit code"
}
