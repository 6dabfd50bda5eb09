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
	moved  func() // after each move; nil for nothing
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

// Set stops the clock at a time. Of a server that issues, what is due then is
// done before Set returns.
func (c *Clock) Set(t time.Time) {
	c.move(func() { c.fixed, c.now = true, t })
}

// Advance moves the clock, forward or back, whether it runs or stands. A server
// whose clock was 17 minutes ahead, or more, while it processed requests rejects
// signed requests when it is set back, as it has forgotten their nonces, until
// Server.LowerNonceHorizon is called. Of a
// server that issues, what is due then is done before Advance returns.
func (c *Clock) Advance(d time.Duration) {
	c.move(func() {
		if c.fixed {
			c.now = c.now.Add(d)
		} else {
			c.offset += d
		}
	})
}

func (c *Clock) move(change func()) {
	c.mu.Lock()
	change()
	moved := c.moved
	c.mu.Unlock()
	if moved != nil {
		moved()
	}
}
