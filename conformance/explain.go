package conformance

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// explain tells what is wrong with a result: the checks that did not pass, and
// the exchanges that they are about.
func explain(r *suite.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Why)
	if r.Reason != "" {
		fmt.Fprintf(&b, "%s\n", r.Reason)
	}
	for _, c := range r.Checks {
		if c.Verdict == suite.Passed {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", c.Name, c.Verdict)
		labelled(&b, "want", c.Want)
		labelled(&b, "got", c.Got)
		labelled(&b, "because", c.Reason)
	}
	for i, e := range r.Exchanges {
		fmt.Fprintf(&b, "exchange %d\n", i+1)
		labelled(&b, "sent", e.Request)
		labelled(&b, "answer", e.Response)
		labelled(&b, "error", e.Error)
		labelled(&b, "signed", e.Difference)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

const margin = "           "

func labelled(b *strings.Builder, label, text string) {
	if text == "" {
		return
	}
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	fmt.Fprintf(b, "  %-8s %s\n", label, strings.ReplaceAll(text, "\n", "\n"+margin))
}
