package auth

import (
	"sync"
	"time"
)

// budget bounds how many wrong signatures are explained. An explanation costs
// a thousand times what a refusal costs, and anybody who knows an access key id
// can cause one.
type explainLimiter struct {
	mu     sync.Mutex
	tokens float64
	last   time.Time
}

const (
	explainBurst = 100 // at once
	explainRate  = 10
)

// take reports whether another explanation may be made now.
func (b *explainLimiter) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.IsZero() {
		b.tokens = explainBurst
	} else if passed := now.Sub(b.last).Seconds(); passed > 0 {
		b.tokens = min(explainBurst, b.tokens+passed*explainRate)
	}
	if now.After(b.last) {
		b.last = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
