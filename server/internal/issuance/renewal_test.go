package issuance_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/store"
)

// lifetime sets the lifetime of certificates, and whether the authority has
// renewal information.
func (w *fixture) lifetime(life time.Duration, info bool) {
	w.t.Helper()
	ca, err := localca.Open(localca.Options{Now: w.clock.now, Random: seeded(2), Lifetime: life, RenewalInfo: info})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ca, w.auth.Authority = ca, ca
}

// stepTo runs every step when it becomes due, up to the given time.
func (w *fixture) stepTo(until time.Time) (steps int) {
	w.t.Helper()
	for {
		due, err := w.db.NextDue(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if due.IsZero() || due.After(until) {
			w.clock.set(until)
			return steps
		}
		w.clock.set(due)
		n, err := w.loop.RunDue(w.t.Context())
		if err != nil || n == 0 {
			w.t.Fatalf("RunDue at %v = %d, %v", due, n, err)
		}
		steps += n
	}
}

// TestRenewalTimes checks when a certificate is renewed.
func TestRenewalTimes(t *testing.T) {
	t.Parallel()
	window := func(start, end time.Duration) func(*x509.Certificate) (issuance.RenewalInfo, error) {
		return func(*x509.Certificate) (issuance.RenewalInfo, error) {
			return issuance.RenewalInfo{Start: baseTime().Add(start), End: baseTime().Add(end)}, nil
		}
	}
	tests := []struct {
		name       string
		life       time.Duration
		info       func(*x509.Certificate) (issuance.RenewalInfo, error)
		from, till time.Duration // dueIn noon
	}{
		{"a third of 90 days", 90 * day, nil, 60 * day, 60 * day},
		{"a third of 10 days", 10 * day, nil, 160 * time.Hour, 160 * time.Hour},
		{"half of 6 days", 6 * day, nil, 3 * day, 3 * day},
		{"half of an hour", time.Hour, nil, 30 * time.Minute, 30 * time.Minute},
		{"window", 90 * day, window(50*day, 52*day), 50 * day, 52 * day},
		{"window that has passed", 90 * day, window(-2*day, -day), 21 * time.Hour, day},
		{"window after the end", 90 * day, window(95*day, 99*day), 81 * day, 81 * day},
		{"window upside down", 90 * day, window(52*day, 50*day), 60 * day, 60 * day},
		{"no window", 90 * day, window(50*day, 50*day), 60 * day, 60 * day},
		{"no response", 90 * day, func(*x509.Certificate) (issuance.RenewalInfo, error) { return issuance.RenewalInfo{}, errUnreachable }, 60 * day, 60 * day},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			w.lifetime(test.life, false)
			w.auth.onInfo = test.info
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			first := w.leaf(id)
			for w.seen.count("renewed") == 0 {
				w.toDue(id)
				w.run(1)
				if w.clock.now().After(baseTime().Add(test.life)) {
					t.Fatal("certificate not renewed before it expired")
				}
				if due := w.record(id).Progress.Due; due.Sub(w.clock.now()) > day {
					t.Fatalf("next step due %v, want within a day", due)
				}
			}
			got := w.clock.now().Sub(baseTime())
			if got < test.from || got > test.till {
				t.Errorf("renewed after %v, want %v to %v", got, test.from, test.till)
			}
			second := w.leaf(id)
			if second.Equal(first) || w.record(id).Certificate.Renewals != 1 {
				t.Errorf("the certificate in use is the first one: %+v", w.record(id).Certificate)
			}
			if replaces := w.auth.orders[1].Replaces; replaces == nil || !replaces.Equal(first) {
				t.Errorf("the order replaces %v", replaces)
			}
		})
	}
}

// TestWindowIsSpread checks that renewals are spread over their common window, and
// that the time of each is deterministic.
func TestWindowIsSpread(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.auth.onInfo = func(*x509.Certificate) (issuance.RenewalInfo, error) {
		return issuance.RenewalInfo{Start: baseTime().Add(20 * time.Hour), End: baseTime().Add(40 * time.Hour)}, nil
	}
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("n%d.example.com", i))
	}
	w.apply(names...)
	w.run(40)
	w.stepTo(baseTime().Add(30 * time.Hour))
	if got := w.seen.count("renewed"); got < 10 || got > 30 {
		t.Errorf("%d of 40 were renewed in the first half of the window", got)
	}
	w.stepTo(baseTime().Add(40 * time.Hour))
	if got := w.seen.count("renewed"); got != 40 {
		t.Errorf("%d of 40 were renewed in the window", got)
	}
}

// TestRetryAfter checks when renewal information is fetched again.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ after, want time.Duration }{
		"not said":  {0, 12 * time.Hour},
		"six hours": {6 * time.Hour, 6 * time.Hour},
		"a week":    {7 * day, day},
		"a moment":  {time.Millisecond, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			w.auth.onInfo = func(*x509.Certificate) (issuance.RenewalInfo, error) {
				return issuance.RenewalInfo{Start: baseTime().Add(50 * day), End: baseTime().Add(52 * day), RetryAfter: test.after}, nil
			}
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			w.toDue(id)
			w.run(1)
			w.wantDue(id, test.want)
		})
	}
}

// TestReplacesRejected checks the fallback to an order without Replaces if the
// authority rejects it, with or without that reason.
func TestReplacesRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		orders int // until one renews
	}{
		// A crash between an order and its saving has replaced it already.
		"already replaced": {refusal("alreadyReplaced", false), 2},
		"refused":          {refusal("unauthorized", false), 3},
		"unreachable":      {errUnreachable, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			w.lifetime(90*day, true)
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			w.auth.onOrder = func(_ context.Context, r issuance.OrderRequest) error {
				if r.Replaces != nil {
					return test.err
				}
				return nil
			}
			w.stepTo(baseTime().Add(70 * day))
			r := w.wantStatus(id, store.Issued)
			if r.Certificate.Renewals != 1 || r.Progress.Failures+r.Progress.Retries != 0 || len(w.auth.orders) != 1+test.orders {
				t.Errorf("%+v, %+v, %d orders; want it renewed by order %d", r.Certificate, r.Progress, len(w.auth.orders)-1, test.orders)
			}
		})
	}
}

// TestRetire checks that an application is no longer renewed if a newer one has a
// certificate for the name.
func TestRetire(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	first := w.apply("www.example.com", "other.example.com")
	w.run(2)
	w.clock.advance(time.Hour)
	second := w.apply("www.example.com")[0].ID
	w.run(1)
	w.stepTo(baseTime().Add(60*day + time.Hour/2))
	old, other, young := w.record(first[0].ID), w.record(first[1].ID), w.record(second)
	if !old.Progress.Due.IsZero() || old.Status != store.Issued || !old.Certificate.Superseded {
		t.Errorf("the older one: %+v, %+v", old.Progress, old.Certificate)
	}
	if other.Progress.Due.IsZero() || young.Progress.Due.IsZero() || young.Certificate.Superseded {
		t.Error("the newer application is retired")
	}
	w.stepTo(baseTime().Add(100 * day))
	if got := w.seen.count("renewed www.example.com"); got != 1 {
		t.Errorf("%d renewals of the name, want 1", got)
	}
}

// TestClockJumps checks that after jumps of the clock every application is
// processed, and none is issued twice.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	t.Run("forward past the end", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		id := w.apply("www.example.com")[0].ID
		w.run(1)
		w.clock.advance(3 * 365 * day)
		w.run(1)
		if r := w.record(id); r.Certificate.Renewals != 1 || !r.Certificate.NotAfter.After(w.clock.now()) {
			t.Errorf("%+v", r.Certificate)
		}
	})
	t.Run("back for years", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		id := w.apply("www.example.com")[0].ID
		w.run(1)
		w.clock.advance(-3 * 365 * day)
		w.run(1) // its due time is beyond the horizon
		w.wantDue(id, day)
		if got := w.record(id).Certificate.Renewals; got != 0 {
			t.Errorf("%d renewals", got)
		}
		next := w.apply("x.example.com")[0].ID
		w.run(1)
		// The local authority was made later than this: its certificates are
		// not valid yet, and the order waits for the clock.
		w.wantStatus(next, store.Issued)
	})
	t.Run("back for an hour while waiting", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		id := w.apply("www.example.com")[0].ID
		w.auth.failFulfill(errUnreachable)
		w.run(1)
		w.auth.onFulfill = nil
		w.clock.advance(-time.Hour)
		w.run(0)
		w.toDue(id)
		w.run(1)
		w.wantStatus(id, store.Issued)
		if len(w.auth.orders) != 1 {
			t.Errorf("%d orders", len(w.auth.orders))
		}
	})
	t.Run("back for years while waiting", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		id := w.apply("www.example.com")[0].ID
		w.auth.failFulfill(errUnreachable)
		w.run(1)
		w.auth.onFulfill = nil
		w.clock.advance(-3 * 365 * day)
		w.run(1) // its order is from the future: abandoned
		w.wantStatus(id, store.Applying)
		w.toDue(id)
		w.run(1)
		w.wantStatus(id, store.Issued)
	})
	t.Run("forward during a step", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		id := w.apply("www.example.com")[0].ID
		w.auth.onChain = func(c []byte) []byte { w.clock.advance(365 * day); return c }
		w.run(1)
		w.auth.onChain = nil
		if p := w.wantProblem(id, issuance.ProblemChain); !strings.Contains(p.Detail, "has expired") {
			t.Errorf("%+v", p)
		}
		w.toDue(id)
		w.run(1)
		w.wantStatus(id, store.Issued)
	})
}

// TestRenewalByNewAuthority checks that an authority is not queried about a
// certificate of another authority.
func TestRenewalByNewAuthority(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	w.auth.onInfo = func(*x509.Certificate) (issuance.RenewalInfo, error) {
		return issuance.RenewalInfo{}, errors.New("query about a certificate of another authority")
	}
	w.loop = w.newLoop(func(o *issuance.Options) {
		o.Authorities = map[string]issuance.Authority{"new": w.auth}
		o.Routes = map[string]string{"lets_encrypt": "new"}
	})
	w.stepTo(baseTime().Add(61 * day))
	if r := w.record(id); r.Certificate.Authority != "new" || w.auth.orders[1].Replaces != nil {
		t.Errorf("%+v, replaces %v", r.Certificate, w.auth.orders[1].Replaces)
	}
}

// TestRenewalLoopTerminates checks that a certificate is not renewed immediately
// if its renewal window is before its issuance.
func TestRenewalLoopTerminates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		late time.Duration // by which the authority's clock is behind
		info func(*x509.Certificate) (issuance.RenewalInfo, error)
	}{
		{"clocks that differ", 80 * day, nil},
		{"a window that is over", 0, func(leaf *x509.Certificate) (issuance.RenewalInfo, error) {
			return issuance.RenewalInfo{Start: leaf.NotBefore.Add(-2 * day), End: leaf.NotBefore.Add(-day)}, nil
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			behind := func() time.Time { return w.clock.now().Add(-test.late) }
			ca, err := localca.Open(localca.Options{Now: behind, Random: seeded(2)})
			if err != nil {
				t.Fatal(err)
			}
			w.auth.Authority, w.auth.onInfo = ca, test.info
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			for range 20 * 24 {
				w.clock.advance(time.Hour)
				if _, err := w.loop.RunDue(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			w.wantStatus(id, store.Issued)
			if got := w.record(id).Certificate.Renewals; got < 1 || got > 24 {
				t.Errorf("%d renewals in 20 days, want one a day at most", got)
			}
		})
	}
}
