package issuance_test

import (
	"context"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// slowStore takes its time to put a certificate in use, as a disk does that
// others use too; with none given, all that it is left.
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

// A write has what is left of the lease, and not only what is kept back for a
// step whose time is over. One that takes even longer is no trouble of the
// authority's: the step has run out of time.
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
				t.Errorf("the problem is %+v, want %q", p, test.problem)
			}
		})
	}
}
