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
		return "passed: at least one case ran, and all that ran passed or failed as known"
	case suite.ExitFailed:
		return "failed: a case that must or should hold does not"
	case suite.ExitBadConfig:
		return "bad configuration: nothing ran"
	case suite.ExitUnexpectedPass:
		return "stale: a known failure has passed or matched nothing, so its entry has to go"
	case suite.ExitErrored:
		return "could not be judged: a case hung, crashed or got no connection"
	case suite.ExitNothingRan:
		return "nothing ran: no case was judged, which is no pass"
	}
	return "unknown exit code"
}
