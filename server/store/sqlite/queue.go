package sqlite

import (
	"context"
	"sync"
	"sync/atomic"
)

// operation is one write. It runs in a transaction that it shares with others,
// and may run again in a separate one.
type operation interface {
	// run executes the whole operation or, if it is rejected, nothing. An error
	// is a failure of the database and rolls back the whole transaction.
	run(ctx context.Context, t *tx) (refusal, err error)

	// size is the approximate number of rows that it writes.
	size() int
}

// request is a queued operation and its caller.
type request struct {
	operation
	state   atomic.Int32
	refusal error
	done    chan error // gets the outcome; has room for it
}

// The states of a request. The first to move it out of waiting decides: the
// writer starts it, or the caller abandons it. So the writer never reads the
// arguments of a caller that has returned, and they need not be copied.
const (
	waiting int32 = iota
	started
	abandoned
)

func newRequest(op operation) *request {
	return &request{operation: op, done: make(chan error, 1)}
}

// start reports whether the writer may execute the request; true again for one
// that it has started before.
func (r *request) start() bool {
	return r.state.CompareAndSwap(waiting, started) || r.state.Load() == started
}

// abandon reports whether the caller may return with nothing written.
func (r *request) abandon() bool { return r.state.CompareAndSwap(waiting, abandoned) }

// queue holds the next operations of the writer. Each caller has at most one
// request in it, so it needs no limit.
type queue struct {
	mu       sync.Mutex
	requests []*request
	closed   bool
	wake     chan struct{} // has a token when something changed
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push reports whether the queue was open.
func (q *queue) push(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.requests = append(q.requests, r)
	q.signal()
	return true
}

// close reports whether the queue was open.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	q.signal()
	return true
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for requests and appends the next group to into. The group is empty
// only if the queue is closed and drained.
func (q *queue) take(into []*request) []*request {
	for {
		group, closed := q.tryTake(into)
		if len(group) > 0 || closed {
			return group
		}
		<-q.wake
	}
}

func (q *queue) tryTake(into []*request) (group []*request, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := groupLength(q.requests)
	group = into
	group = append(group, q.requests[:n]...)
	rest := copy(q.requests, q.requests[n:])
	clear(q.requests[rest:]) // for the garbage collector
	q.requests = q.requests[:rest]
	return group, q.closed
}

// A group is limited because all its callers wait for the commit, and because the
// changed pages of a transaction are kept in memory until then.
const (
	maxGroupRequests = 256
	maxGroupRows     = 2048
)

func groupLength(requests []*request) int {
	rows := 0
	for i, r := range requests {
		rows += r.size()
		if i == maxGroupRequests || i > 0 && rows > maxGroupRows {
			return i
		}
	}
	return len(requests)
}
