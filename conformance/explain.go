package conformance

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// explain returns the checks that did not pass, and the exchanges.
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
		writeField(&b, "want", c.Want)
		writeField(&b, "got", c.Got)
		writeField(&b, "reason", c.Reason)
	}
	for i, e := range r.Exchanges {
		fmt.Fprintf(&b, "exchange %d\n", i+1)
		writeField(&b, "sent", e.Request)
		writeField(&b, "response", e.Response)
		writeField(&b, "error", e.Error)
		writeField(&b, "signed", e.Difference)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

const margin = "            "

func writeField(b *strings.Builder, label, value string) {
	if value == "" {
		return
	}
	value = strings.TrimRight(strings.ReplaceAll(value, "\r\n", "\n"), "\n")
	fmt.Fprintf(b, "  %-9s %s\n", label, strings.ReplaceAll(value, "\n", "\n"+margin))
}
