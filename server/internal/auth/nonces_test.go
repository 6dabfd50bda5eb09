package auth_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/store"
)

var baseTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// alone are the peers of the only key of a server.
var alone = auth.Peers{Accounts: 1, Keys: 1}

func nonce(value string, expires time.Time) store.Nonce {
	return store.Nonce{Key: auth.NewNonceKey("testid", value), Expires: expires}
}

func TestConcurrentUseSucceedsOnce(t *testing.T) {
	t.Parallel()
	nonces := auth.NewNonces(1000)
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if nonces.Use(nonce("n", baseTime.Add(time.Minute)), alone, baseTime) == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 1000 used the nonce, want 1", won.Load())
	}
}

func TestNonceKeysAreOfThePair(t *testing.T) {
	t.Parallel()
	if auth.NewNonceKey("ab", "c") == auth.NewNonceKey("a", "bc") {
		t.Error("two pairs of key id and nonce share a key")
	}
	long := make([]byte, 1000)
	if auth.NewNonceKey("a", string(long)) == auth.NewNonceKey("a", string(long[1:])) {
		t.Error("long nonces share a key")
	}
}

func TestFullCacheRejects(t *testing.T) {
	t.Parallel()
	const capacity = 100
	nonces := auth.NewNonces(capacity)
	expires := baseTime.Add(time.Minute)
	var kept []store.Nonce
	full := 0
	for i := range 1000 {
		n := nonce(string(rune('a'+i%26))+time.Duration(i).String(), expires)
		switch err := nonces.Use(n, alone, baseTime); {
		case err == nil:
			kept = append(kept, n)
		case errors.Is(err, auth.ErrNonceCacheFull):
			full++
		default:
			t.Fatal(err)
		}
	}
	if len(kept) != capacity || full != 1000-capacity || nonces.Len() != capacity {
		t.Fatalf("%d refused, %d kept, Len %d; capacity %d", full, len(kept), nonces.Len(), capacity)
	}
	for _, n := range kept {
		if err := nonces.Use(n, alone, baseTime); !errors.Is(err, auth.ErrNonceUsed) {
			t.Errorf("a kept nonce was forgotten: %v", err)
		}
	}
	later := expires.Add(2 * time.Minute)
	if err := nonces.Use(nonce("new", later.Add(time.Minute)), alone, later); err != nil {
		t.Errorf("expired nonces still take room: %v", err)
	}
}

// Against a plain model: a nonce is refused while one of its key is unexpired,
// and accepted two minutes later at the latest, whatever the order of uses and
// the steps of the clock.
func TestNoncesAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nonces := auth.NewNonces(100_000)
		model := map[string]time.Time{}
		now := baseTime
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "seconds")) * time.Second)
			value := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "nonce")
			expires := now.Add(time.Duration(rapid.IntRange(0, 1800).Draw(t, "life")) * time.Second)
			err := nonces.Use(nonce(value, expires), alone, now)
			mustRefuse, mustAccept := !model[value].Before(now), !model[value].After(now.Add(-2*time.Minute))
			if refused := errors.Is(err, auth.ErrNonceUsed); mustRefuse && !refused || mustAccept && err != nil || !refused && err != nil {
				t.Fatalf("at %v nonce %s, kept until %v: %v", now, value, model[value], err)
			}
			if err == nil {
				model[value] = expires
			}
		}
	})
}

// A call that passed the clock just in time may use its nonce a moment later;
// what others do in between must not have made room for it.
func TestNoncesOutliveTheirExpiryByAMinute(t *testing.T) {
	t.Parallel()
	nonces := auth.NewNonces(1000)
	expires := baseTime.Add(59 * time.Second)
	if err := nonces.Use(nonce("n", expires), alone, baseTime); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 { // other calls, on every shard, two seconds later
		if err := nonces.Use(nonce(time.Duration(i).String(), baseTime.Add(time.Hour)), alone, expires.Add(2*time.Second)); err != nil && !errors.Is(err, auth.ErrNonceCacheFull) {
			t.Fatal(err)
		}
	}
	if err := nonces.Use(nonce("n", expires), alone, expires); !errors.Is(err, auth.ErrNonceUsed) {
		t.Errorf("the nonce was used again: %v", err)
	}
}

func TestExpiredNoncesAreEvicted(t *testing.T) {
	t.Parallel()
	nonces := auth.NewNonces(1 << 20)
	now := baseTime
	for i := range 100_000 {
		now = now.Add(100 * time.Millisecond)
		if err := nonces.Use(nonce(time.Duration(i).String(), now.Add(time.Minute)), alone, now); err != nil {
			t.Fatal(err)
		}
	}
	// Ten a second live for a minute, and leave at the latest two minutes later
	// (whole minutes, and each shard sweeps when it is next used).
	if n := nonces.Len(); n > 10*60*4 {
		t.Errorf("%d nonces are kept, of which about 600 are alive", n)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	nonces := auth.NewNonces(1)
	n := nonce("n", baseTime.Add(time.Minute))
	nonces.Restore(n)
	if err := nonces.Use(n, alone, baseTime); !errors.Is(err, auth.ErrNonceUsed) {
		t.Errorf("a restored nonce was used again: %v", err)
	}
}
