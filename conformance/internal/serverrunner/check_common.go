package serverrunner

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaops"
)

// seenIDs records the IDs that must not repeat within a run.
type seenIDs struct {
	mu       sync.Mutex
	requests map[string]bool
	ids      map[string]bool
}

func newSeenIDs() *seenIDs {
	return &seenIDs{requests: map[string]bool{}, ids: map[string]bool{}}
}

// markSeen adds a value to the set and reports whether it is new.
func markSeen(mu *sync.Mutex, seen map[string]bool, value string) bool {
	mu.Lock()
	defer mu.Unlock()
	if seen[value] {
		return false
	}
	seen[value] = true
	return true
}

// headerRequestID is the response header with the request ID.
const headerRequestID = "x-acs-request-id"

// commonChecks returns the checks that apply to every response: it conforms to the
// contract, and its IDs are new. If the request is meant to be valid, it too must
// conform to the contract.
func (s *Session) commonChecks(ctx context.Context, of *sentRequest, meantValid bool, resp *response) checks {
	var c checks
	object, err := parseBody(resp.body)
	if err == nil {
		s.checkRequestID(&c, object, resp.header)
		if of.operation == esaops.ApplyCertificate.Action {
			s.checkNewIDs(&c, object)
		}
	}
	switch {
	case meantValid:
		if err := s.contract.checkRequest(ctx, of); err != nil {
			c = append(c, suite.Check{
				Name: "contract", Verdict: suite.Errored, Want: "a request that conforms to the contract", Got: err.Error(),
				Reason: "the case is invalid: its request does not conform to the contract",
			})
			return c
		}
	case err != nil && !isJSON(resp.header.Get("Content-Type")):
		return c // not JSON; judge checks the body if the case expects JSON
	}
	got := "valid"
	invalid := s.contract.checkResponse(ctx, of, resp)
	if invalid != nil {
		got = invalid.Error()
	}
	c.add("contract", invalid == nil, "a response that conforms to the contract", got)
	return c
}

// checkRequestID checks that the request ID is the same in body and header, and new.
func (s *Session) checkRequestID(c *checks, object map[string]any, header http.Header) {
	id, _ := object["RequestId"].(string)
	inHeader := header.Get(headerRequestID)
	switch {
	case id == "":
		c.add("request id", false, "a RequestId in the body", "(missing)")
	case inHeader != "" && inHeader != id:
		c.add("request id", false, "the same in header and body: "+inHeader, id)
	case !markSeen(&s.seen.mu, s.seen.requests, id):
		c.add("request id", false, "a new ID", id)
	default:
		c.add("request id", true, "a new ID, the same in header and body", id)
	}
}

// checkNewIDs checks that the IDs of applications are new, because an ID names one
// certificate.
func (s *Session) checkNewIDs(c *checks, object map[string]any) {
	applications, isList := object["Result"].([]any)
	if !isList {
		return
	}
	for _, id := range column(applications, "Id") {
		if !markSeen(&s.seen.mu, s.seen.ids, id) {
			c.add("ids of the run", false, "new IDs", id)
			return
		}
	}
	c.add("ids of the run", true, "new IDs", "")
}

// checkRule compares the rule that decided the request, according to the journal.
func (s *Session) checkRule(ctx context.Context, want string, resp *response) checks {
	if s.target.Journal == nil || want == "" {
		return nil
	}
	var c checks
	id := resp.header.Get(headerRequestID)
	if object, err := parseBody(resp.body); err == nil {
		if inBody, ok := object["RequestId"].(string); ok && inBody != "" {
			id = inBody
		}
	}
	if id == "" {
		c.add("rule", false, want, "unknown: the response has no request ID")
		return c
	}
	got, err := s.target.Journal.Rule(ctx, id)
	switch {
	case errors.Is(err, ErrNoEntry):
		c.add("rule", false, want, "unknown: request "+id+" is not in the journal")
		return c
	case err != nil:
		return checks{{Name: "rule", Verdict: suite.Errored, Want: want, Reason: err.Error()}}
	}
	c.equal("rule", want, got)
	return c
}

// ruleOf returns the rule that decides a request with the given alternative: its row,
// or else the rule that the case violates.
func (a *caseRun) ruleOf(e *expected, of *sentRequest) string {
	switch {
	case e.row != nil:
		return e.row.Key
	case e.meantValid(of):
		return RuleAccepted
	}
	return a.testCase.Violates
}

// meantValid reports whether the alternative is the success response to a request that
// must conform to the contract. ApplyCertificate has Accepted for it; a bare status
// also serves for requests on which the evidence is divided.
func (e *expected) meantValid(of *sentRequest) bool {
	return e.Accepted != nil || of.operation != esaops.ApplyCertificate.Action && e.IsSuccess()
}
