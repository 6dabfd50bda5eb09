package servertest

import (
	"sync"
	"time"
)

// Clock is the clock of a test server. It follows the system clock until it is
// set; then it only moves by Set and Advance. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	fixed  bool
	now    time.Time
	offset time.Duration
	moved  func() // called after each move, if not nil
}

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fixed {
		return c.now
	}
	return time.Now().Add(c.offset)
}

// Set stops the clock at the given time. Issuing steps that are due are done before
// Set returns.
func (c *Clock) Set(t time.Time) {
	c.move(func() { c.fixed, c.now = true, t })
}

// Advance moves the clock forward or, if d is negative, back. If the clock was 17
// minutes or more ahead while the server processed requests, the server rejects
// signed requests after the clock is set back, because it has dropped their nonces,
// until Server.LowerNonceHorizon is called. Issuing steps that are due are done
// before Advance returns.
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
