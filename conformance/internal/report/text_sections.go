package report

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// maxTextBytes is the number of bytes of a request or response that a text report shows.
const maxTextBytes = 4096

// checksText lists the checks that did not pass, with the wanted and actual values.
func checksText(r suite.Result) string {
	var b strings.Builder
	if r.Reason != "" {
		fmt.Fprintf(&b, "%s\n", r.Reason)
	}
	for _, c := range r.Checks {
		if c.Verdict == suite.Passed {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", c.Name, label(suite.Result{Verdict: c.Verdict, Level: r.Level}))
		if isComparison(c) {
			fmt.Fprintf(&b, "    want %s\n    got  %s\n", oneLine(c.Want), oneLine(c.Got))
		}
		if c.Reason != "" && c.Reason != r.Reason {
			fmt.Fprintf(&b, "    %s\n", c.Reason)
		}
	}
	return b.String()
}

// isComparison reports whether a failed check has a wanted or an actual value.
func isComparison(c suite.Check) bool {
	switch c.Verdict {
	case suite.Failed, suite.KnownFailure:
		return c.Want != "" || c.Got != ""
	default:
		return false
	}
}

// exchangesText lists the requests and responses of a case.
func exchangesText(r suite.Result) string {
	var b strings.Builder
	for i, e := range r.Exchanges {
		which := ""
		if len(r.Exchanges) > 1 {
			which = fmt.Sprintf(" %d of %d", i+1, len(r.Exchanges))
		}
		writeSection(&b, "request"+which, escapeMessage(e.Request, maxTextBytes))
		writeSection(&b, "response"+which+", after "+formatDuration(e.Duration), escapeMessage(e.Response, maxTextBytes))
		writeSection(&b, "no response", e.Error)
		writeSection(&b, "first difference between the canonical requests", e.Difference)
	}
	return b.String()
}

func writeSection(b *strings.Builder, title, body string) {
	if body != "" {
		fmt.Fprintf(b, "%s\n%s\n", title, indent(strings.TrimRight(body, "\n"), "| "))
	}
}

// indent inserts a prefix before each line.
func indent(s, prefix string) string {
	if s == "" {
		return ""
	}
	trimmed := strings.TrimSuffix(s, "\n")
	end := s[len(trimmed):]
	return prefix + strings.ReplaceAll(trimmed, "\n", "\n"+prefix) + end
}

// painter colors words for a terminal, if on is set.
type painter struct{ on bool }

func (p painter) with(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p painter) bold(s string) string  { return p.with("1", s) }
func (p painter) faint(s string) string { return p.with("2", s) }

// badge returns the verdict as a word of fixed width, so that the IDs are aligned.
func (p painter) badge(r suite.Result) string {
	word, color := badgeWord(r)
	return p.with(color, fmt.Sprintf("%-7s", word))
}

func badgeWord(r suite.Result) (word, color string) {
	switch r.Verdict {
	case suite.Passed:
		return "ok", "32"
	case suite.Failed:
		if r.Tolerated() {
			return "may", "33"
		}
		return "FAIL", "1;31"
	case suite.Errored:
		return "ERROR", "1;35"
	case suite.UnexpectedPass:
		return "XPASS", "1;31"
	case suite.KnownFailure:
		return "known", "33"
	case suite.Unsupported:
		return "unsup", "2"
	default:
		return "not run", "2"
	}
}

func (p painter) outcome(s string, code suite.ExitCode) string {
	if code == suite.ExitPassed {
		return p.with("1;32", s)
	}
	return p.with("1;31", s)
}
