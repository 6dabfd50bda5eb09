package issuance_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// TestCancelDuringStep cancels at each checkpoint of a step. Before the
// certificate is stored, the cancellation succeeds and the step's result is
// dropped. After that, the cancellation is rejected and has no effect.
func TestCancelDuringStep(t *testing.T) {
	t.Parallel()
	for _, point := range issuance.Checkpoints() {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			id := w.apply("www.example.com")[0].ID
			var logged bytes.Buffer
			var err error
			reached := false
			w.loop = w.newLoop(func(o *issuance.Options) {
				o.Deliverer = &recordingDeliverer{}
				o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
				o.Checkpoint = func(at string) {
					if at == point && !reached {
						reached = true
						err = issuance.Cancel(context.WithoutCancel(t.Context()), w.db, id, w.clock.now())
					}
				}
			})
			if _, runErr := w.loop.RunDue(t.Context()); runErr != nil || !reached {
				t.Fatalf("%v, reached: %t", runErr, reached)
			}
			if point == issuance.PointCompleted || point == issuance.PointDelivered {
				if !errors.Is(err, store.ErrInvalidTransition) {
					t.Errorf("Cancel: %v, want ErrInvalidTransition", err)
				}
				w.wantIssued(id)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w.wantCanceled(id)
			if !strings.Contains(logged.String(), "step dropped: the application was canceled") || !strings.Contains(logged.String(), "canceled by the operator") {
				t.Errorf("the log does not name the reason: %s", &logged)
			}
			if w.seen.count("") != 0 {
				t.Errorf("observed %q", w.seen.events)
			}
		})
	}
}

// TestCancelDuringFulfill checks that an error of the authority after the
// cancellation is not recorded.
func TestCancelDuringFulfill(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]error{
		"issued": nil, "rejected": refusal("rejectedIdentifier", true), "refused": refusal("caa", true), "away": errUnreachable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			id := w.apply("www.example.com")[0].ID
			w.auth.onFulfill = func(ctx context.Context, _ issuance.FulfillRequest) error {
				if err := issuance.Cancel(ctx, w.db, id, w.clock.now()); err != nil {
					t.Error(err)
				}
				return end
			}
			w.run(1)
			w.wantCanceled(id)
		})
	}
}

// TestCancelRacesWithIssuing cancels each application while its certificate is
// about to be stored. It is then either canceled or issued, never partly both.
func TestCancelRacesWithIssuing(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Workers, o.Pause = 4, -1 })
	const applications = 60
	type result struct {
		id  int64
		err error
	}
	results := make(chan result, applications)
	w.auth.onFulfill = func(_ context.Context, r issuance.FulfillRequest) error {
		go func() {
			results <- result{r.ID, issuance.Cancel(context.WithoutCancel(t.Context()), w.db, r.ID, w.clock.now())}
		}()
		return nil
	}
	made := w.apply(namesBelow(applications, "example.com")...)
	stop := w.running()
	canceled := map[int64]bool{}
	for range made {
		select {
		case r := <-results:
			canceled[r.id] = r.err == nil
			if r.err != nil && !errors.Is(r.err, store.ErrInvalidTransition) {
				t.Errorf("application %d: %v", r.id, r.err)
			}
		case <-time.After(time.Minute):
			t.Fatal("not every application was sent to the authority")
		}
	}
	eventually(t, "all are issued or canceled", func() bool {
		counts, err := w.db.Counts(t.Context())
		return err == nil && counts.ByStatus[store.Applying] == 0
	})
	stop()
	live := 0
	for _, a := range made {
		if canceled[a.ID] {
			w.wantCanceled(a.ID)
			continue
		}
		live++
		w.wantIssued(a.ID)
	}
	usage, err := w.db.Usage(t.Context(), account, "enterprise", "lets_encrypt", siteID)
	if err != nil || usage.Quota != live {
		t.Errorf("%d units are taken (%v), want %d", usage.Quota, err, live)
	}
	t.Logf("%d issued, %d canceled", live, len(made)-live)
}

func (w *fixture) wantCanceled(id int64) {
	w.t.Helper()
	r := w.wantStatus(id, store.Canceled)
	if p := w.wantProblem(id, issuance.ProblemCanceled); p.Detail != "canceled by the operator" || p.At.IsZero() {
		w.t.Errorf("the problem is %+v", p)
	}
	if r.Certificate != nil || !r.Progress.Due.IsZero() || r.Progress.Failures != 0 || w.hasOrder(id) {
		w.t.Errorf("something is left: %+v, order: %t", r, w.hasOrder(id))
	}
}

func (w *fixture) wantIssued(id int64) {
	w.t.Helper()
	r := w.wantStatus(id, store.Issued)
	if r.Progress.Problem != nil || r.Certificate == nil || r.Certificate.Superseded {
		w.t.Errorf("it is not in order: %+v", r)
	}
	w.leaf(id)
}
