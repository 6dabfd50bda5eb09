package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// RetryPolicy sets how often and when a call is retried. Only errors for which
// Retryable is true are retried.
//
// The wait before attempt n+1 is random between 0 and BaseDelay·2ⁿ⁻¹, but at
// most MaxDelay (full jitter, so that clients do not retry simultaneously), and
// never less than the service requested.
type RetryPolicy struct {
	// MaxAttempts is the maximum number of requests of a call, including the
	// first. 1 disables retries.
	MaxAttempts int
	// BaseDelay is the longest wait before the second attempt.
	BaseDelay time.Duration
	// MaxDelay is the longest wait before any other. A longer wait that the
	// service requests is honored.
	MaxDelay time.Duration
	// MaxElapsed is the time after which no further attempt begins, counted from
	// the start of the call. A wait that would end later is not begun.
	MaxElapsed time.Duration
}

// DefaultRetryPolicy returns the default policy: 3 attempts, waits of up to 0.5
// and 1 second, none started after a minute.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{MaxAttempts: 3, BaseDelay: 500 * time.Millisecond, MaxDelay: 10 * time.Second, MaxElapsed: time.Minute}
}

// check returns what is wrong with a policy, or "".
func (p RetryPolicy) check() string {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxElapsed < 0 {
		return "got a negative number; leave a field zero for its default, and use WithoutRetry for a single attempt"
	}
	return ""
}

// withDefaults fills the fields that are zero.
func (p RetryPolicy) withDefaults() RetryPolicy {
	d := DefaultRetryPolicy()
	if p.MaxAttempts == 0 {
		p.MaxAttempts = d.MaxAttempts
	}
	if p.BaseDelay == 0 {
		p.BaseDelay = d.BaseDelay
	}
	if p.MaxDelay == 0 {
		p.MaxDelay = d.MaxDelay
	}
	if p.MaxElapsed == 0 {
		p.MaxElapsed = d.MaxElapsed
	}
	return p
}

// schedule computes the waits of one call.
type schedule struct {
	policy   RetryPolicy
	interval *backoff.ExponentialBackOff // nil until the first wait
	random   func() float64
}

// next returns the wait before the next attempt, at least the time that the
// service requested.
func (s *schedule) next(requested time.Duration) time.Duration {
	if s.interval == nil {
		// The library's jitter is centered on the interval and cannot be seeded, so it
		// is disabled, and full jitter is applied here.
		s.interval = backoff.NewExponentialBackOff()
		s.interval.InitialInterval = min(s.policy.BaseDelay, s.policy.MaxDelay)
		s.interval.MaxInterval = s.policy.MaxDelay
		s.interval.Multiplier = 2
		s.interval.RandomizationFactor = 0
		s.interval.Reset()
	}
	longest := s.interval.NextBackOff()
	return max(requested, time.Duration(s.random()*float64(longest)))
}

// Headers that say how long to wait. The vendor's newer SDKs read the first
// alone and its Go core before v2.2 the next two; the last is the standard one,
// which proxies send.
const (
	headerRetryAfterMillis   = "X-Acs-Retry-After"    // milliseconds
	headerRateLimitAPI       = "X-Ratelimit-User-Api" // Limit:1,Remain:0,TimeLeft:2000,Reset:1234
	headerRateLimitUser      = "X-Ratelimit-User"     // the same
	headerRetryAfterStandard = "Retry-After"          // seconds
)

// maxRetryAfter limits the wait that a header can request.
const maxRetryAfter = 24 * time.Hour

// retryAfter returns how long to wait according to a response header.
func retryAfter(h http.Header) (time.Duration, bool) {
	if wait, ok := number(h.Get(headerRetryAfterMillis), time.Millisecond); ok {
		return wait, true
	}
	if wait := max(rateLimitReset(h.Get(headerRateLimitAPI)), rateLimitReset(h.Get(headerRateLimitUser))); wait > 0 {
		return wait, true
	}
	return number(h.Get(headerRetryAfterStandard), time.Second)
}

// rateLimitReset returns TimeLeft, in milliseconds, if Remain is 0.
func rateLimitReset(value string) time.Duration {
	var wait time.Duration
	exhausted := false
	for field := range strings.SplitSeq(value, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), ":")
		switch name {
		case "Remain":
			exhausted = value == "0"
		case "TimeLeft":
			wait, _ = number(value, time.Millisecond)
		}
	}
	if !exhausted {
		return 0
	}
	return wait
}

// number reads a whole number of units greater than zero.
func number(s string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n <= 0 {
		return 0, false
	}
	return time.Duration(min(n, int64(maxRetryAfter/unit))) * unit, true
}
