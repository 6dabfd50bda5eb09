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
	changes     changes   // of the last transaction, for their maps
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

// write queues an operation and waits for its result. If the context is done
// before the operation has started, it never starts; otherwise write waits for
// the result and returns it.
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

// stop completes the queued operations. It reports whether this is the first
// call.
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
		// Callers that have just received a result are about to queue the next
		// operation. Letting them run first makes groups half as large again (32
		// callers on 2 cores: 24 instead of 16), which is a third fewer waits for
		// the disk.
		runtime.Gosched()
		group = w.queue.take(group[:0])
		if len(group) == 0 {
			return
		}
		w.serve(group)
		clear(group)
		// Not before the first write: a store that is only opened and closed, as
		// in many tests, needs no disk space.
		first.Do(w.reserve.grow)
	}
}

// serve commits a group and responds to its callers. If an operation fails, the
// group is retried one by one: an operation that cannot be stored, for example
// because it does not fit on the disk, must not fail the others.
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
	w.record(group, err)
	for _, r := range group {
		r.respond(err)
	}
}

// note records the result of a write for Ping, and restores the reserve.
func (w *writer) record(group []*request, err error) {
	for _, r := range group {
		switch r.operation.(type) {
		case pingWrite:
			w.reserve.grow()
		case sweep:
			// Space is available again: the log has grown, and is released. If
			// that fails, the next sweep does it.
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

// respond passes the result to the caller. For an abandoned request it stays in
// the buffer of done.
func (r *request) respond(err error) {
	if err == nil {
		err = r.refusal
	}
	r.done <- err
}

// groupError is a failure after the transaction of a group has started. Before
// that, a retry would only wait for the same lock again.
type groupError struct{ err error }

func (e *groupError) Error() string { return e.err.Error() }
func (e *groupError) Unwrap() error { return e.err }

// commit executes the requests of a group in one durable transaction, or none. It
// does not use the contexts of the callers: see write.
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
	t := newTx(c, w.lastID, w.horizon, w.changes)
	w.changes = t.changes
	if err := t.do(ctx, group); err != nil {
		// If SQLite has already rolled back, this fails, and nothing is left to
		// undo.
		_, _ = c.exec(ctx, sqlRollback)
		return &groupError{err}
	}
	w.lastID, w.horizon = t.lastID, t.horizon
	return nil
}
