package serverrunner

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// seenIDs remembers what must be new in each answer of a run.
type seenIDs struct {
	mu       sync.Mutex
	requests map[string]bool
	ids      map[string]bool
}

func newSeenIDs() *seenIDs {
	return &seenIDs{requests: map[string]bool{}, ids: map[string]bool{}}
}

// markSeen notes a value and says whether it is seen for the first time.
func markSeen(mu *sync.Mutex, seen map[string]bool, value string) bool {
	mu.Lock()
	defer mu.Unlock()
	if seen[value] {
		return false
	}
	seen[value] = true
	return true
}

// headerRequestID is the gateway's; the contract has it too.
const headerRequestID = "x-acs-request-id"

// commonChecks are the checks that every answer has to pass, whatever it says:
// what the contract says of its shape, and a request id of its own.
func (s *Session) commonChecks(ctx context.Context, of *sentRequest, meantValid bool, a *response) checks {
	var c checks
	object, err := parseBody(a.body)
	if err == nil {
		s.checkRequestID(&c, object, a.header)
		s.checkNewIDs(&c, object)
	}
	switch {
	case meantValid:
		if err := s.contract.checkRequest(ctx, of.bytes); err != nil {
			c = append(c, suite.Check{
				Name: "contract", Verdict: suite.Errored, Want: "a request as in the contract", Got: err.Error(),
				Reason: "the case's own request is not as in the contract: the case is at fault, not the server",
			})
			return c
		}
	case err != nil && !isJSON(a.header.Get("Content-Type")):
		return c // no JSON; that it should be some is checked where the case says so
	}
	got := "as in the contract"
	invalid := s.contract.checkResponse(ctx, of.method, a)
	if invalid != nil {
		got = invalid.Error()
	}
	c.add("contract", invalid == nil, "as in the contract", got)
	return c
}

// checkRequestID holds the id in the body against that in the header, and against
// all ids before.
func (s *Session) checkRequestID(c *checks, object map[string]any, header http.Header) {
	id, _ := object["RequestId"].(string)
	inHeader := header.Get(headerRequestID)
	switch {
	case id == "":
		c.add("request id", false, "a RequestId in the body", "none")
	case inHeader != "" && inHeader != id:
		c.add("request id", false, "the same in header and body: "+inHeader, id)
	case !markSeen(&s.seen.mu, s.seen.requests, id):
		c.add("request id", false, "an id that no answer before has", id)
	default:
		c.add("request id", true, "an id of its own, the same in header and body", id)
	}
}

// checkNewIDs holds the ids of applications against all ids before: an id names one
// certificate.
func (s *Session) checkNewIDs(c *checks, object map[string]any) {
	applications, isList := object["Result"].([]any)
	if !isList {
		return
	}
	for _, id := range column(applications, "Id") {
		if !markSeen(&s.seen.mu, s.seen.ids, id) {
			c.add("ids of the run", false, "ids that no answer before has", id)
			return
		}
	}
	c.add("ids of the run", true, "ids that no answer before has", "")
}

// checkRule asks the journal which rule decided.
func (s *Session) checkRule(ctx context.Context, want string, a *response) checks {
	if s.target.Journal == nil || want == "" {
		return nil
	}
	var c checks
	id := a.header.Get(headerRequestID)
	if object, err := parseBody(a.body); err == nil {
		if inBody, ok := object["RequestId"].(string); ok && inBody != "" {
			id = inBody
		}
	}
	if id == "" {
		c.add("rule", false, want, "the answer has no request id to ask the journal about")
		return c
	}
	got, err := s.target.Journal.Rule(ctx, id)
	switch {
	case errors.Is(err, ErrNoEntry):
		c.add("rule", false, want, "the journal has no request "+id)
		return c
	case err != nil:
		return checks{{Name: "rule", Verdict: suite.Errored, Want: want, Reason: err.Error()}}
	}
	c.equal("rule", want, got)
	return c
}

// ruleOf is the rule that an alternative is about: its row, or the one that the
// case is about where the alternative names none.
func ruleOf(e *expected, breaks string) string {
	switch {
	case e.row != nil:
		return e.row.Key
	case e.Accepted != nil:
		return RuleAccepted
	}
	return breaks
}
