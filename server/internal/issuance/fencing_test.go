package issuance_test

import (
	"context"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// TestFenced suspends one loop at each checkpoint of a step until its lease has
// expired and another loop has run the step. Exactly one of them completes it.
func TestFenced(t *testing.T) {
	t.Parallel()
	for _, point := range issuance.Checkpoints()[:4] {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			other := w.loop
			id := w.apply("www.example.com")[0].ID
			slept := false
			w.loop = w.newLoop(func(o *issuance.Options) {
				o.Checkpoint = func(at string) {
					if at != point || slept {
						return
					}
					slept = true
					w.clock.advance(leaseTime)
					if n, err := other.RunDue(context.WithoutCancel(t.Context())); n != 1 || err != nil {
						t.Errorf("the other loop: %d steps, %v", n, err)
					}
				}
			})
			w.run(1)
			r := w.wantStatus(id, store.Issued)
			if got := w.seen.count("issued"); got != 1 || w.seen.count("") != 1 || !slept {
				t.Errorf("%d completions, observed %q", got, w.seen.events)
			}
			if r.Progress.Attempt != 2 || r.Progress.Failures != 0 || r.Certificate.Renewals != 0 {
				t.Errorf("%+v, %+v", r.Progress, r.Certificate)
			}
			w.leaf(id)
			serials := map[string]bool{}
			for _, f := range w.auth.fulfills {
				serials[f.URL] = true
			}
			// An order that was created but not saved is not fulfilled.
			if len(serials) != 1 {
				t.Errorf("%d orders were fulfilled: %v", len(serials), serials)
			}
		})
	}
}

// TestFencedOutcome checks that a loop whose lease has expired does not record the
// outcome of the step.
func TestFencedOutcome(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"rejected": refusal("rejectedIdentifier", true), "refused": refusal("caa", true), "away": errUnreachable,
		"later": &issuance.RetryLaterError{After: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			other := w.newLoop(func(o *issuance.Options) { o.Authorities = map[string]issuance.Authority{authority: w.ca} })
			id := w.apply("www.example.com")[0].ID
			w.auth.onFulfill = func(ctx context.Context, _ issuance.FulfillRequest) error {
				w.clock.advance(leaseTime)
				if n, err := other.RunDue(ctx); n != 1 || err != nil {
					t.Errorf("the other loop: %d steps, %v", n, err)
				}
				return err
			}
			w.run(1)
			if r := w.wantStatus(id, store.Issued); r.Progress.Problem != nil || r.Progress.Failures != 0 || w.seen.count("") != 1 {
				t.Errorf("%+v, observed %q", r.Progress, w.seen.events)
			}
		})
	}
}
