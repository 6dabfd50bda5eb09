package sqlite

import (
	"context"
	"sync"
	"sync/atomic"
)

// operation is one write. It runs inside a transaction that it shares with
// others, and may run again in a transaction of its own.
type operation interface {
	// run does the whole operation or, when it refuses, nothing. An error is a
	// failure of the database and undoes the whole transaction.
	run(ctx context.Context, t *tx) (refusal, err error)

	// size is how many rows it writes, about.
	size() int
}

// request is an operation in the queue and the caller who waits for it.
type request struct {
	operation
	state   atomic.Int32
	refusal error
	done    chan error // gets the outcome; has room for it
}

// The states of a request. Whoever moves it out of waiting first decides: the
// writer begins it, or the caller gives it up. So the writer never looks at
// what a caller who has left gave it, and none of it need be copied.
const (
	waiting int32 = iota
	started
	abandoned
)

func newRequest(op operation) *request {
	return &request{operation: op, done: make(chan error, 1)}
}

// begin tells whether the writer may work on the request; true again for one
// that it has begun before.
func (r *request) start() bool {
	return r.state.CompareAndSwap(waiting, started) || r.state.Load() == started
}

// giveUp tells whether the caller may leave with nothing written.
func (r *request) abandon() bool { return r.state.CompareAndSwap(waiting, abandoned) }

// queue holds what the writer will do next. Each caller has one request in it
// at most, so it needs no bound of its own.
type queue struct {
	mu       sync.Mutex
	requests []*request
	closed   bool
	wake     chan struct{} // has a token when something changed
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push reports false when the queue is closed.
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

// close reports false when it was closed already.
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

// take waits for requests and appends the next group to into. The group is
// empty only when the queue is closed and done with.
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

// A group is bounded because everybody in it waits for all of it, and because a
// transaction's changed pages are kept in memory until the commit.
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
