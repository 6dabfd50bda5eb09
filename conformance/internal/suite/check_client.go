package suite

import (
	"fmt"
	"net/http"
)

func (c *ClientCase) check(wrong *caseProblems) {
	if len(c.Outcomes) == 0 {
		wrong.add("client: outcomes is missing")
	}
	if len(c.Script) == 0 && !c.NoRequest {
		wrong.add("client: script is missing")
	}
	if c.NoRequest && (len(c.Script) > 0 || c.MinAttempts+c.MaxAttempts > 0) {
		wrong.add("client: no_request excludes script, min_attempts and max_attempts")
	}
	if low, high := max(c.MinAttempts, 1), max(c.MaxAttempts, 1); low > high {
		wrong.add("client: min_attempts %d is greater than max_attempts %d", low, high)
	}
	c.Call.check(wrong)
	for i := range c.Script {
		c.Script[i].check(wrong, fmt.Sprintf("client.script[%d]", i))
	}
	for i := range c.Outcomes {
		c.Outcomes[i].check(wrong, fmt.Sprintf("client.outcomes[%d]", i))
	}
}

func (c *Call) check(wrong *caseProblems) {
	if _, known := LookupFacts(c.Operation); !known {
		wrong.add("client.call.operation: the contract has no operation %q", c.Operation)
	}
	optionalOneOf(wrong, "client.call.signature", c.Signature, "acs3", "hmac-sha1")
	optionalOneOf(wrong, "client.call.method", c.Method, "POST", "GET")
	optionalOneOf(wrong, "client.call.placement", c.Placement, "query", "form")
	optionalOneOf(wrong, "client.call.credentials", c.Credentials, "key", "sts", "bearer")
	if c.Method == http.MethodGet && c.Placement == "form" {
		wrong.add("client.call: placement form requires method POST")
	}
	seen := map[string]bool{}
	for _, p := range c.Parameters {
		if seen[p.Name] {
			wrong.add("client.call: parameter %s is duplicated; an adapter accepts each once", p.Name)
		}
		seen[p.Name] = true
	}
}

func (r *Reply) check(wrong *caseProblems, where string) {
	checkRow(wrong, where, r.Row)
	kinds := 0
	for _, set := range []bool{r.Row != "", r.Example != "", r.Status != 0, r.Reset} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		wrong.add("%s: exactly one of row, example, status, reset must be set", where)
	}
	if r.Body != "" && r.Status == 0 {
		wrong.add("%s: body requires status", where)
	}
}

func (o *ExpectedOutcome) check(wrong *caseProblems, where string) {
	checkRow(wrong, where, o.Row)
	optionalOneOf(wrong, where+".kind", o.Kind, "service", "connection", "response", "input", "unsupported", "other")
	failed := o.Row != "" || o.Kind != "" || o.Code != "" || o.Message != ""
	switch ok := o.OK || o.Example != ""; {
	case ok && failed:
		wrong.add("%s: both ok and a failure are set", where)
	case !ok && !failed:
		wrong.add("%s: neither ok nor a failure is set", where)
	case !ok && len(o.Fields) > 0:
		wrong.add("%s: fields requires ok", where)
	}
}
