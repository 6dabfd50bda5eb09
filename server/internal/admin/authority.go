package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/localca"
)

// requireAuthority rejects requests if issuing is disabled.
func (h handler) requireAuthority(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h.Authority == nil {
			writeError(w, http.StatusConflict, errors.New("issuing is disabled (issuing: off)"))
			return
		}
		next(w, r)
	}
}

func (h handler) root(w http.ResponseWriter, _ *http.Request) {
	writePEM(w, h.Authority.Root())
}

// ruleJSON is the JSON form of a localca.Fault.
type ruleJSON struct {
	Name        string   `json:"name,omitempty" doc:"domain name; default: every name"`
	Refuse      string   `json:"refuse,omitempty" doc:"problem type: an error type of RFC 8555, section 6.7, for example rejectedIdentifier, or a URN"`
	Detail      string   `json:"detail,omitempty" doc:"with refuse: problem detail"`
	RetryAfter  duration `json:"retry_after,omitempty" doc:"with refuse rateLimited: how long to wait"`
	AtOrder     bool     `json:"at_order,omitempty" doc:"with refuse: reject the new order instead of finalizing it"`
	Slow        duration `json:"slow,omitempty" doc:"time until an order is fulfilled"`
	Unreachable bool     `json:"unreachable,omitempty" doc:"the authority cannot be reached"`
	Times       int      `json:"times,omitempty" doc:"number of times, with refuse and unreachable; default: until the rules are deleted"`

	RetryAfterNS int64 `json:"retry_after_ns,omitempty" doc:"deprecated: retry_after in nanoseconds"`
	SlowNS       int64 `json:"slow_ns,omitempty" doc:"deprecated: slow in nanoseconds"`
}

func newRuleJSON(r localca.Fault) ruleJSON {
	return ruleJSON{
		Name: r.Name, Refuse: r.Refuse, Detail: r.Detail, RetryAfter: duration(r.RetryAfter), AtOrder: r.OnNewOrder,
		Slow: duration(r.Delay), Unreachable: r.Unreachable, Times: r.Times,
		RetryAfterNS: int64(r.RetryAfter), SlowNS: int64(r.Delay),
	}
}

func (r ruleJSON) rule() (localca.Fault, error) {
	rule := localca.Fault{Name: r.Name, Refuse: r.Refuse, Detail: r.Detail, OnNewOrder: r.AtOrder, Unreachable: r.Unreachable, Times: r.Times}
	var errs [2]error
	rule.RetryAfter, errs[0] = either("retry_after", r.RetryAfter, "retry_after_ns", r.RetryAfterNS, time.Nanosecond)
	rule.Delay, errs[1] = either("slow", r.Slow, "slow_ns", r.SlowNS, time.Nanosecond)
	return rule, errors.Join(errs[:]...)
}

func (h handler) listRules(w http.ResponseWriter, _ *http.Request) {
	shown := []ruleJSON{}
	for _, rule := range h.Authority.Faults().Rules() {
		shown = append(shown, newRuleJSON(rule))
	}
	write(w, http.StatusOK, shown)
}

func (h handler) addRule(w http.ResponseWriter, sent ruleJSON) {
	rule, err := sent.rule()
	if err == nil {
		err = h.Authority.Faults().Add(rule)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	write(w, http.StatusCreated, newRuleJSON(rule))
}

func (h handler) clearRules(w http.ResponseWriter, _ *http.Request) {
	h.Authority.Faults().Clear()
	w.WriteHeader(http.StatusNoContent)
}
