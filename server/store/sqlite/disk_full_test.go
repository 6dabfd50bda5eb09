package sqlite_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/esacert/esacert/server/store/sqlite"
)

// Many callers fill a small database. The final state matches the result that each
// call returned, whatever group it was in, and no request is stored in part.
func TestFull(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path, MaxBytes: 200 << 10})
	var mu sync.Mutex
	accepted := make(map[int64]string)
	refused := 0
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			for n := range 60 {
				made, err := s.Apply(t.Context(), batch(fmt.Sprintf("a-%d-%d", i, n), fmt.Sprintf("b-%d-%d", i, n)))
				mu.Lock()
				if err == nil {
					accepted[made[0].ID], accepted[made[1].ID] = made[0].Domain, made[1].Domain
				} else if errors.Is(err, sqlite.ErrFull) {
					refused++
				} else {
					t.Errorf("Apply: %v, want ErrFull", err)
				}
				mu.Unlock()
			}
		})
	}
	callers.Wait()
	if len(accepted) == 0 || refused == 0 {
		t.Fatalf("%d names accepted and %d calls refused: the limit was not reached", len(accepted), refused)
	}
	mustClose(t, s)
	assertIntegrity(t, path)

	s = openAt(t, sqlite.Config{Path: path}) // on a larger disk
	stored := applications(t, s)
	if len(stored) != len(accepted) {
		t.Errorf("%d names are stored, %d were accepted", len(stored), len(accepted))
	}
	for _, a := range stored {
		if accepted[a.ID] != a.Domain {
			t.Errorf("%d is %s, and %q was accepted", a.ID, a.Domain, accepted[a.ID])
		}
	}
	mustApply(t, s, batch("later.example.com"))
}
