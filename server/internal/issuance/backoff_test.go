package issuance

import (
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, test := range []struct {
		name  string
		after func(int) time.Duration
		want  []time.Duration // dueIn 1, 2, 3 …
	}{
		{"refusal", afterRefusal, []time.Duration{time.Minute, 10 * time.Minute, 100 * time.Minute, day, day, day}},
		{"unavailable", afterUnavailable, []time.Duration{time.Minute, 10 * time.Minute, time.Hour, time.Hour}},
		{"release", afterRelease, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
	} {
		for i, want := range test.want {
			if got := test.after(i + 1); got != want {
				t.Errorf("%s %d: %v, want %v", test.name, i+1, got, want)
			}
		}
		if got := test.after(1 << 40); got > maxCheckInterval {
			t.Errorf("%s: %v after many", test.name, got)
		}
		if got := test.after(0); got != test.want[0] {
			t.Errorf("%s 0: %v", test.name, got)
		}
	}
	if got := afterRelease(100); got != maxRelease {
		t.Errorf("release 100: %v", got)
	}
	// A time written with a correct clock must stay within the store's horizon.
	if maxCheckInterval > storerules.MaxPostponement/2 {
		t.Errorf("steps are put off for %v, the store's horizon is %v", maxCheckInterval, storerules.MaxPostponement)
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	const n = 10_000
	tenths := make([]int, 10)
	for id := range int64(n) {
		got := jitter(1, id, 1, time.Hour)
		if got > time.Hour || got <= 54*time.Minute {
			t.Fatalf("jitter of %d: %v", id, got)
		}
		if again := jitter(1, id, 1, time.Hour); again != got {
			t.Fatalf("jitter of %d: %v, then %v", id, got, again)
		}
		tenths[min(int((time.Hour-got)/(36*time.Second)), 9)]++
	}
	for i, count := range tenths {
		if count < n/10*8/10 || count > n/10*12/10 {
			t.Errorf("the waits are not spread: part %d of 10 has %d of %d", i, count, n)
		}
	}
	if jitter(1, 1, 1, time.Hour) == jitter(2, 1, 1, time.Hour) || jitter(1, 1, 1, time.Hour) == jitter(1, 1, 2, time.Hour) {
		t.Error("seed and attempt change nothing")
	}
}
