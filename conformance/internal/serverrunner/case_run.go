package serverrunner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/ctxerr"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// caseRun is the run of one case.
type caseRun struct {
	*Session
	testCase *suite.Case
	builder  builder
	result   *suite.Result
}

// errHandlerNotReached reports that net/http responded, not the handler under test.
var errHandlerNotReached = errors.New("net/http responded before the handler ran; test a server by URL to run this case")

const reasonStopped = "the run was stopped before the case finished"

// runCase runs a case and sets the verdict and reason of its result.
func (s *Session) runCase(ctx context.Context, c *suite.Case, r *suite.Result) {
	limited, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	a := caseRun{Session: s, testCase: c, result: r, builder: builder{
		host: s.endpoint.host, targets: s.target.Targets, unique: s.options.UniqueLabel(), captured: map[string]string{}, now: s.options.Now, nonce: s.options.Nonce,
	}}
	err := a.steps(limited)
	switch {
	case ctxerr.Err(ctx) != nil:
		r.Verdict, r.Reason = suite.NotRun, reasonStopped
	case errors.Is(err, errHandlerNotReached):
		r.Verdict, r.Reason, r.Checks = suite.NotRun, err.Error(), nil
	case err != nil:
		r.Verdict, r.Reason = suite.Errored, err.Error()
	default:
		r.Judge()
	}
}

// skipReason returns why a case cannot run, or "" if it can.
func (s *Session) skipReason(ctx context.Context, c *suite.Case) string {
	switch {
	case c.Server == nil:
		return "not a server case"
	case ctx.Err() != nil:
		return reasonStopped
	}
	if missing := s.target.Targets.UnmetNeeds(c.Server); len(missing) > 0 {
		return "missing from the targets: " + strings.Join(missing, ", ")
	}
	if writes(c.Server) && !s.options.AllowWrites {
		return "the case creates applications, and writes are not allowed (--allow-writes)"
	}
	return ""
}

// writes reports whether a case may create, replace or delete certificates in the
// user's account: it says so, or a step may.
func writes(c *suite.ServerCase) bool {
	return c.Writes || slices.ContainsFunc(c.Steps, func(s suite.Step) bool { return s.MayWrite() })
}

// steps runs the steps of a case in order. It stops after an unexpected response,
// because the next step relies on the step before.
func (a *caseRun) steps(ctx context.Context) error {
	var before *sentRequest
	for i := range a.testCase.Server.Steps {
		step := &a.testCase.Server.Steps[i]
		s, err := a.builder.build(&step.Request, before)
		if err != nil {
			return err
		}
		alternatives, err := a.alternatives(step)
		if err != nil {
			return err
		}
		found, err := a.step(ctx, step, s, alternatives)
		if err != nil {
			return err
		}
		a.addChecks(i, found)
		if !a.canContinue(found) && i+1 < len(a.testCase.Server.Steps) {
			a.result.Reason = fmt.Sprintf("step %d was not sent, because the response to step %d was not as expected", i+2, i+1)
			return nil
		}
		before = s
	}
	return nil
}

// alternatives returns the expected responses of a step.
func (a *caseRun) alternatives(step *suite.Step) ([]expected, error) {
	alternatives := make([]expected, len(step.Responses))
	for i, response := range step.Responses {
		e, err := expect(response, a.builder.values())
		if err != nil {
			return nil, err
		}
		alternatives[i] = e
	}
	return alternatives, nil
}

// step sends the request of a step, once or concurrently, and checks the response.
func (a *caseRun) step(ctx context.Context, step *suite.Step, s *sentRequest, alternatives []expected) (checks, error) {
	if step.Concurrent > 1 {
		return a.sendConcurrently(ctx, step.Concurrent, s, alternatives)
	}
	got := a.endpoint.exchange(ctx, s.bytes, s.method)
	a.record(s, got)
	if c, ok := a.checkComplete(got); ok {
		return c, nil
	}
	if err := a.checkHandlerReached(got); err != nil {
		return nil, err
	}
	best, c := bestMatch(alternatives, got)
	a.capture(&c, step, got)
	c = append(c, a.commonChecks(ctx, s, alternatives[0].meantValid(s), got)...)
	return append(c, a.checkRule(ctx, a.ruleOf(best, s), got)...), nil
}

// capture saves the fields of a response that later steps use.
func (a *caseRun) capture(c *checks, step *suite.Step, got *response) {
	if len(step.Capture) == 0 {
		return
	}
	object, _ := parseBody(got.body) // a body that is not an object has no fields
	for _, name := range slices.Sorted(maps.Keys(step.Capture)) {
		path := step.Capture[name]
		value, found := fieldAt(object, path)
		if !found || value == "" {
			c.add("capture", false, "a value at "+path, "(missing)")
			continue
		}
		a.builder.captured[name] = value
	}
}

// record adds an exchange to the result, with the difference between the signed
// strings if the server rejected the signature.
func (a *caseRun) record(s *sentRequest, got *response) {
	x := got.record(a.redactor)
	if object, err := parseBody(got.body); err == nil {
		if code, _ := fieldAt(object, "Code"); code == esaerrors.SignatureDoesNotMatchACS3.Code {
			message, _ := fieldAt(object, "Message")
			x.Difference = a.redactor.String(explainDifference(s.transcript, message))
		}
	}
	a.result.Exchanges = append(a.result.Exchanges, x)
}

// checkHandlerReached returns an error if net/http responded instead of the handler.
func (a *caseRun) checkHandlerReached(got *response) error {
	if a.endpoint.reached != nil && !a.endpoint.reached.has(got.local) {
		return errHandlerNotReached
	}
	return nil
}

// checkComplete returns a failed check and true if the response is missing or
// incomplete.
func (a *caseRun) checkComplete(got *response) (checks, bool) {
	if got.err == nil {
		return nil, false
	}
	check := suite.Check{Name: "answer", Verdict: suite.Failed, Want: "one complete HTTP response", Got: got.err.Error()}
	switch {
	case got.timedOut():
		check.Verdict, check.Reason = suite.Errored, "the server hangs: no complete response within "+a.options.Timeout.String()
	case got.empty():
		check.Verdict, check.Reason = suite.Errored, "no response"
	}
	return checks{check}, true
}

// addChecks adds the checks of a step to the result. If the case has several steps,
// the names of the checks contain the number of the step.
func (a *caseRun) addChecks(step int, c checks) {
	if len(a.testCase.Server.Steps) > 1 {
		for i := range c {
			c[i].Name = fmt.Sprintf("step %d: %s", step+1, c[i].Name)
		}
	}
	a.result.Checks = append(a.result.Checks, c...)
}

// canContinue reports whether the response was the expected one, so that the next
// step can rely on it. Its details may be wrong.
func (a *caseRun) canContinue(c checks) bool {
	for i := range c {
		_, name, found := strings.Cut(c[i].Name, ": ")
		if !found {
			name = c[i].Name
		}
		switch name {
		case "status", "code", "answer", "body", "once", "capture":
			if c[i].Verdict != suite.Passed {
				return false
			}
		}
	}
	return true
}
