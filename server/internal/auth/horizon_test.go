package auth_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/store"
)

// A nonce is used, the clock goes forward and others are used, and back: the
// nonce is not accepted again, whether it is still remembered or forgotten.
func TestClockForwardAndBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		ahead time.Duration
		want  error
	}{
		{"16 minutes", 16 * time.Minute, auth.ErrNonceUsed},
		{"17 minutes", 17 * time.Minute, store.ErrNonceForgotten},
		{"a year", 365 * 24 * time.Hour, store.ErrNonceForgotten},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			nonces := auth.NewNonces(1000)
			first := nonce("first", baseTime.Add(15*time.Minute))
			if err := nonces.Use(first, alone, baseTime); err != nil {
				t.Fatal(err)
			}
			ahead := baseTime.Add(tc.ahead)
			if err := nonces.Use(nonce("other", ahead.Add(15*time.Minute)), alone, ahead); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := nonces.Use(first, alone, baseTime); !errors.Is(err, tc.want) {
					t.Errorf("sent again: %v, want %v", err, tc.want)
				}
			}
			if want := ahead.Truncate(time.Minute).Add(-time.Minute); !nonces.Horizon().Equal(want) {
				t.Errorf("the horizon is %v, want %v", nonces.Horizon(), want)
			}
		})
	}
}

// Whatever the clock does, a nonce is accepted once in its life, unless the
// horizon was lowered since; and rejected as forgotten only if it expires before
// the horizon.
func TestHorizonAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nonces := auth.NewNonces(100_000)
		now, horizon := baseTime, time.Time{}
		used := map[string]bool{} // by value and expiry
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(-200, 200).Draw(t, "minutes")) * time.Minute)
			case 1:
				nonces.Forget(now)
			case 2:
				before := nonces.Horizon()
				if nonces.Lower(now); nonces.Horizon().After(before) || now.Before(before) && !nonces.Horizon().Equal(now) {
					t.Fatalf("lowered from %v to %v at %v", before, nonces.Horizon(), now)
				}
				horizon = nonces.Horizon()
				clear(used)
			default:
				now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
				expires := now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "life")) * time.Minute).Truncate(time.Minute)
				value := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "nonce") + expires.String()
				err := nonces.Use(nonce(value, expires), alone, now)
				if err == nil && used[value] {
					t.Fatalf("%s was accepted twice", value)
				}
				if forgotten := expires.Before(nonces.Horizon()); forgotten && err == nil || !forgotten && errors.Is(err, store.ErrNonceForgotten) {
					t.Fatalf("%s with the horizon %v: %v", value, nonces.Horizon(), err)
				}
				used[value] = used[value] || err == nil
			}
			if nonces.Horizon().Before(horizon) {
				t.Fatalf("the horizon fell from %v to %v", horizon, nonces.Horizon())
			}
			horizon = nonces.Horizon()
		}
	})
}

// Nonces far ahead are remembered, and counted, when the horizon is lowered, until
// they expire; so are those that a store restores.
func TestLowerRemembersWhatIsAhead(t *testing.T) {
	t.Parallel()
	nonces := auth.NewNonces(1000)
	ahead := baseTime.Add(24 * time.Hour)
	nonces.Forget(ahead)
	var all []store.Nonce
	for minute := range 30 {
		all = append(all, nonce(time.Duration(minute).String(), ahead.Add(time.Duration(minute)*time.Minute)))
	}
	for i, n := range all {
		if i%2 == 0 {
			nonces.Restore(n)
		} else if err := nonces.Use(n, alone, ahead); err != nil {
			t.Fatal(err)
		}
	}
	nonces.Lower(baseTime)
	for _, now := range []time.Time{baseTime, baseTime.Add(20 * time.Hour), ahead} {
		nonces.Forget(now)
		for _, n := range all {
			if err := nonces.Use(n, alone, now); !errors.Is(err, auth.ErrNonceUsed) {
				t.Fatalf("at %v, the nonce that expires at %v: %v", now, n.Expires, err)
			}
		}
		if nonces.Len() != len(all) {
			t.Errorf("at %v, Len is %d, want %d", now, nonces.Len(), len(all))
		}
	}
	if nonces.Forget(ahead.Add(time.Hour)); nonces.Len() != 0 {
		t.Errorf("at last, Len is %d", nonces.Len())
	}
}
