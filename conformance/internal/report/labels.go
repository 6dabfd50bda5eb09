package report

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// headline summarizes a result in one sentence.
func headline(r suite.Result) string {
	var parts []string
	for _, c := range r.Checks {
		if c.Verdict != r.Verdict {
			continue
		}
		switch {
		case c.Reason != "":
			parts = append(parts, c.Name+": "+c.Reason)
		case isComparison(c):
			parts = append(parts, fmt.Sprintf(`%s: want "%s", got "%s"`, c.Name, c.Want, c.Got))
		default:
			parts = append(parts, c.Name)
		}
	}
	if r.Reason != "" {
		parts = append([]string{r.Reason}, parts...)
	}
	label := label(r)
	if len(parts) == 0 {
		return label
	}
	return label + ": " + strings.Join(parts, "; ")
}

// label returns the verdict of a result for messages.
func label(r suite.Result) string {
	switch r.Verdict {
	case suite.Failed:
		if r.Tolerated() {
			return "failed (tolerated, level may)"
		}
		return "failed"
	case suite.KnownFailure:
		return "known failure"
	case suite.UnexpectedPass:
		return "unexpected pass"
	case suite.NotRun:
		return "not run"
	case suite.Unsupported:
		return "unsupported by the client"
	case suite.Errored:
		return "error"
	default:
		return string(r.Verdict)
	}
}

// Explain returns the meaning of an exit code: a label, optionally followed by a colon
// and a sentence.
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
