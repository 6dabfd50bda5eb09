package issuance_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

func TestIssued(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	made := w.apply("www.example.com", "*.example.com")
	w.clock.advance(3 * time.Second)
	w.run(2)
	for _, a := range made {
		r := w.wantStatus(a.ID, store.Issued)
		leaf := w.leaf(a.ID)
		if !slices.Equal(leaf.DNSNames, []string{a.Domain}) {
			t.Errorf("names %q, want %q", leaf.DNSNames, a.Domain)
		}
		c := r.Certificate
		if c == nil || c.Authority != authority || c.Serial != leaf.SerialNumber.Text(16) || c.Issuer != leaf.Issuer.String() ||
			!c.NotAfter.Equal(leaf.NotAfter) || !c.IssuedAt.Equal(w.clock.now()) || len(c.Fingerprint) != 64 {
			t.Errorf("stored: %+v", c)
		}
		if w.hasOrder(a.ID) || r.Progress.Failures+r.Progress.Retries != 0 || r.Progress.Problem != nil {
			t.Errorf("progress: %+v", r.Progress)
		}
		w.wantDue(a.ID, day)
	}
	if got := fmt.Sprint(w.seen.events, w.seen.took); got != "[issued www.example.com Issued issued *.example.com Issued] [3s 3s]" {
		t.Errorf("observed: %s", got)
	}
	w.run(0)
}

// TestSavedBeforeChallenge checks that the order URL and the sealed key are stored
// before Fulfill is called.
func TestSavedBeforeChallenge(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	called := false
	w.auth.onOrder = func(context.Context, issuance.OrderRequest) error {
		if w.hasOrder(id) {
			t.Error("an order is saved before Order was called")
		}
		return nil
	}
	w.auth.onFulfill = func(_ context.Context, r issuance.FulfillRequest) error {
		called = true
		if !w.hasOrder(id) {
			t.Error("order not saved")
		}
		if r.ID != id || r.Name != "www.example.com" || r.Access != operations.NS || !r.CreatedAt.Equal(baseTime()) || r.URL == "" {
			t.Errorf("request: %+v", r)
		}
		return nil
	}
	w.run(1)
	if !called || w.wantStatus(id, store.Issued).Progress.Attempt != 1 {
		t.Error("certificate not issued in one step")
	}
}

// TestDecisions checks the state of an application after one response of the
// authority.
func TestDecisions(t *testing.T) {
	t.Parallel()
	rate := &store.Problem{Type: issuance.ProblemRateLimited, Detail: "too many"}
	tests := []struct {
		name              string
		atOrder           bool
		err               error
		status            store.Status
		failures, retries int
		due               time.Duration
		exact             bool // no jitter
		order             bool // is kept
		problem           string
	}{
		{name: "refused", err: refusal("unauthorized", true), failures: 1, retries: 1, due: time.Minute, problem: "urn:ietf:params:acme:error:unauthorized"},
		{name: "refused, order good", err: refusal("serverInternal", false), failures: 1, retries: 1, due: time.Minute, order: true, problem: "urn:ietf:params:acme:error:serverInternal"},
		{name: "refused, wrapped", err: fmt.Errorf("step 3: %w", refusal("caa", true)), failures: 1, retries: 1, due: time.Minute, problem: "urn:ietf:params:acme:error:caa"},
		{name: "order refused", atOrder: true, err: refusal("unauthorized", false), failures: 1, retries: 1, due: time.Minute, problem: "urn:ietf:params:acme:error:unauthorized"},
		{name: "name rejected", err: refusal("rejectedIdentifier", true), status: store.Failed, problem: issuance.ProblemRejectedIdentifier},
		{name: "name rejected at order", atOrder: true, err: refusal("rejectedIdentifier", false), status: store.Failed, problem: issuance.ProblemRejectedIdentifier},
		{name: "rate limit", atOrder: true, err: &issuance.RetryLaterError{After: 2 * time.Hour, Problem: rate}, due: 2 * time.Hour, exact: true, problem: rate.Type},
		{name: "rate limit of an order", err: &issuance.RetryLaterError{After: 2 * time.Hour, Problem: rate}, due: 2 * time.Hour, exact: true, order: true, problem: rate.Type},
		{name: "rate limit without time", err: &issuance.RetryLaterError{Problem: rate}, due: time.Hour, exact: true, order: true, problem: rate.Type},
		{name: "rate limit for long", err: &issuance.RetryLaterError{After: 34 * time.Hour, Problem: rate}, due: day, exact: true, order: true, problem: rate.Type},
		{name: "rate limit for a moment", err: &issuance.RetryLaterError{After: time.Millisecond, Problem: rate}, due: time.Second, exact: true, order: true, problem: rate.Type},
		{name: "rate limit for less than nothing", err: &issuance.RetryLaterError{After: -time.Hour, Problem: rate}, due: time.Hour, exact: true, order: true, problem: rate.Type},
		{name: "processing", err: &issuance.RetryLaterError{After: 7 * time.Second}, due: 7 * time.Second, exact: true, order: true},
		{name: "processing without time", err: &issuance.RetryLaterError{}, due: 2 * time.Second, exact: true, order: true},
		{name: "unreachable", err: errUnreachable, retries: 1, due: time.Minute, order: true, problem: issuance.ProblemUnavailable},
		{name: "unreachable at order", atOrder: true, err: errUnreachable, retries: 1, due: time.Minute, problem: issuance.ProblemUnavailable},
		{name: "time-out of a connection", err: fmt.Errorf("reading: %w", context.DeadlineExceeded), retries: 1, due: time.Minute, order: true, problem: issuance.ProblemUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			id := w.apply("www.example.com")[0].ID
			if test.atOrder {
				w.auth.failOrder(test.err)
			} else {
				w.auth.failFulfill(test.err)
			}
			w.run(1)
			if test.status == "" {
				test.status = store.Applying
			}
			r := w.wantStatus(id, test.status)
			if test.problem != "" {
				if p := w.wantProblem(id, test.problem); !p.At.Equal(baseTime()) || p.Detail == "" {
					t.Errorf("problem: %+v", p)
				}
			} else if r.Progress.Problem != nil {
				t.Errorf("problem: %+v", r.Progress.Problem)
			}
			if test.status == store.Failed {
				if !r.Progress.Due.IsZero() || w.seen.count("failed www.example.com "+test.problem) != 1 {
					t.Errorf("%+v, observed %q", r.Progress, w.seen.events)
				}
				w.apply("www.example.com") // may be applied for again
				return
			}
			if r.Progress.Failures != test.failures || r.Progress.Retries != test.retries {
				t.Errorf("%d failures, %d retries; want %d, %d", r.Progress.Failures, r.Progress.Retries, test.failures, test.retries)
			}
			w.wantDue(id, test.due)
			if got := r.Progress.Due.Sub(w.clock.now()); test.exact && got != test.due {
				t.Errorf("due in %v, want exactly %v", got, test.due)
			}
			if got := w.hasOrder(id); got != test.order {
				t.Errorf("the order is kept: %v, want %v", got, test.order)
			}
			w.run(0) // not before it is due

			w.auth.onOrder, w.auth.onFulfill = nil, nil
			w.toDue(id)
			w.run(1)
			w.wantStatus(id, store.Issued)
			w.leaf(id)
			if want := map[bool]int{true: 1, false: 2}[test.order]; len(w.auth.orders) != want {
				t.Errorf("%d orders, want %d", len(w.auth.orders), want)
			}
		})
	}
}

// TestFiveFailures checks the waits of 1 min, 10 min, 100 min and a day, and that
// the application then fails.
func TestFiveFailures(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.failFulfill(refusal("unauthorized", true))
	for i, wait := range []time.Duration{time.Minute, 10 * time.Minute, 100 * time.Minute, day} {
		w.run(1)
		if got := w.wantStatus(id, store.Applying).Progress.Failures; got != i+1 {
			t.Fatalf("%d failures, want %d", got, i+1)
		}
		w.wantDue(id, wait)
		w.toDue(id)
	}
	w.run(1)
	r := w.wantStatus(id, store.Failed)
	if r.Progress.Problem == nil || r.Progress.Problem.Detail != "because" || r.Progress.Problem.Status != 403 {
		t.Errorf("the problem is not kept: %+v", r.Progress.Problem)
	}
	if len(w.auth.orders) != 5 || w.seen.count("refused") != 4 || w.seen.count("failed") != 1 {
		t.Errorf("%d orders, observed %q", len(w.auth.orders), w.seen.events)
	}
}

// TestUnavailableNeverFails checks that an unavailable authority is retried after
// 1 min, 10 min, then hourly, for days.
func TestUnavailableNeverFails(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.failOrder(errUnreachable)
	for i := range 100 {
		w.run(1)
		r := w.wantStatus(id, store.Applying)
		if r.Progress.Failures != 0 || r.Progress.Retries != i+1 {
			t.Fatalf("%+v", r.Progress)
		}
		w.wantDue(id, []time.Duration{time.Minute, 10 * time.Minute, time.Hour}[min(i, 2)])
		w.toDue(id)
	}
	if p := w.wantProblem(id, issuance.ProblemUnavailable); p.Detail != errUnreachable.Error() {
		t.Errorf("%+v", p)
	}
	w.auth.onOrder = nil
	w.run(1)
	w.wantStatus(id, store.Issued)
}

// TestProcessing checks that an order in processing is polled less often over
// time.
func TestProcessing(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.failFulfill(&issuance.RetryLaterError{})
	steps := 0
	for w.clock.now().Before(baseTime().Add(day)) {
		w.run(1)
		steps++
		w.toDue(id)
	}
	w.wantStatus(id, store.Applying)
	if steps < 24 || steps > 200 {
		t.Errorf("%d steps in a day", steps)
	}
	if got := w.record(id).Progress.Due.Sub(w.clock.now()); len(w.auth.orders) != 1 || got > 10*time.Minute {
		t.Errorf("%d orders, due in %v", len(w.auth.orders), got)
	}
}

// TestChains checks that a chain that does not match the request counts as a
// failure and drops the order.
func TestChains(t *testing.T) {
	t.Parallel()
	other := newSigner(t, 99)
	for name, change := range map[string]func([]byte) []byte{
		"nothing":      func([]byte) []byte { return nil },
		"no PEM":       func([]byte) []byte { return []byte("<html>") },
		"rest":         func(c []byte) []byte { return append(c, "x"...) },
		"issuer first": func(c []byte) []byte { i := strings.LastIndex(string(c), "-----BEGIN"); return append(c[i:], c[:i]...) },
		"wrong issuer": func(c []byte) []byte {
			i := strings.LastIndex(string(c), "-----BEGIN")
			return append(c[:i], other.pem()...)
		},
		"another CA": func([]byte) []byte { return other.pem() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			id := w.apply("www.example.com")[0].ID
			w.auth.onChain = change
			w.run(1)
			r := w.wantStatus(id, store.Applying)
			w.wantProblem(id, issuance.ProblemChain)
			if r.Progress.Failures != 1 || w.hasOrder(id) {
				t.Errorf("%+v", r.Progress)
			}
			w.auth.onChain = nil
			w.toDue(id)
			w.run(1)
			w.wantStatus(id, store.Issued)
			w.leaf(id)
		})
	}
}

// TestChainFromTheFuture checks that a certificate that is not yet valid by the
// local clock is retried.
func TestChainFromTheFuture(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.onChain = func(c []byte) []byte { w.clock.set(baseTime().Add(-2 * time.Hour)); return c }
	w.run(1)
	w.auth.onChain = nil
	if p := w.wantProblem(id, issuance.ProblemUnavailable); !strings.Contains(p.Detail, "not yet valid") {
		t.Errorf("%+v", p)
	}
	if r := w.wantStatus(id, store.Applying); r.Progress.Failures != 0 || !w.hasOrder(id) {
		t.Errorf("%+v", r.Progress)
	}
	w.clock.set(baseTime().Add(time.Minute))
	w.run(1)
	w.wantStatus(id, store.Issued)
	if len(w.auth.orders) != 1 {
		t.Errorf("%d orders, want 1", len(w.auth.orders))
	}
}

// TestWrongSealingKey checks that a wrong key file loses nothing.
func TestWrongSealingKey(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.failFulfill(&issuance.RetryLaterError{After: time.Second})
	w.run(1)
	w.auth.onFulfill = nil
	w.clock.advance(time.Second)

	wrong, err := seal.New(seeded(77))
	if err != nil {
		t.Fatal(err)
	}
	good := w.loop
	w.loop = w.newLoop(func(o *issuance.Options) { o.Keys = wrong })
	w.run(1)
	p := w.wantProblem(id, issuance.ProblemUnavailable)
	if !strings.Contains(p.Detail, "open order key") || !strings.Contains(p.Detail, "unknown key") {
		t.Errorf("%+v", p)
	}
	if r := w.wantStatus(id, store.Applying); r.Progress.Failures != 0 || !w.hasOrder(id) {
		t.Errorf("%+v", r.Progress)
	}
	w.loop = good
	w.toDue(id)
	w.run(1)
	w.wantStatus(id, store.Issued)
	w.leaf(id)
	if len(w.auth.orders) != 1 {
		t.Errorf("%d orders, want 1", len(w.auth.orders))
	}
}
