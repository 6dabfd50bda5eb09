package report

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// maxTextBytes is how many bytes of a request or an answer a text report shows.
const maxTextBytes = 4096

// checksText lists the checks that are not right, with what was wanted and what
// came.
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

// isComparison tells whether what came differs from what was wanted in a way that
// both texts show.
func isComparison(c suite.Check) bool {
	switch c.Verdict {
	case suite.Failed, suite.KnownFailure:
		return c.Want != "" || c.Got != ""
	default:
		return false
	}
}

// exchangesText shows the requests and answers of a case.
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

func writeSection(b *strings.Builder, title, text string) {
	if text != "" {
		fmt.Fprintf(b, "%s\n%s\n", title, indent(strings.TrimRight(text, "\n"), "| "))
	}
}

// indent puts a prefix before each line.
func indent(text, prefix string) string {
	if text == "" {
		return ""
	}
	trimmed := strings.TrimSuffix(text, "\n")
	end := text[len(trimmed):]
	return prefix + strings.ReplaceAll(trimmed, "\n", "\n"+prefix) + end
}

// painter colours words for a terminal, or leaves them as they are.
type painter struct{ on bool }

func (p painter) with(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p painter) bold(text string) string  { return p.with("1", text) }
func (p painter) faint(text string) string { return p.with("2", text) }

// badge is the verdict in a word of fixed width, so that the ids stand in a
// column.
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

func (p painter) outcome(text string, code suite.ExitCode) string {
	if code == suite.ExitPassed {
		return p.with("1;32", text)
	}
	return p.with("1;31", text)
}
