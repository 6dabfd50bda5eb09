package servertest

import (
	"sync"
	"time"
)

// Clock is the time of a test server. It runs with the real one until it is
// set; then it stands still until it is moved. It may be used by many
// goroutines.
type Clock struct {
	mu     sync.Mutex
	fixed  bool
	now    time.Time
	offset time.Duration
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fixed {
		return c.now
	}
	return time.Now().Add(c.offset)
}

// Set stops the clock at a time.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fixed, c.now = true, t
}

// Advance moves the clock, forward or back, whether it runs or stands.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fixed {
		c.now = c.now.Add(d)
	} else {
		c.offset += d
	}
}
