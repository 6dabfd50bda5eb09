package report

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// headline says in one sentence what became of a case.
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

// label names a verdict for people.
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
