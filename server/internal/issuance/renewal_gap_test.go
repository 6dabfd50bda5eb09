package issuance_test

import (
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// TestNoGap runs the loop for ninety days and more with various faults. It checks
// that the certificate in use is always valid and is renewed in time.
func TestNoGap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		life     time.Duration
		info     bool
		fault    func(*fixture, int) // called before each day
		renewals int                 // in 400 days, at least
		most     int
	}{
		"90 days":                {90 * day, false, nil, 6, 6},
		"90 days, information":   {90 * day, true, nil, 6, 6},
		"6 days":                 {6 * day, false, nil, 130, 140},
		"a day":                  {day, false, nil, 790, 810},
		"refused for four weeks": {90 * day, false, refusedFor(28), 4, 6},
		"away for four weeks":    {90 * day, false, awayFor(28), 4, 6},
		"away, 6 days":           {6 * day, false, awayFor(2), 60, 140},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			w.lifetime(test.life, test.info)
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			hours := int((400 * day) / time.Hour)
			for hour := range hours {
				if test.fault != nil {
					test.fault(w, hour/24)
				}
				w.stepTo(baseTime().Add(time.Duration(hour) * time.Hour))
				r := w.record(id)
				if r.Status != store.Issued || r.Certificate == nil {
					t.Fatalf("got status %s on day %d, want Issued", r.Status, hour/24)
				}
				if now := w.clock.now(); now.Before(r.Certificate.NotBefore) || !now.Before(r.Certificate.NotAfter) {
					t.Fatalf("gap on day %d: %v is not between %v and %v; %+v", hour/24, now, r.Certificate.NotBefore, r.Certificate.NotAfter, r.Progress)
				}
			}
			w.leaf(id)
			if got := w.record(id).Certificate.Renewals; got < test.renewals || got > test.most {
				t.Errorf("%d renewals, want %d to %d", got, test.renewals, test.most)
			}
		})
	}
}

// refusedFor makes the authority reject orders for the given number of days from
// the renewal time.
func refusedFor(days int) func(*fixture, int) {
	return func(w *fixture, d int) {
		w.auth.onFulfill = nil
		if d%90 >= 60 && d%90 < 60+days {
			w.auth.failFulfill(refusal("unauthorized", true))
		}
	}
}

func awayFor(days int) func(*fixture, int) {
	return func(w *fixture, d int) {
		w.auth.onOrder = nil
		if d%90 >= 60 && d%90 < 60+days || d%6 < days && days < 6 {
			w.auth.failOrder(errUnreachable)
		}
	}
}

// TestFailingRenewalKeepsCertificate checks that a failing renewal changes neither
// the status of the application nor the certificate in use.
func TestFailingRenewalKeepsCertificate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil   func(*fixture)
		problem string
	}{
		"rejected":  {func(w *fixture) { w.auth.failFulfill(refusal("rejectedIdentifier", true)) }, issuance.ProblemRejectedIdentifier},
		"refused":   {func(w *fixture) { w.auth.failOrder(refusal("caa", false)) }, "urn:ietf:params:acme:error:caa"},
		"away":      {func(w *fixture) { w.auth.failOrder(errUnreachable) }, issuance.ProblemUnavailable},
		"bad chain": {func(w *fixture) { w.auth.onChain = func([]byte) []byte { return nil } }, issuance.ProblemChain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			first := w.leaf(id)
			test.spoil(w)
			steps := w.stepTo(baseTime().Add(100 * day)) // ten days after its end
			w.wantStatus(id, store.Issued)
			w.wantProblem(id, test.problem)
			if !w.leaf(id).Equal(first) || w.record(id).Certificate.Renewals != 0 {
				t.Error("certificate in use has changed")
			}
			if w.seen.count("failed") != 0 || steps > 1200 {
				t.Errorf("%d steps, observed %q", steps, w.seen.events[:min(len(w.seen.events), 5)])
			}
			w.auth.onOrder, w.auth.onFulfill, w.auth.onChain = nil, nil, nil
			w.stepTo(baseTime().Add(102 * day))
			if w.record(id).Certificate.Renewals != 1 || w.record(id).Progress.Problem != nil {
				t.Errorf("certificate not renewed after the fault was cleared: %+v", w.record(id).Progress)
			}
		})
	}
}

// TestShortLifetime checks that the renewal of a certificate close to expiry is
// retried more often than the backoff.
func TestShortLifetime(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"refused": refusal("caa", true), "away": errUnreachable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			w.lifetime(time.Hour, false)
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			w.auth.failFulfill(err)
			w.stepTo(baseTime().Add(50 * time.Minute))
			if got := w.seen.count("refused"); got < 4 || got > 12 {
				t.Errorf("%d tries in 20 minutes", got)
			}
			w.auth.onFulfill = nil
			w.stepTo(baseTime().Add(59 * time.Minute))
			if got := w.record(id).Certificate.Renewals; got != 1 {
				t.Errorf("%d renewals before the end", got)
			}
		})
	}
}
