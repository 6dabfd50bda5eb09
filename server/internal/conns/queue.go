package conns

import "time"

// phase is what a connection is doing. Phases up to sending are those in which
// the server waits for the caller.
type phase int

const (
	idle    phase = iota // between two requests
	heading              // new, or its header is incomplete
	sending              // its handler waits for the rest of the body
	serving              // its handler works
	phases
)

// How long a connection keeps its place in a phase, if others want it. They are
// long enough for a caller that sends a request without a pause.
const (
	headingGrace = 20 * time.Millisecond
	sendingGrace = 100 * time.Millisecond
	blockedGrace = time.Second // while a write is blocked
)

// queue is a list of connections in one phase, the longest waiting one first. It
// is linked through the connections, so that moving one allocates nothing.
type queue struct{ first, last *Conn }

func (q *queue) push(c *Conn) {
	c.previous, c.next = q.last, nil
	if q.last == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
}

func (q *queue) remove(c *Conn) {
	if c.previous == nil {
		q.first = c.next
	} else {
		c.previous.next = c.next
	}
	if c.next == nil {
		q.last = c.previous
	} else {
		c.next.previous = c.previous
	}
	c.previous, c.next = nil, nil
}

// table is the connections of a listener. The caller holds its lock.
type table struct {
	queues [phases]queue
	open   int
}

func (t *table) add(c *Conn, now time.Time) {
	t.open++
	c.phase, c.since, c.listed = heading, now, true
	t.queues[heading].push(c)
}

func (t *table) remove(c *Conn) bool {
	if !c.listed {
		return false
	}
	t.open--
	c.listed = false
	t.queues[c.phase].remove(c)
	return true
}

func (t *table) move(c *Conn, to phase, now time.Time) {
	if !c.listed || c.phase == to {
		return
	}
	t.queues[c.phase].remove(c)
	c.phase, c.since = to, now
	t.queues[to].push(c)
}

// victim returns the connection whose place another may have now. If that is nil,
// the caller tries again after the wait. Age is that of the listener.
func (t *table) victim(now time.Time, age time.Duration) (c *Conn, wait time.Duration) {
	if c := t.queues[idle].first; c != nil {
		return c, 0
	}
	wait = blockedGrace
	for _, q := range []struct {
		phase phase
		grace time.Duration
	}{{heading, headingGrace}, {sending, sendingGrace}} {
		c := t.queues[q.phase].first
		if c == nil {
			continue
		}
		left := q.grace - now.Sub(c.since)
		if left <= 0 {
			return c, 0
		}
		wait = min(wait, left)
	}
	for c := t.queues[serving].first; c != nil; c = c.next {
		if since := c.blocked.Load(); since != 0 && age-time.Duration(since) >= blockedGrace {
			return c, 0
		}
	}
	return nil, min(wait, blockedGrace/10)
}
