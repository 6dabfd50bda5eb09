package client

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// RetryPolicy says how often and when a call is attempted again. What is
// attempted again, the errors decide: see their methods Retryable.
//
// The wait before attempt n+1 is random between 0 and BaseDelay·2ⁿ⁻¹, but at
// most MaxDelay (full jitter, so that many callers do not come back together),
// and never less than what the service asked for.
type RetryPolicy struct {
	// MaxAttempts is how many requests a call makes at most, the first one
	// included. 1 never tries again.
	MaxAttempts int
	// BaseDelay is the longest wait before the second attempt.
	BaseDelay time.Duration
	// MaxDelay is the longest wait before any other. A service that asks for a
	// longer one gets it.
	MaxDelay time.Duration
	// MaxElapsed is the time after which no further attempt begins, counted from
	// the start of the call. A wait that would end later is not begun.
	MaxElapsed time.Duration
}

// DefaultRetryPolicy gives the policy of a client without options: 3 attempts,
// waits of up to 0.5 and 1 second, none begun after a minute.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{MaxAttempts: 3, BaseDelay: 500 * time.Millisecond, MaxDelay: 10 * time.Second, MaxElapsed: time.Minute}
}

// check says what is wrong with a policy, or nothing.
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

// schedule gives the waits of one call.
type schedule struct {
	policy   RetryPolicy
	interval *backoff.ExponentialBackOff // nil until the first wait
	random   func() float64
}

// next gives the wait before another attempt. asked is what the service asked
// for, or 0.
func (s *schedule) next(asked time.Duration) time.Duration {
	if s.interval == nil {
		// The library's own jitter lies around the interval and cannot be seeded,
		// so it is switched off here and full jitter put on top.
		s.interval = backoff.NewExponentialBackOff()
		s.interval.InitialInterval = min(s.policy.BaseDelay, s.policy.MaxDelay)
		s.interval.MaxInterval = s.policy.MaxDelay
		s.interval.Multiplier = 2
		s.interval.RandomizationFactor = 0
		s.interval.Reset()
	}
	longest := s.interval.NextBackOff()
	return max(asked, time.Duration(s.random()*float64(longest)))
}
