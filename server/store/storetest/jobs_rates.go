package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/store"
)

func rateTests() []jobRequirement {
	return []jobRequirement{
		{"allows a burst, then one event each interval", takeBurst},
		{"takes from all rates or from none", takeAllOrNone},
		{"adds the costs of a repeated key", takeTwice},
		{"a zero cost only checks", takePeek},
		{"a negative cost is given back", takeGivesBack},
		{"the returned wait is sufficient and necessary", takeWaits},
		{"a clock that was set back delays at most the refill time", takeClock},
		{"rejects an invalid rate and takes nothing", takeRefuses},
		{"DeleteFullRates changes no result", takeForget},
		{"grants exactly the rate in any interval", takeProperty},
		{"small clock differences grant no more events", takeLag},
		{"16 concurrent calls share the burst exactly", takeRace},
	}
}

// rateOf returns a rate with a burst of 5 and one more event every 10 seconds.
func rateOf(key string, cost int) store.Rate {
	return store.Rate{Key: key, Interval: 10 * time.Second, Burst: 5, Cost: cost}
}

// wantWait takes from the rates and compares the wait.
func wantWait(t tester, s store.JobStore, now time.Time, want time.Duration, rates ...store.Rate) {
	t.Helper()
	wait, err := s.TakeRates(t.Context(), now, rates)
	if err != nil || wait != want {
		t.Fatalf("TakeRates at %v of %v: wait %v, %v; want %v", now, rates, wait, err, want)
	}
}

func takeBurst(t testing.TB, open openJobs) {
	s := open(t)
	wantWait(t, s, at(0), 0)
	for range 5 {
		wantWait(t, s, at(0), 0, rateOf("a", 1))
	}
	wantWait(t, s, at(0), 10*time.Second, rateOf("a", 1))
	wantWait(t, s, at(9), time.Second, rateOf("a", 1))
	wantWait(t, s, at(10), 0, rateOf("a", 1))
	wantWait(t, s, at(10), 10*time.Second, rateOf("a", 1))
	wantWait(t, s, at(10), 0, rateOf("b", 5))
	wantWait(t, s, at(10), 30*time.Second, rateOf("b", 3))
	wantWait(t, s, at(1000), 0, rateOf("a", 5))
	wantWait(t, s, at(1000), 10*time.Second, rateOf("a", 1))
}

func takeAllOrNone(t testing.TB, open openJobs) {
	s := open(t)
	wantWait(t, s, at(0), 0, rateOf("a", 3), rateOf("b", 5))
	wantWait(t, s, at(0), 20*time.Second, rateOf("a", 1), rateOf("b", 2))
	wantWait(t, s, at(0), 20*time.Second, rateOf("b", 2), rateOf("a", 3)) // the longest of them
	wantWait(t, s, at(0), 0, rateOf("a", 2))
	wantWait(t, s, at(0), 10*time.Second, rateOf("a", 0))
}

func takeTwice(t testing.TB, open openJobs) {
	s := open(t)
	wantWait(t, s, at(0), 0, rateOf("a", 2), rateOf("b", 1), rateOf("a", 2))
	wantWait(t, s, at(0), 10*time.Second, rateOf("a", 1), rateOf("a", 1))
	wantWait(t, s, at(0), 0, rateOf("a", 1))
	wantWait(t, s, at(0), 10*time.Second, rateOf("a", 1))
}

func takePeek(t testing.TB, open openJobs) {
	s := open(t)
	for range 3 {
		wantWait(t, s, at(0), 0, rateOf("a", 0))
	}
	wantWait(t, s, at(0), 0, rateOf("a", 5))
	for range 3 {
		wantWait(t, s, at(0), 10*time.Second, rateOf("a", 0))
	}
	wantWait(t, s, at(0), 10*time.Second, rateOf("b", 1), rateOf("a", 0))
	wantWait(t, s, at(10), 0, rateOf("a", 0))
	wantWait(t, s, at(10), 0, rateOf("a", 1), rateOf("b", 5))
}

func takeGivesBack(t testing.TB, open openJobs) {
	s := open(t)
	wantWait(t, s, at(0), 0, rateOf("a", -3)) // at most full
	wantWait(t, s, at(0), 0, rateOf("a", 5))
	wantWait(t, s, at(0), 0, rateOf("a", -2))
	wantWait(t, s, at(0), 0, rateOf("a", 2))
	wantWait(t, s, at(0), 10*time.Second, rateOf("a", 1))
	wantWait(t, s, at(0), 10*time.Second, rateOf("b", -1), rateOf("a", 1))
	wantWait(t, s, at(0), 0, rateOf("a", -5))
	wantWait(t, s, at(0), 0, rateOf("a", 5))
}

func takeWaits(t testing.TB, open openJobs) {
	s := open(t)
	odd := store.Rate{Key: "odd", Interval: 1_234_567_891 * time.Nanosecond, Burst: 3, Cost: 3}
	wantWait(t, s, at(0), 0, odd)
	odd.Cost = 2
	wait, err := s.TakeRates(t.Context(), at(0), []store.Rate{odd})
	if err != nil || wait < 2*odd.Interval || wait > 2*odd.Interval+2*time.Microsecond {
		t.Fatalf("wait %v, %v for two of one each %v", wait, err, odd.Interval)
	}
	wantWait(t, s, at(0).Add(wait-time.Microsecond), time.Microsecond, odd)
	wantWait(t, s, at(0).Add(wait), 0, odd)
}

func takeClock(t testing.TB, open openJobs) {
	s := open(t)
	for i, back := range []time.Duration{time.Hour, 100 * 24 * time.Hour, 30 * 365 * 24 * time.Hour} {
		key := fmt.Sprint(i)
		wantWait(t, s, at(0), 0, rateOf(key, 5))
		now := at(0).Add(-back)
		wantWait(t, s, now, 10*time.Second, rateOf(key, 0))
		wantWait(t, s, now.Add(10*time.Second), 0, rateOf(key, 1))
		wantWait(t, s, now.Add(10*time.Second), 50*time.Second, rateOf(key, 5))
		wantWait(t, s, now.Add(60*time.Second), 0, rateOf(key, 5))
	}
}

func takeRefuses(t testing.TB, open openJobs) {
	s := open(t)
	faster := rateOf("a", 1)
	faster.Interval = time.Second
	for name, rates := range map[string][]store.Rate{
		"no key":            {rateOf("", 1)},
		"no interval":       {{Key: "a", Burst: 1, Cost: 1}},
		"no burst":          {{Key: "a", Interval: 1, Cost: 1}},
		"too dear":          {rateOf("a", 6)},
		"too much back":     {rateOf("a", -6)},
		"too dear together": {rateOf("a", 3), rateOf("a", 3)},
		"two of one key":    {rateOf("a", 1), faster},
		"one of two":        {rateOf("a", 5), rateOf("", 1)},
	} {
		wait, err := s.TakeRates(t.Context(), at(0), rates)
		wantError(t, name, err, store.ErrInvalidRate)
		wantSame(t, name, 0, wait)
	}
	wantWait(t, s, at(0), 0, rateOf("a", 5))
}

func takeForget(t testing.TB, open openJobs) {
	s := open(t)
	for i := range 700 {
		wantWait(t, s, at(0), 0, rateOf(fmt.Sprint(i), 1+i%5))
	}
	now := at(20)
	must(t, s.DeleteFullRates(t.Context(), now))
	for i := range 700 {
		left := 5 - (1 + i%5) + 2 // of 5; 2 are available again
		wantWait(t, s, now, 0, rateOf(fmt.Sprint(i), min(left, 5)))
		wantWait(t, s, now, 10*time.Second, rateOf(fmt.Sprint(i), 1))
	}
}

// takeProperty takes from a random rate at random times, and checks each interval
// between two grants.
func takeProperty(t testing.TB, open openJobs) {
	s := open(t)
	key := 0
	rapid.Check(t, func(r *rapid.T) {
		key++
		rate := store.Rate{
			Key:      fmt.Sprint(key),
			Interval: time.Duration(rapid.Int64Range(1, 3e6).Draw(r, "interval")) * time.Microsecond,
			Burst:    rapid.IntRange(1, 6).Draw(r, "burst"),
		}
		type grant struct {
			at time.Duration
			n  int
		}
		var grants []grant
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(r, "calls") {
			now += time.Duration(rapid.Int64Range(0, 2*rate.Interval.Microseconds()).Draw(r, "later")) * time.Microsecond
			rate.Cost = rapid.IntRange(1, rate.Burst).Draw(r, "cost")
			wait, err := s.TakeRates(r.Context(), at(0).Add(now), []store.Rate{rate})
			if err != nil {
				r.Fatal(err)
			}
			if wait == 0 {
				grants = append(grants, grant{now, rate.Cost})
				continue
			}
			// This is the earliest time at which the call succeeds; it uses up the rate.
			now += wait
			wantWait(r, s, at(0).Add(now-time.Microsecond), time.Microsecond, rate)
			wantWait(r, s, at(0).Add(now), 0, rate)
			grants = append(grants, grant{now, rate.Cost})
		}
		for i := range grants {
			sum := 0
			for _, g := range grants[i:] {
				sum += g.n
				if maxGranted := rate.Burst + int((g.at-grants[i].at)/rate.Interval); sum > maxGranted {
					r.Fatalf("%d were granted in %v, with a burst of %d and one event every %v", sum, g.at-grants[i].at, rate.Burst, rate.Interval)
				}
			}
		}
	})
}

func takeRace(t testing.TB, open openJobs) {
	s := open(t)
	const callers, rounds = 16, 40
	rate := store.Rate{Key: "a", Interval: 7 * time.Millisecond, Burst: 5, Cost: 1}
	granted := 0
	for round := range rounds {
		now := at(0).Add(time.Duration(round) * time.Millisecond)
		for _, wait := range runConcurrently(callers, func(i int) time.Duration {
			own := store.Rate{Key: fmt.Sprint("own ", i), Interval: time.Hour, Burst: rounds, Cost: 1}
			wait, err := s.TakeRates(t.Context(), now, []store.Rate{rate, own})
			if err != nil {
				t.Error(err)
			}
			return wait
		})() {
			if wait == 0 {
				granted++
			}
		}
		if maxGranted := rate.Burst + int(now.Sub(at(0))/rate.Interval); granted != maxGranted {
			t.Fatalf("%d were granted in %v, want %d", granted, now.Sub(at(0)), maxGranted)
		}
	}
}

// takeLag takes with clocks that differ a little, like those of workers that read
// the clock and then wait for the store.
func takeLag(t testing.TB, open openJobs) {
	s := open(t)
	const seconds = 300
	granted := 0
	for now := range seconds {
		for _, late := range []int{0, 9, 20, 3} {
			wait, err := s.TakeRates(t.Context(), at(now-late), []store.Rate{rateOf("a", 1)})
			if err != nil {
				t.Fatal(err)
			}
			if wait == 0 {
				granted++
			}
		}
	}
	if maxGranted := 5 + seconds/10; granted > maxGranted || granted < maxGranted-2 {
		t.Errorf("%d were granted, want %d", granted, maxGranted)
	}
}
