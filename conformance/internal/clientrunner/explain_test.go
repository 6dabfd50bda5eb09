package clientrunner_test

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// explain formats a result: the checks that did not pass, and the exchanges.
func explain(r suite.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "why: %s\n", r.Why)
	if r.Reason != "" {
		fmt.Fprintf(&b, "%s: %s\n", r.Verdict, r.Reason)
	}
	for _, c := range r.Checks {
		if c.Verdict == suite.Passed {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", c.Name, c.Verdict)
		for _, line := range []struct{ label, value string }{{"want", c.Want}, {"got", c.Got}, {"because", c.Reason}} {
			if line.value != "" {
				fmt.Fprintf(&b, "  %-8s %s\n", line.label, indented(line.value, "           "))
			}
		}
	}
	for i, e := range r.Exchanges {
		fmt.Fprintf(&b, "attempt %d, %s\n", i+1, e.Duration)
		for _, part := range []string{e.Request, e.Response, e.Error} {
			if part != "" {
				fmt.Fprintf(&b, "    %s\n", indented(strings.TrimRight(strings.ReplaceAll(part, "\r\n", "\n"), "\n"), "    "))
			}
		}
	}
	return b.String()
}

func indented(s, by string) string { return strings.ReplaceAll(s, "\n", "\n"+by) }
