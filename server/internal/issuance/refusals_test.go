package issuance_test

import (
	"testing"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// TestRefusals checks that every rejection counts, including the one after which
// the application fails.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, problem string
		steps, want   int
		status        store.Status
	}{
		{"rejected for good", "rejectedIdentifier", 1, 1, store.Failed},
		{"refused, and tried again later", "caa", 1, 1, store.Applying},
		{"refused too often", "caa", 5, 5, store.Failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			id := w.apply("www.example.com")[0].ID
			w.auth.failFulfill(refusal(tc.problem, true))
			for range tc.steps {
				w.toDue(id)
				w.run(1)
			}
			if r := w.wantStatus(id, tc.status); issuance.Refusals(r) != tc.want {
				t.Errorf("%d refusals, want %d: %+v", issuance.Refusals(r), tc.want, r.Progress)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		id := w.apply("www.example.com")[0].ID
		if err := issuance.Cancel(t.Context(), w.db, id, w.clock.now()); err != nil {
			t.Fatal(err)
		}
		if r := w.wantStatus(id, store.Canceled); issuance.Refusals(r) != 0 {
			t.Errorf("%d refusals of a canceled application", issuance.Refusals(r))
		}
	})
}
