package issuance

import (
	"encoding/binary"
	"hash/fnv"
	"time"
)

// Intervals of the loop.
const (
	// maxFailures is the number of refusals that fail an application.
	maxFailures = 5
	// maxCheckInterval bounds how far ahead a step is due, so that every
	// application is checked daily. A due time beyond MaxPostponement of the store
	// can then only result from a clock that was set back.
	maxCheckInterval = 24 * time.Hour

	minRetryLater    = time.Second
	rateLimitedRetry = time.Hour        // if the authority rate-limits without Retry-After
	minProcess       = 2 * time.Second  // while an order is processed, without Retry-After
	maxProcess       = 10 * time.Minute // the same, for a slow order
	minRelease       = time.Second      // after a step that took too long
	maxRelease       = 10 * time.Minute
	minRenewWait     = time.Minute
)

// afterRefusal is the wait after the nth refusal.
// Source: the advice of https://letsencrypt.org/docs/integration-guide/.
func afterRefusal(failures int) time.Duration {
	return nth(failures, time.Minute, 10*time.Minute, 100*time.Minute, maxCheckInterval)
}

// afterUnavailable is the wait after n consecutive steps that did not reach the
// authority.
func afterUnavailable(retries int) time.Duration {
	return nth(retries, time.Minute, 10*time.Minute, time.Hour)
}

// afterRelease is the wait after n consecutive steps that took too long.
func afterRelease(retries int) time.Duration {
	return exponential(minRelease, retries-1, maxRelease)
}

// nth returns the nth wait, counted from 1; beyond the last, it returns the
// last.
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

// jitter shortens a wait by up to a tenth, so that steps which failed
// simultaneously are not retried simultaneously. It depends on its arguments
// alone.
func jitter(seed uint64, id, attempt int64, wait time.Duration) time.Duration {
	short := time.Duration(uniform(seed, uint64(id), uint64(attempt)) * float64(wait) / 10)
	return (wait - short).Truncate(time.Microsecond)
}

// uniform maps its arguments to a number in [0, 1).
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
