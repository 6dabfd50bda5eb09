package issuance

import (
	"encoding/binary"
	"hash/fnv"
	"time"
)

// Times that the loop waits.
const (
	// maxFailures is the number of refusals that fail an application.
	maxFailures = 5
	// maxCheckInterval bounds how far ahead a step is due, so that every application is
	// looked at daily. A due time beyond MaxPostponement of the store can then only be from a
	// clock that was set back.
	maxCheckInterval = 24 * time.Hour

	minRetryLater    = time.Second
	rateLimitedRetry = time.Hour        // when the authority limits us and does not say how long
	minProcess       = 2 * time.Second  // when an order is being processed and the authority does not say
	maxProcess       = 10 * time.Minute // the same, for an order that takes long
	minRelease       = time.Second      // dueIn a step that took too long
	maxRelease       = 10 * time.Minute
	minRenewWait     = time.Minute
)

// afterRefusal is the wait after so many refusals.
// Source: the advice of https://letsencrypt.org/docs/integration-guide/.
func afterRefusal(failures int) time.Duration {
	return nth(failures, time.Minute, 10*time.Minute, 100*time.Minute, maxCheckInterval)
}

// afterTrouble is the wait after so many steps in a row that did not reach the
// authority.
func afterTrouble(retries int) time.Duration {
	return nth(retries, time.Minute, 10*time.Minute, time.Hour)
}

// afterRelease is the wait after so many steps in a row that took too long.
func afterRelease(retries int) time.Duration {
	return exponential(minRelease, retries-1, maxRelease)
}

// nth gives the nth of the waits, counted from 1; the last one from there on.
func nth(n int, waits ...time.Duration) time.Duration {
	return waits[min(max(n, 1), len(waits))-1]
}

// exponential is a wait that doubles with each step up to a bound.
func exponential(first time.Duration, times int, most time.Duration) time.Duration {
	wait := first
	for ; times > 0 && wait < most; times-- {
		wait *= 2
	}
	return min(wait, most)
}

// jitter shortens a wait by up to a tenth, so that what went wrong for many at
// once is not tried by all of them at once. It depends on its arguments alone.
func jitter(seed uint64, id, attempt int64, wait time.Duration) time.Duration {
	short := time.Duration(uniform(seed, uint64(id), uint64(attempt)) * float64(wait) / 10)
	return (wait - short).Truncate(time.Microsecond)
}

// uniform makes a number from 0 to below 1 of others.
func uniform(numbers ...uint64) float64 {
	h := fnv.New64a()
	var b [8]byte
	for _, n := range numbers {
		binary.BigEndian.PutUint64(b[:], n)
		_, _ = h.Write(b[:])
	}
	// The upper bits of FNV change little with the last byte: mix them, as
	// SplitMix64 does.
	x := h.Sum64()
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}
