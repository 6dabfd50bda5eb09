package suite

import (
	"fmt"
	"net/http"
)

func (c *ClientCase) check(wrong *caseProblems) {
	if len(c.Outcomes) == 0 {
		wrong.add("client: outcomes are missing")
	}
	if len(c.Script) == 0 && !c.NoRequest {
		wrong.add("client: the script is missing")
	}
	if c.NoRequest && (len(c.Script) > 0 || c.MinAttempts+c.MaxAttempts > 0) {
		wrong.add("client: with no_request there is neither a script nor a number of attempts")
	}
	if low, high := max(c.MinAttempts, 1), max(c.MaxAttempts, 1); low > high {
		wrong.add("client: min_attempts %d is more than max_attempts %d", low, high)
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
	optionalOneOf(wrong, "client.call.signature", c.Signature, "acs3", "hmac-sha1")
	optionalOneOf(wrong, "client.call.method", c.Method, "POST", "GET")
	optionalOneOf(wrong, "client.call.placement", c.Placement, "query", "form")
	optionalOneOf(wrong, "client.call.credentials", c.Credentials, "key", "sts", "bearer")
	if c.Method == http.MethodGet && c.Placement == "form" {
		wrong.add("client.call: a form goes with POST")
	}
	seen := map[string]bool{}
	for _, p := range c.Parameters {
		if seen[p.Name] {
			wrong.add("client.call: parameter %s comes twice; an adapter takes each once", p.Name)
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
		wrong.add("%s: a body goes with a status", where)
	}
}

func (o *ExpectedOutcome) check(wrong *caseProblems, where string) {
	checkRow(wrong, where, o.Row)
	optionalOneOf(wrong, where+".kind", o.Kind, "service", "connection", "response", "input", "unsupported", "other")
	failed := o.Row != "" || o.Kind != "" || o.Code != "" || o.Message != ""
	switch ok := o.OK || o.Example != ""; {
	case ok && failed:
		wrong.add("%s: it is ok and a failure at once", where)
	case !ok && !failed:
		wrong.add("%s: it says neither ok nor what kind of failure", where)
	case !ok && len(o.Fields) > 0:
		wrong.add("%s: fields are those of an answer, so ok must be true", where)
	}
}
