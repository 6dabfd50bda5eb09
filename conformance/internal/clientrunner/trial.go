package clientrunner

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// try runs a case and judges it.
func (s *Session) try(ctx context.Context, c suite.Case, result *suite.Result) {
	keys := keysOf(c)
	s.secrets.add(keys.secretParts...)
	played, err := play(ctx, c, s.contract, s.options.Clock)
	if err != nil {
		result.Verdict, result.Reason = suite.Errored, "could not be run: "+err.Error()
		return
	}
	told, callErr := s.call(ctx, s.request(c, keys, played.endpoint()))
	arrivals := played.stop()
	list := &checks{}
	if unsupported(told, callErr) && len(arrivals) == 0 {
		result.Verdict, result.Reason = suite.Unsupported, told.Error.Raw
		list.put(suite.Check{Name: checkOutcome, Verdict: suite.Unsupported, Reason: told.Error.Raw})
		result.Checks = list.list
		return
	}
	result.Exchanges = s.judgeRequests(c, keys, arrivals, list)
	if callErr != nil {
		result.Reason = callErr.Error()
		list.put(suite.Check{Name: checkOutcome, Verdict: suite.Errored, Want: "a result", Reason: callErr.Error()})
	} else {
		for _, check := range JudgeOutcome(c.Client.Outcomes, told, lastRequestID(arrivals)) {
			list.put(check)
		}
	}
	result.Checks = list.list
	result.Judge()
}

// request tells the client what to call.
func (s *Session) request(c suite.Case, keys keys, endpoint string) adapters.Request {
	call := c.Client.Call
	request := adapters.Request{
		ID: c.ID, Endpoint: endpoint,
		Signature:   cmp.Or(call.Signature, adapters.SignatureACS3),
		Method:      cmp.Or(call.Method, http.MethodPost),
		Placement:   cmp.Or(call.Placement, adapters.PlacementQuery),
		Parameters:  make(map[string]string, len(call.Parameters)),
		TimeoutMs:   int(s.timeout(c) / time.Millisecond),
		MaxAttempts: cmp.Or(call.MaxAttempts, 1),
	}
	for _, p := range call.Parameters {
		request.Parameters[p.Name] = p.Value
	}
	keys.fill(&request)
	return request
}

func (s *Session) timeout(c suite.Case) time.Duration {
	return cmp.Or(time.Duration(c.Client.Call.Timeout), s.options.Timeout)
}

// call makes one call. A caller that gives no result is given up, for nobody
// knows what it would answer next.
func (s *Session) call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	c, err := s.borrow()
	if err != nil {
		s.patience.note(err)
		return adapters.Result{}, err
	}
	patience := time.Duration(request.TimeoutMs)*time.Millisecond + s.options.Grace
	if c.starting() {
		patience += s.options.Startup
	}
	bounded, cancel := context.WithTimeoutCause(ctx, patience, errHangs(patience))
	defer cancel()
	result, err := c.call(bounded, request)
	if err != nil {
		_ = c.leave(true) // why it is given up is told by err
		s.patience.note(err)
		return result, err
	}
	s.patience.note(nil)
	s.giveBack(c)
	return result, nil
}

// errHangs is why a call without a result was ended.
type errHangs time.Duration

func (e errHangs) Error() string {
	return "the client hangs: no result within " + time.Duration(e).String()
}

// judgeRequests judges every request that arrived, and tells the exchanges.
func (s *Session) judgeRequests(c suite.Case, keys keys, arrivals []*arrival, list *checks) []suite.Exchange {
	judgeAttempts(list, c.Client, arrivals)
	judge := requestJudge{
		caseID: c.ID, call: &c.Client.Call, keys: keys, nonces: &s.nonces, checks: list,
	}
	exchanges := make([]suite.Exchange, len(arrivals))
	for i, a := range arrivals {
		exchanges[i] = a.exchange(judge.judge(a, i, len(arrivals)))
		if errors.Is(a.failure, errNotPlayed) {
			list.put(suite.Check{Name: checkOutcome, Verdict: suite.Errored, Reason: a.failure.Error()})
		}
	}
	return exchanges
}

func unsupported(result adapters.Result, err error) bool {
	return err == nil && !result.OK && result.Error.Kind == adapters.KindUnsupported
}

// lastRequestID is the request id in the answer to the last attempt.
func lastRequestID(arrivals []*arrival) string {
	if len(arrivals) == 0 {
		return ""
	}
	return arrivals[len(arrivals)-1].reply.requestID
}
