package clientrunner

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Check returns an error that lists all problems of a client case: an unknown row, an
// invalid status, a call that the protocol of adapters cannot express. Cases read by
// suite.Load pass.
func Check(c suite.Case) error {
	if c.Client == nil {
		return fmt.Errorf("case %s: not a client case", c.ID)
	}
	var problems []string
	problems = append(problems, checkCall(&c.Client.Call)...)
	if len(c.Client.Script) == 0 && !c.Client.NoRequest {
		problems = append(problems, "the script has no reply")
	}
	for i, r := range c.Client.Script {
		for _, problem := range checkReply(r) {
			problems = append(problems, fmt.Sprintf("reply %d: %s", i+1, problem))
		}
	}
	if len(c.Client.Outcomes) == 0 {
		problems = append(problems, "no outcome is allowed")
	}
	for i, o := range c.Client.Outcomes {
		for _, problem := range checkExpectedOutcome(o) {
			problems = append(problems, fmt.Sprintf("outcome %d: %s", i+1, problem))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return errors.New("case " + c.ID + ": " + strings.Join(problems, "; "))
}

func checkCall(call *suite.Call) []string {
	var problems []string
	if _, known := suite.LookupFacts(call.Operation); !known {
		problems = append(problems, fmt.Sprintf("the contract has no operation %q", call.Operation))
	}
	for _, field := range []struct {
		name, value string
		allowed     []string
	}{
		{"signature", call.Signature, []string{adapters.SignatureACS3, adapters.SignatureHMACSHA1}},
		{"method", call.Method, []string{"POST", "GET"}},
		{"placement", call.Placement, []string{adapters.PlacementQuery, adapters.PlacementForm}},
		{"credentials", call.Credentials, []string{credentialsKey, credentialsSTS, credentialsBearer}},
	} {
		if field.value != "" && !slices.Contains(field.allowed, field.value) {
			problems = append(problems, fmt.Sprintf("%s is %q, want one of %s", field.name, field.value, strings.Join(field.allowed, ", ")))
		}
	}
	seen := map[string]bool{}
	for _, p := range call.Parameters {
		if seen[p.Name] {
			problems = append(problems, fmt.Sprintf("parameter %s is duplicated", p.Name))
		}
		seen[p.Name] = true
	}
	if call.Timeout < 0 || call.MaxAttempts < 0 {
		problems = append(problems, "timeout and max_attempts must not be negative")
	}
	return problems
}

func checkReply(r suite.Reply) []string {
	var problems []string
	if _, known := esaerrors.ByKey(r.Row); r.Row != "" && !known {
		problems = append(problems, fmt.Sprintf("no error of the contract has the key %q", r.Row))
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 999) {
		problems = append(problems, fmt.Sprintf("status %d is not a final status", r.Status))
	}
	if r.Delay < 0 || r.Cut < 0 {
		problems = append(problems, "delay and cut must not be negative")
	}
	for _, header := range append(r.Headers, suite.Parameter{Name: "Content-Type", Value: r.ContentType}) {
		if header.Name == "" || strings.ContainsAny(header.Name+header.Value, "\r\n") {
			problems = append(problems, fmt.Sprintf("header %q cannot be sent", header.Name))
		}
	}
	return problems
}

func checkExpectedOutcome(o suite.ExpectedOutcome) []string {
	var problems []string
	if _, known := esaerrors.ByKey(o.Row); o.Row != "" && !known {
		problems = append(problems, fmt.Sprintf("no error of the contract has the key %q", o.Row))
	}
	if o.OK && (o.Row != "" || o.Kind != "" || o.Code != "" || o.Message != "") {
		problems = append(problems, "ok excludes row, kind, code and message")
	}
	return problems
}
