package issuance_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

func limited(limits issuance.Limits) func(*issuance.Options) {
	return func(o *issuance.Options) { o.Limits = map[string]issuance.Limits{authority: limits} }
}

func namesBelow(n int, domain string) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("n%03d.%s", i, domain))
	}
	return names
}

// issued returns the number of issued certificates.
func (w *fixture) issued() int { return w.seen.count("issued") }

// TestOrderRateLimit checks over 40 hours that the number of orders follows the
// limit, including steps that run too early.
func TestOrderRateLimit(t *testing.T) {
	t.Parallel()
	w := newFixture(t, limited(issuance.Limits{Orders: issuance.Limit{Events: 5, Per: 5 * time.Hour}}))
	made := w.apply(namesBelow(40, "example.com")...)
	steps, err := w.loop.RunDue(t.Context())
	if err != nil || steps != 40 || w.issued() != 5 {
		t.Fatalf("got %d steps, %v, %d issued, want 40 steps and 5 issued", steps, err, w.issued())
	}
	p := w.wantProblem(made[39].ID, issuance.ProblemBudget)
	if r := w.wantStatus(made[39].ID, store.Applying); r.Progress.Failures != 0 || p.Detail == "" {
		t.Errorf("%+v", r.Progress)
	}
	for hours := 1; hours <= 40; hours++ {
		steps += w.stepTo(baseTime().Add(time.Duration(hours) * time.Hour))
		if got, allowed := w.issued(), min(5+hours, 40); got > allowed || got < allowed-1 {
			t.Errorf("got %d issued after %d hours, want %d", got, hours, allowed)
		}
	}
	if w.issued() != 40 {
		t.Errorf("got %d issued, want 40", w.issued())
	}
	if steps > 3*40 {
		t.Errorf("got %d steps for 40 applications, want at most %d", steps, 3*40)
	}
}

func TestDomainAndNameRateLimits(t *testing.T) {
	t.Parallel()
	w := newFixture(t, limited(issuance.Limits{
		Domain: issuance.Limit{Events: 3, Per: 3 * time.Hour}, Name: issuance.Limit{Events: 1, Per: 10 * time.Hour},
	}))
	w.apply("a.example.com", "b.example.com", "c.example.com", "d.example.com", "a.example.org")
	if _, err := w.loop.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.issued() != 4 || w.seen.count("issued d.example.com") != 0 {
		t.Errorf("observed %q", w.seen.events)
	}
	w.stepTo(baseTime().Add(time.Hour))
	if w.issued() != 5 {
		t.Errorf("observed %q", w.seen.events)
	}
	w.apply("a.example.org") // retryAt
	w.stepTo(baseTime().Add(9 * time.Hour))
	if w.issued() != 5 {
		t.Error("got a second certificate for a name before the limit allows it")
	}
	w.stepTo(baseTime().Add(11 * time.Hour))
	if w.issued() != 6 {
		t.Errorf("observed %q", w.seen.events)
	}
}

// TestRefund checks that an order without a certificate refunds the rates that are
// counted by certificate, but not the rate of orders. Each limit allows one event
// in a long time; another application shows whether it is available.
func TestRefund(t *testing.T) {
	t.Parallel()
	one := issuance.Limit{Events: 1, Per: 1000 * time.Hour}
	domain, orders := issuance.Limits{Domain: one}, issuance.Limits{Orders: one}
	for name, test := range map[string]struct {
		limits issuance.Limits
		spoil  func(*fixture)
		back   bool
	}{
		"refused":                {domain, func(w *fixture) { w.auth.failFulfill(refusal("caa", true)) }, true},
		"refused at order":       {domain, func(w *fixture) { w.auth.failOrder(refusal("caa", false)) }, true},
		"rejected":               {domain, func(w *fixture) { w.auth.failFulfill(refusal("rejectedIdentifier", true)) }, true},
		"limited at order":       {domain, func(w *fixture) { w.auth.failOrder(&issuance.RetryLaterError{After: 3 * time.Hour}) }, true},
		"unreachable at order":   {domain, func(w *fixture) { w.auth.failOrder(errUnreachable) }, true},
		"bad chain":              {domain, func(w *fixture) { w.auth.onChain = func([]byte) []byte { return nil } }, true},
		"order in progress":      {domain, func(w *fixture) { w.auth.failFulfill(&issuance.RetryLaterError{After: 3 * time.Hour}) }, false},
		"refused, order good":    {domain, func(w *fixture) { w.auth.failFulfill(refusal("caa", false)) }, false},
		"orders":                 {orders, func(w *fixture) { w.auth.failFulfill(refusal("caa", true)) }, false},
		"orders, unreachable":    {orders, func(w *fixture) { w.auth.failOrder(errUnreachable) }, false},
		"orders, name rejected":  {orders, func(w *fixture) { w.auth.failOrder(refusal("rejectedIdentifier", false)) }, false},
		"domain, a certificate":  {domain, func(*fixture) {}, false},
		"name, not another's":    {issuance.Limits{Name: one}, func(*fixture) {}, true},
		"domain, refused later":  {domain, rejectedNextStep, true},
		"domain, rejected later": {domain, identifierRejectedNextStep, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t, limited(test.limits))
			w.apply("www.example.com")
			test.spoil(w)
			if _, err := w.loop.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.auth.onOrder, w.auth.onFulfill, w.auth.onChain = nil, nil, nil
			w.apply("x.example.com")
			w.run(1)
			if got := w.seen.count("issued x.example.com") == 1; got != test.back {
				t.Errorf("got refund: %v, want %v; observed %q", got, test.back, w.seen.events)
			}
		})
	}
}

// rejectedNextStep rejects an order in the step after the one that was charged.
func rejectedNextStep(w *fixture) { rejectInNextStep(w, "caa") }

func identifierRejectedNextStep(w *fixture) { rejectInNextStep(w, "rejectedIdentifier") }

func rejectInNextStep(w *fixture, typ string) {
	w.auth.failFulfill(&issuance.RetryLaterError{After: time.Second})
	w.run(1)
	w.clock.advance(time.Second)
	w.auth.failFulfill(refusal(typ, true))
}

// TestFailureRateLimit checks that the failed orders of a name are limited, and
// that the loop waits for the limit.
func TestFailureRateLimit(t *testing.T) {
	t.Parallel()
	w := newFixture(t, limited(issuance.Limits{Failures: issuance.Limit{Events: 2, Per: 20 * time.Hour}}))
	id := w.apply("www.example.com")[0].ID
	w.auth.failFulfill(refusal("unauthorized", true))
	w.run(1)
	w.toDue(id)
	w.run(1)
	w.toDue(id)
	w.run(1)
	if r := w.record(id); r.Progress.Failures != 2 || len(w.auth.orders) != 2 {
		t.Errorf("%+v, %d orders", r.Progress, len(w.auth.orders))
	}
	w.wantProblem(id, issuance.ProblemBudget)
	if due := w.record(id).Progress.Due.Sub(baseTime()); due < 10*time.Hour || due > 10*time.Hour+time.Minute {
		t.Errorf("due %v after the first", due)
	}
	w.auth.onFulfill = nil
	w.toDue(id)
	w.run(1)
	w.wantStatus(id, store.Issued)
}

// TestRenewalsAreExempt checks that a renewal is exempt from the limits only with
// renewal information.
func TestRenewalsAreExempt(t *testing.T) {
	t.Parallel()
	for _, info := range []bool{true, false} {
		t.Run(fmt.Sprint(info), func(t *testing.T) {
			t.Parallel()
			w := newFixture(t, limited(issuance.Limits{Name: issuance.Limit{Events: 1, Per: 10000 * time.Hour}}))
			w.lifetime(90*day, info)
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			w.stepTo(baseTime().Add(80 * day))
			if got := w.record(id).Certificate.Renewals; got != map[bool]int{true: 1, false: 0}[info] {
				t.Errorf("%d renewals", got)
			}
			if !info {
				w.wantProblem(id, issuance.ProblemBudget)
			}
		})
	}
}

// TestLongQueue checks that applications that wait for longer than a day are
// checked at intermediate times, spread over the day.
func TestLongQueue(t *testing.T) {
	t.Parallel()
	w := newFixture(t, limited(issuance.Limits{Orders: issuance.Limit{Events: 1, Per: 10 * time.Hour}}))
	made := w.apply(namesBelow(50, "example.com")...)
	w.run(50)
	hours := map[int]int{}
	for _, a := range made[1:] {
		due := w.record(a.ID).Progress.Due.Sub(baseTime())
		if due > day || due < 10*time.Hour {
			t.Errorf("application %d is due in %v", a.ID, due)
		}
		hours[int(due/time.Hour)]++
	}
	for hour, n := range hours {
		if n > 15 {
			t.Errorf("%d of 49 are due in hour %d", n, hour)
		}
	}
}

// TestRateLimitSharedByLoops checks that several loops share one limit, also
// after a restart.
func TestRateLimitSharedByLoops(t *testing.T) {
	t.Parallel()
	limit := limited(issuance.Limits{Orders: issuance.Limit{Events: 10, Per: time.Hour}})
	w := newFixture(t, limit)
	w.apply(namesBelow(50, "example.com")...)
	loops := []*issuance.Loop{w.loop, w.newLoop(limit), w.newLoop(limit)}
	for minute := range 3 * 60 {
		w.clock.set(baseTime().Add(time.Duration(minute) * time.Minute))
		if minute == 90 {
			loops = []*issuance.Loop{w.newLoop(limit), w.newLoop(limit)} // as after a restart
		}
		done := make(chan error, len(loops))
		for _, loop := range loops {
			go func() { _, err := loop.RunDue(context.WithoutCancel(t.Context())); done <- err }()
		}
		for range loops {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if got, allowed := w.issued(), 10+minute/6; got > allowed {
			t.Fatalf("got %d issued after %d minutes, want at most %d", got, minute, allowed)
		}
	}
	if got, allowed := w.issued(), 10+(3*60-1)/6; got < allowed-3 {
		t.Errorf("got %d issued in three hours, want nearly %d", got, allowed)
	}
	t.Logf("issued %d of %d allowed", w.issued(), 10+(3*60-1)/6)
}
