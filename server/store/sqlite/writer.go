package sqlite

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/esacert/esacert/server/store"
)

// writer is the one goroutine that writes to the database.
type writer struct {
	queue       *queue
	connections *pool
	file        *databaseFile
	reserve     *reserve // nil for a database in memory
	health      health
	lastID      int64     // of the last application that was committed
	horizon     time.Time // of nonces, as it was committed last
	stopped     chan struct{}
}

func newWriter(ctx context.Context, connections *pool, file *databaseFile, kept *reserve) (*writer, error) {
	c, err := connections.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer connections.release(c)
	last, _, err := c.number(ctx, sqlLastID)
	if err != nil {
		return nil, err
	}
	horizon, err := readHorizon(ctx, c)
	if err != nil {
		return nil, err
	}
	w := &writer{
		queue:       newQueue(),
		connections: connections,
		file:        file,
		reserve:     kept,
		lastID:      max(last, store.FirstID-1),
		horizon:     horizon,
		stopped:     make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

// write queues an operation and waits for its outcome. When the context ends
// first and the operation has not begun, it never will; when it has begun, its
// outcome is waited for and told as it is.
func (w *writer) write(ctx context.Context, op operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := newRequest(op)
	if !w.queue.push(r) {
		return store.ErrClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.abandon() {
			return ctx.Err()
		}
		return <-r.done
	}
}

// stop finishes what is queued. It reports false when it was called before.
func (w *writer) stop() bool {
	if !w.queue.close() {
		return false
	}
	<-w.stopped
	return true
}

func (w *writer) loop() {
	defer close(w.stopped)
	var group []*request
	var first sync.Once
	for {
		// Those who were just answered are about to ask again. To let them run
		// first makes the groups half as large again (32 callers on 2 cores: 24
		// instead of 16), which is a third fewer waits for the disk.
		runtime.Gosched()
		group = w.queue.take(group[:0])
		if len(group) == 0 {
			return
		}
		w.serve(group)
		clear(group)
		// Not before the first write: a store that is only opened and closed, as in
		// many tests, costs no disk.
		first.Do(w.reserve.grow)
	}
}

// serve commits a group and answers it. When an operation fails, the group is
// tried again one by one: one that cannot be stored, say because it is the one
// that does not fit the disk any more, must not fail its neighbours.
func (w *writer) serve(group []*request) {
	err := w.commit(group)
	if len(group) > 1 && errors.As(err, new(*groupError)) {
		for i := range group {
			w.serve(group[i : i+1])
		}
		return
	}
	if wantsRoom(err) && w.file != nil {
		err = w.again(group, err)
	}
	w.note(group, err)
	for _, r := range group {
		r.respond(err)
	}
}

// note records for Ping how the writes went, and restores the reserve.
func (w *writer) note(group []*request, err error) {
	for _, r := range group {
		switch r.operation.(type) {
		case pingWrite:
			w.reserve.grow()
		case sweep:
			// There is room again: the log has grown, and is given back. If that
			// fails, the next time does it.
			_ = w.checkpoint()
		case *apply:
			if err == nil && r.refusal == nil {
				w.health.recover()
			}
		}
	}
	if err != nil {
		w.health.fail(err)
	}
}

// answer tells the caller. A request that was given up has nobody to tell, and
// the room in done takes what is said.
func (r *request) respond(err error) {
	if err == nil {
		err = r.refusal
	}
	r.done <- err
}

// groupError is a failure after the transaction of a group had begun. Before
// that, trying again would only wait once more for the same lock.
type groupError struct{ err error }

func (e *groupError) Error() string { return e.err.Error() }
func (e *groupError) Unwrap() error { return e.err }

// commit does the requests of a group in one durable transaction, or none. The
// contexts of the callers do not reach it: see write.
func (w *writer) commit(group []*request) error {
	ctx := context.Background()
	c, err := w.connections.acquire(ctx)
	if err != nil {
		return err
	}
	defer w.connections.release(c)
	if err := w.file.checkUnchanged(); err != nil {
		return err
	}
	if _, err := c.exec(ctx, sqlBegin); err != nil {
		return err
	}
	t := newTx(c, w.lastID, w.horizon)
	if err := t.do(ctx, group); err != nil {
		// SQLite may have rolled back by itself; then this fails, and there is
		// nothing left to undo.
		_, _ = c.exec(ctx, sqlRollback)
		return &groupError{err}
	}
	w.lastID, w.horizon = t.lastID, t.horizon
	return nil
}
