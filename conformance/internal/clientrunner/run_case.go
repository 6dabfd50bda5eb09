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

// runCase runs a case and judges it.
func (s *Session) runCase(ctx context.Context, c suite.Case, result *suite.Result) {
	creds := newCredentials(c)
	s.secrets.Add(creds.secretParts...)
	s.secrets.Add(privateKeys(c.Client.Call.Parameters)...)
	server, err := startServer(ctx, c, s.contract, s.options.Clock)
	if err != nil {
		result.Verdict, result.Reason = suite.Errored, "could not be run: "+err.Error()
		return
	}
	outcome, callErr := s.call(ctx, s.request(c, creds, server.endpoint()))
	received := server.stop()
	list := &checks{}
	if isUnsupported(outcome, callErr) && len(received) == 0 {
		result.Verdict, result.Reason = suite.Unsupported, outcome.Error.Raw
		list.record(suite.Check{Name: checkOutcome, Verdict: suite.Unsupported, Reason: outcome.Error.Raw})
		result.Checks = list.list
		return
	}
	result.Exchanges = s.judgeRequests(c, creds, received, list)
	if callErr != nil {
		result.Reason = callErr.Error()
		list.record(suite.Check{Name: checkOutcome, Verdict: suite.Errored, Want: "a result", Reason: callErr.Error()})
	} else {
		for _, check := range JudgeOutcome(c.Client.Outcomes, outcome, lastRequestID(received)) {
			list.record(check)
		}
	}
	result.Checks = list.list
	result.Judge()
}

// request returns the request to the adapter.
func (s *Session) request(c suite.Case, creds credentials, endpoint string) adapters.Request {
	call := withDefaults(c.Client.Call)
	request := adapters.Request{
		ID: c.ID, Endpoint: endpoint, Operation: call.Operation,
		Signature: call.Signature, Method: call.Method, Placement: call.Placement,
		Parameters:  make(map[string]string, len(call.Parameters)),
		TimeoutMs:   int(s.callTimeout(c) / time.Millisecond),
		MaxAttempts: cmp.Or(call.MaxAttempts, 1),
	}
	for _, p := range call.Parameters {
		request.Parameters[p.Name] = p.Value
	}
	creds.fill(&request)
	return request
}

// privateKeys returns the private keys among the parameters of a call.
func privateKeys(parameters []suite.Parameter) []string {
	var keys []string
	for _, p := range parameters {
		if p.Name == "PrivateKey" {
			keys = append(keys, p.Value)
		}
	}
	return keys
}

// withDefaults returns a call with the defaults of its operation.
func withDefaults(call suite.Call) suite.Call {
	facts, _ := suite.LookupFacts(call.Operation) // Check has found it
	call.Operation = facts.Action
	call.Signature = cmp.Or(call.Signature, adapters.SignatureACS3)
	call.Method = cmp.Or(call.Method, facts.Methods[0])
	if call.Placement == "" {
		call.Placement = adapters.PlacementQuery
		if facts.Form && call.Method == http.MethodPost {
			call.Placement = adapters.PlacementForm
		}
	}
	return call
}

func (s *Session) callTimeout(c suite.Case) time.Duration {
	return cmp.Or(time.Duration(c.Client.Call.Timeout), s.options.Timeout)
}

// call makes one call. An instance without a result is closed, because its next result
// could belong to this call.
func (s *Session) call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	c, err := s.acquire()
	if err != nil {
		s.failures.record(err)
		return adapters.Result{}, err
	}
	limit := time.Duration(request.TimeoutMs)*time.Millisecond + s.options.Grace
	if c.isStarting() {
		limit += s.options.Startup
	}
	bounded, cancel := context.WithTimeoutCause(ctx, limit, timeoutError(limit))
	defer cancel()
	result, err := c.call(bounded, request)
	if err != nil {
		_ = c.close(true) // err says why
		s.failures.record(err)
		return result, err
	}
	s.failures.record(nil)
	s.release(c)
	return result, nil
}

// timeoutError is the cause of a call that returned no result in time.
type timeoutError time.Duration

func (e timeoutError) Error() string {
	return "the client hangs: no result within " + time.Duration(e).String()
}

// judgeRequests judges every received request and returns the exchanges.
func (s *Session) judgeRequests(c suite.Case, creds credentials, received []*receivedRequest, list *checks) []suite.Exchange {
	judgeAttempts(list, c.Client, received)
	call := withDefaults(c.Client.Call)
	judge := requestJudge{
		caseID: c.ID, call: &call, creds: creds, nonces: &s.nonces, checks: list, redactor: s.secrets.Redactor(),
	}
	exchanges := make([]suite.Exchange, len(received))
	for i, r := range received {
		exchanges[i] = r.exchange(judge.judge(r, i, len(received)), judge.redactor)
		if errors.Is(r.writeErr, errScript) {
			list.record(suite.Check{Name: checkOutcome, Verdict: suite.Errored, Reason: r.writeErr.Error()})
		}
	}
	return exchanges
}

func isUnsupported(result adapters.Result, err error) bool {
	return err == nil && !result.OK && result.Error.Kind == adapters.KindUnsupported
}

// lastRequestID returns the request ID in the response to the last attempt.
func lastRequestID(received []*receivedRequest) string {
	if len(received) == 0 {
		return ""
	}
	return received[len(received)-1].reply.requestID
}
