package sqlite

import (
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// A clock that was a day ahead leaves a rate that is used up for a day. After the
// clock is set back, a caller who waits for the returned time succeeds: checks and
// rejected calls wait no longer than one interval of the rate.
func TestRateAfterClockIsSetBack(t *testing.T) {
	t.Parallel()
	for name, cost := range map[string]int{"a call with a cost": 1, "a check": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := memory(t)
			rate := store.Rate{Key: "orders", Interval: time.Minute, Burst: 5, Cost: 5}
			now := baseTime()
			if wait, err := s.TakeRates(t.Context(), now.Add(24*time.Hour), []store.Rate{rate}); err != nil || wait != 0 {
				t.Fatalf("the burst: %v, %v", wait, err)
			}
			rate.Cost = cost
			other := store.Rate{Key: "other", Interval: time.Minute, Burst: 1, Cost: 1}
			wait, err := s.TakeRates(t.Context(), now, []store.Rate{other, rate})
			if err != nil || wait != time.Minute {
				t.Fatalf("after the clock was set back: wait %v, %v; want one interval", wait, err)
			}
			if wait, err := s.TakeRates(t.Context(), now.Add(wait), []store.Rate{other, rate}); err != nil || wait != 0 {
				t.Errorf("after that: wait %v, %v; want none", wait, err)
			}
		})
	}
}

// An unused rate is full before 1970 too.
func TestRateBefore1970(t *testing.T) {
	t.Parallel()
	s := memory(t)
	rate := store.Rate{Key: "orders", Interval: time.Minute, Burst: 2, Cost: 2}
	if wait, err := s.TakeRates(t.Context(), time.Unix(-100_000_000, 0), []store.Rate{rate}); err != nil || wait != 0 {
		t.Errorf("wait %v, %v", wait, err)
	}
}
