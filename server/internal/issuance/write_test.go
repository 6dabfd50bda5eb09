package issuance_test

import (
	"context"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// slowStore delays Complete, like a busy disk, by the given duration, or until the
// context is done if it is 0.
type slowStore struct {
	store.Jobs
	takes time.Duration
}

func (s slowStore) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	var done <-chan time.Time
	if s.takes > 0 {
		done = time.After(s.takes)
	}
	select {
	case <-done:
		return s.Jobs.Complete(ctx, l, c, due, at)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestSlowWrite checks that a write may use the rest of the lease, not only the
// margin. A write that takes longer is reported as a timeout of the step, not as
// an unavailable authority.
func TestSlowWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                 string
		lease, margin, takes time.Duration
		status               store.Status
		problem              string
	}{
		{"longer than the margin", time.Minute, 20 * time.Millisecond, 200 * time.Millisecond, store.Issued, ""},
		{"longer than the lease", 2200 * time.Millisecond, 2 * time.Second, 0, store.Applying, issuance.ProblemTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			w.loop = w.newLoop(func(o *issuance.Options) {
				o.Lease, o.Margin, o.Jobs = test.lease, test.margin, slowStore{w.db, test.takes}
			})
			id := w.apply("www.example.com")[0].ID
			w.run(1)
			w.wantStatus(id, test.status)
			if p := w.record(id).Progress.Problem; (p == nil) != (test.problem == "") || p != nil && p.Type != test.problem {
				t.Errorf("got problem %+v, want %q", p, test.problem)
			}
		})
	}
}
