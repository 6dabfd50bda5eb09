package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// fullDisk is a store with room for some more nonces.
type fullDisk struct {
	store.Store
	room int
}

func (f *fullDisk) SaveNonces(ctx context.Context, nonces []store.Nonce) error {
	if len(nonces) > f.room {
		return fmt.Errorf("sqlite: save nonces: %w", sqlite.ErrFull)
	}
	f.room -= len(nonces)
	return f.Store.SaveNonces(ctx, nonces)
}

// Close counts nonces that cannot be stored, in the error and in the log, with the
// time until which their requests could be replayed.
func TestCloseReportsLostNonces(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name          string
		pending, room int
		lost          int
	}{
		{"nothing pending", 0, 0, 0},
		{"room for all", 5, 5, 0},
		{"room for none", 5, 0, 5},
		{"room for a part", 3000, 2500, 3000 - 2*1024},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			db, err := sqlite.Open(t.Context(), sqlite.Config{Path: sqlite.Memory})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			var log bytes.Buffer
			n := NewDurableNonces(NewNonces(1000), &fullDisk{Store: db, room: tc.room}, func() time.Time { return now },
				slog.New(slog.NewJSONHandler(&log, nil)))
			if err := n.Restore(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i := range tc.pending {
				nonce := store.Nonce{Expires: now.Add(time.Duration(i+1) * time.Second)}
				nonce.Key[0], nonce.Key[1] = byte(i>>8), byte(i)
				n.SaveLater(nonce)
			}
			err = n.Close(t.Context())
			var lost *LostNoncesError
			if errors.As(err, &lost) != (tc.lost > 0) || lost == nil && err != nil {
				t.Fatalf("Close: %v, want %d lost", err, tc.lost)
			}
			if stored := countNonces(t, db, now); stored != tc.pending-tc.lost {
				t.Errorf("%d are stored, want %d", stored, tc.pending-tc.lost)
			}
			if lost == nil {
				if log.Len() > 0 {
					t.Errorf("the log says %s", &log)
				}
				return
			}
			until := now.Add(time.Duration(tc.pending) * time.Second)
			if lost.Count != tc.lost || !lost.Until.Equal(until) || !errors.Is(err, sqlite.ErrFull) {
				t.Errorf("lost %+v, want %d until %v", lost, tc.lost, until)
			}
			for _, want := range []string{fmt.Sprintf("%d nonces of rejected requests are lost", tc.lost), "until " + until.Format(time.RFC3339), "no space left"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			for _, want := range []string{`"msg":"nonces lost"`, fmt.Sprintf(`"nonces":%d`, tc.lost), `"replayable_until":"` + until.Format(time.RFC3339)} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log does not say %s: %s", want, &log)
				}
			}
		})
	}
}

func countNonces(t *testing.T, db store.Store, now time.Time) (n int) {
	t.Helper()
	if err := db.Nonces(t.Context(), now, func(store.Nonce) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// Nonces dropped because too many are queued are lost, too.
func TestDroppedNoncesAreLost(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	n := &DurableNonces{}
	n.requeue(make([]store.Nonce, 1<<20))
	n.requeue([]store.Nonce{{Expires: at}, {Expires: at.Add(time.Second)}, {Expires: at}})
	if n.dropped.Count != 3 || !n.dropped.Until.Equal(at.Add(time.Second)) || len(n.pending) != 1<<20 {
		t.Errorf("dropped %+v, %d pending", n.dropped, len(n.pending))
	}
}
