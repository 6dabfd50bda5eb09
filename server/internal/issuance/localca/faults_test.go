package localca_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
)

func mustAdd(t testing.TB, ca *localca.CA, rules ...localca.Fault) {
	t.Helper()
	for _, r := range rules {
		if err := ca.Faults().Add(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	mustAdd(t, ca, localca.Fault{Name: "www.example.com", Refuse: "unauthorized", Detail: "no such record", Times: 2})
	order, other := mustOrder(t, ca, 1, "www.example.com"), mustOrder(t, ca, 2, "other.example.com")
	mustFulfil(t, ca, other)
	for range 2 {
		_, err := ca.Fulfill(t.Context(), order)
		refused := problemOf(t, err)
		if refused.Problem.Type != "urn:ietf:params:acme:error:unauthorized" || refused.Problem.Detail != "no such record" ||
			refused.Problem.Status != 403 || !refused.OrderInvalid {
			t.Errorf("%+v", refused)
		}
	}
	mustFulfil(t, ca, order)
	if left := ca.Faults().Rules(); len(left) != 0 {
		t.Errorf("got faults %v, want none", left)
	}
}

func TestRefuseAtOrder(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	order := mustOrder(t, ca, 1, "www.example.com")
	mustAdd(t, ca, localca.Fault{Refuse: "urn:mine:no", OnNewOrder: true})
	_, err := ca.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
	if refused := problemOf(t, err); refused.Problem.Type != "urn:mine:no" || refused.OrderInvalid || refused.Problem.Detail == "" {
		t.Errorf("%+v", refused)
	}
	mustFulfil(t, ca, order)
	ca.Faults().Clear()
	mustOrder(t, ca, 1, "www.example.com")
}

func TestRateLimited(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	order := mustOrder(t, ca, 1, "www.example.com")
	mustAdd(t, ca, localca.Fault{Refuse: "rateLimited", RetryAfter: time.Hour, Times: 1})
	_, err := ca.Fulfill(t.Context(), order)
	var later *issuance.RetryLaterError
	if !errors.As(err, &later) || later.After != time.Hour || later.Problem == nil || later.Problem.Type != issuance.ProblemRateLimited {
		t.Errorf("%v", err)
	}
	mustFulfil(t, ca, order)
}

func TestSlow(t *testing.T) {
	t.Parallel()
	now := &clock{at: baseTime()}
	ca := mustOpen(t, localca.Options{Now: now.now, Delay: time.Minute})
	mustAdd(t, ca, localca.Fault{Name: "slow.example.com", Delay: time.Hour})
	slow, quick := mustOrder(t, ca, 1, "slow.example.com"), mustOrder(t, ca, 2, "quick.example.com")
	now.at = baseTime().Add(time.Minute)
	mustFulfil(t, ca, quick)
	_, err := ca.Fulfill(t.Context(), slow)
	var later *issuance.RetryLaterError
	if !errors.As(err, &later) || later.After != 59*time.Minute || later.Problem != nil {
		t.Errorf("%v", err)
	}
	now.at = baseTime().Add(time.Hour)
	mustFulfil(t, ca, slow)
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	order := mustOrder(t, ca, 1, "www.example.com")
	mustAdd(t, ca, localca.Fault{Unreachable: true, Times: 2})
	_, first := ca.Order(t.Context(), issuance.OrderRequest{ID: 2, Name: "x.example.com"})
	_, second := ca.Fulfill(t.Context(), order)
	for _, err := range []error{first, second} {
		var refused *issuance.RejectedError
		var later *issuance.RetryLaterError
		if err == nil || errors.As(err, &refused) || errors.As(err, &later) || !strings.Contains(err.Error(), "authority unreachable") {
			t.Errorf("got %v, want an error of no other class", err)
		}
	}
	mustFulfil(t, ca, order)
}

func TestFaultCheck(t *testing.T) {
	t.Parallel()
	for says, r := range map[string]localca.Fault{
		"exactly one of refuse, slow and unreachable":  {},
		"exactly one of refuse":                        {Refuse: "x", Delay: 1},
		"exactly one of":                               {Unreachable: true, Delay: 1},
		"must not be negative":                         {Refuse: "x", Times: -1},
		"slow, retry after and times":                  {Delay: -1},
		"times cannot be combined with slow":           {Delay: 1, Times: 1},
		"go with refuse only":                          {Delay: 1, Detail: "x"},
		"detail, at order and retry after":             {Unreachable: true, OnNewOrder: true},
		"goes with the refusal rateLimited only":       {Refuse: "x", RetryAfter: 1},
		`"rejectedIdentifer" is not an error type`:     {Refuse: "rejectedIdentifer"},
		`"RateLimited" is not an error type`:           {Refuse: "RateLimited"},
		`"urn:no" is not an error type`:                {Refuse: "urn:no"},
		`"caa:x" is not an error type`:                 {Refuse: "caa:x"},
		"retry after goes with the refusal rateLimite": {Refuse: "urn:rateLimited", RetryAfter: 1},
	} {
		var b localca.Faults
		if err := b.Add(r); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Add(%+v): %v, want %q", r, err, says)
		}
		if len(b.Rules()) != 0 {
			t.Errorf("invalid fault was added: %+v", r)
		}
	}
}

func TestFaultString(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]localca.Fault{
		"every name: unreachable":                                      {Unreachable: true},
		"www.example.com: refuses with urn:ietf:params:acme:error:caa": {Name: "www.example.com", Refuse: "caa"},
		"every name: takes 1h0m0s":                                     {Delay: time.Hour},
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestTimesConcurrent checks that concurrent requests trigger a fault the given
// number of times.
func TestTimesConcurrent(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	mustAdd(t, ca, localca.Fault{Refuse: "caa", OnNewOrder: true, Times: 50})
	var refused atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := ca.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"}); err != nil {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := refused.Load(); got != 50 {
		t.Errorf("got %d of 160 requests rejected, want 50", got)
	}
}
