package sqlite

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func TestTake(t *testing.T) {
	t.Parallel()
	const now = int64(1_000_000_000)
	rate := func(cost int) store.Rate {
		return store.Rate{Key: "k", Interval: 10 * time.Microsecond, Burst: 3, Cost: cost}
	}
	for _, c := range []struct {
		name        string
		rate        store.Rate
		full        int64 // before
		after, wait int64
	}{
		{"never used", rate(1), 0, now + 10, 0},
		{"full for a long time", rate(1), now - 1000, now + 10, 0},
		{"the whole burst", rate(3), 0, now + 30, 0},
		{"the last one", rate(1), now + 20, now + 30, 0},
		{"one microsecond early", rate(1), now + 21, now + 21, 1},
		{"nothing left", rate(1), now + 30, now + 30, 10},
		{"nothing left for three", rate(3), now + 30, now + 30, 30},
		{"too little for two", rate(2), now + 20, now + 20, 10},
		{"clocks that differ", rate(1), now + 30 + 60_000_000, now + 30 + 60_000_000, 10 + 60_000_000},
		{"a clock set back", rate(1), now + 31 + 60_000_000, now + 30, 10},
		{"a check of a sufficient rate", rate(0), now + 20, now + 20, 0},
		{"a check of an insufficient rate", rate(0), now + 21, now + 21, 1},
		{"one back", rate(-1), now + 30, now + 20, 0},
		{"one back to a full rate", rate(-1), 0, now, 0},
		{"more back than was used", rate(-3), now + 5, now, 0},
		{"one back after a clock was set back", rate(-1), now + 1<<40, now + 20, 0},
		{"a fraction of a microsecond is rounded up", store.Rate{Interval: 1500 * time.Nanosecond, Burst: 2, Cost: 1}, 0, now + 2, 0},
		{"the longest interval", store.Rate{Interval: 100 * 365 * 24 * time.Hour, Burst: 1, Cost: 1}, 1 << 62,
			now + 3_153_600_000_000_000, 3_153_600_000_000_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			after, wait := take(c.rate, now, c.full)
			if after != c.after || wait != c.wait {
				t.Errorf("take = %d after, %d wait; want %d after, %d wait", after-now, wait, c.after-now, c.wait)
			}
		})
	}
}

// For any stored value, the wait is exact, taken events can be returned, and a rate
// is never more than full or more than used up.
func TestTakeKeepsItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		burst := rapid.IntRange(1, 1000).Draw(r, "burst")
		rate := store.Rate{
			Key:      "k",
			Interval: time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(r, "interval")),
			Burst:    burst,
			Cost:     rapid.IntRange(1, burst).Draw(r, "cost"),
		}
		now := rapid.Int64Range(0, 1<<50).Draw(r, "now")
		full := rapid.Int64Range(0, 1<<51).Draw(r, "full")
		refill := (rate.Interval + 999).Microseconds() * int64(burst)
		maxWait := refill + storerules.MaxClockSkew.Microseconds()
		after, wait := take(rate, now, full)
		if wait < 0 || wait > maxWait || after > now+maxWait || after < now {
			r.Fatalf("wait %d, full again in %d of %d", wait, after-now, refill)
		}
		if wait > 0 {
			if _, again := take(rate, now+wait, after); again != 0 {
				r.Fatalf("after waiting %d it must wait %d", wait, again)
			}
			if _, early := take(rate, now+wait-1, after); early != 1 {
				r.Fatalf("one microsecond early it must wait %d", early)
			}
			return
		}
		back := rate
		back.Cost = -rate.Cost
		if returned, _ := take(back, now, after); returned != max(full, now) {
			r.Fatalf("taken and returned, it is full again in %d and was before in %d", returned-now, full-now)
		}
	})
}
