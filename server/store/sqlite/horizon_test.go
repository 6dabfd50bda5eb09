package sqlite_test

import (
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// The horizon is stored, raised and lowered: nonces that were deleted while the
// clock was ahead stay rejected.
func TestHorizonOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	used := store.Nonce{Key: store.NonceKey{1}, Expires: baseTime().Truncate(time.Second).Add(15 * time.Minute)}
	ahead := used.Expires.Add(2 * time.Minute)
	s := openAt(t, sqlite.Config{Path: path})
	b := batch("a.example.com")
	b.Nonce = used
	mustApply(t, s, b)
	if err := s.DeleteExpiredNonces(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)

	s = openAt(t, sqlite.Config{Path: path})
	if horizon, err := s.NonceHorizon(t.Context()); err != nil || !horizon.Equal(ahead) {
		t.Errorf("after reopening, the horizon is %v, %v; want %v", horizon, err, ahead)
	}
	b = batch("b.example.com")
	b.Nonce = used
	if _, err := s.Apply(t.Context(), b); !errors.Is(err, store.ErrNonceForgotten) {
		t.Errorf("the forgotten nonce after reopening: %v", err)
	}
	if err := s.LowerNonceHorizon(t.Context(), used.Expires); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)

	s = openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, b)
	mustClose(t, s)
	assertIntegrity(t, path)
}
