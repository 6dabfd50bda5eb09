package serverrunner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/ctxerr"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// caseRun is one case under way.
type caseRun struct {
	*Session
	testCase *suite.Case
	builder  builder
	result   *suite.Result
}

// errHandlerNotReached says that the answer was not the handler's.
var errHandlerNotReached = errors.New("net/http answered by itself, before the handler was asked: give the URL of a server to judge this")

const reasonStopped = "the run was stopped before the case was over"

// runCase runs a case to its end and sets verdict and reason.
func (s *Session) runCase(ctx context.Context, c *suite.Case, r *suite.Result) {
	limited, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	a := caseRun{Session: s, testCase: c, result: r, builder: builder{
		host: s.endpoint.host, targets: s.target.Targets, unique: s.options.UniqueLabel(), now: s.options.Now, nonce: s.options.Nonce,
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

// skipReason says why a case is not run; "" if it is.
func (s *Session) skipReason(ctx context.Context, c *suite.Case) string {
	switch {
	case c.Server == nil:
		return "the case is not for servers"
	case ctx.Err() != nil:
		return reasonStopped
	}
	if missing := s.target.Targets.UnmetNeeds(c.Server); len(missing) > 0 {
		return "the targets have no " + strings.Join(missing, ", no ")
	}
	if writes(c.Server) && !s.options.AllowWrites {
		return "the case makes applications, and writing was not allowed (--allow-writes)"
	}
	return ""
}

// writes says whether a case may make applications. One that expects to, but
// does not say so, is taken for one that does: the account is somebody's.
func writes(c *suite.ServerCase) bool {
	for i := range c.Steps {
		for j := range c.Steps[i].Responses {
			if c.Steps[i].Responses[j].Accepted != nil {
				return true
			}
		}
	}
	return c.Writes
}

// steps makes the exchanges of a case, one after another. A step whose answer
// is another than the case needs ends the case: what follows would tell of the
// step before.
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
			a.result.Reason = fmt.Sprintf("step %d was not sent, since step %d was answered otherwise than it has to be", i+2, i+1)
			return nil
		}
		before = s
	}
	return nil
}

func (a *caseRun) alternatives(step *suite.Step) ([]expected, error) {
	alternatives := make([]expected, len(step.Responses))
	for i, answer := range step.Responses {
		e, err := expect(answer, a.target.Targets, a.builder.unique)
		if err != nil {
			return nil, err
		}
		alternatives[i] = e
	}
	return alternatives, nil
}

// step makes one exchange, or several at once, and judges what came back.
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
	c = append(c, a.commonChecks(ctx, s, alternatives[0].Accepted != nil, got)...)
	return append(c, a.checkRule(ctx, ruleOf(best, a.testCase.Violates), got)...), nil
}

// record keeps an exchange for the report, and where the two sides signed
// different texts, the difference.
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

// checkHandlerReached is an error if net/http has answered in place of a handler.
func (a *caseRun) checkHandlerReached(got *response) error {
	if a.endpoint.reached != nil && !a.endpoint.reached.has(got.local) {
		return errHandlerNotReached
	}
	return nil
}

// checkComplete judges an exchange without a whole answer.
func (a *caseRun) checkComplete(got *response) (checks, bool) {
	if got.err == nil {
		return nil, false
	}
	check := suite.Check{Name: "answer", Verdict: suite.Failed, Want: "one whole HTTP answer", Got: got.err.Error()}
	switch {
	case got.timedOut():
		check.Verdict, check.Reason = suite.Errored, "the server hangs: no whole answer within "+a.options.Timeout.String()
	case got.empty():
		check.Verdict, check.Reason = suite.Errored, "no answer came, so there is nothing to judge"
	}
	return checks{check}, true
}

// addChecks adds the checks of a step to the result. In cases of several steps their
// names say which step.
func (a *caseRun) addChecks(step int, c checks) {
	if len(a.testCase.Server.Steps) > 1 {
		for i := range c {
			c[i].Name = fmt.Sprintf("step %d: %s", step+1, c[i].Name)
		}
	}
	a.result.Checks = append(a.result.Checks, c...)
}

// canContinue says whether the next step makes sense: the answer was the right one,
// whatever is wrong with its details.
func (a *caseRun) canContinue(c checks) bool {
	for i := range c {
		_, name, found := strings.Cut(c[i].Name, ": ")
		if !found {
			name = c[i].Name
		}
		switch name {
		case "status", "code", "answer", "body", "once":
			if c[i].Verdict != suite.Passed {
				return false
			}
		}
	}
	return true
}
