package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	engine "modernc.org/sqlite"
	library "modernc.org/sqlite/lib"
)

// health records whether writes succeed. A failed write sets it; a stored
// application or probe resets it.
type health struct{ failed atomic.Pointer[error] }

func (h *health) fail(err error) { h.failed.Store(&err) }

func (h *health) recover() { h.failed.Store(nil) }

// lastFailure is nil while writes succeed.
func (h *health) lastFailure() error {
	if err := h.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// wantsRoom reports whether free disk space may resolve the failure of a write:
// the disk is full, or a quota or a limit on the size of a file was reached.
func wantsRoom(err error) bool {
	var failed *engine.Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Code() {
	case library.SQLITE_FULL, library.SQLITE_IOERR_WRITE, noSpaceForIndex:
		return true
	}
	return false
}

// again frees space and commits a group once more. Nonces may use the reserve,
// because a nonce that is not stored can be used again after a restart. Other
// operations may use the space that the log releases.
func (w *writer) again(group []*request, err error) error {
	defer w.reserve.grow()
	checkpointErr := w.checkpoint()
	if wantsRoom(checkpointErr) {
		w.reserve.drop()
		checkpointErr = w.checkpoint()
		w.reserve.grow()
	}
	retried := w.commit(group)
	if wantsRoom(retried) && onlyNonces(group) {
		w.reserve.drop()
		retried = w.commit(group)
	}
	if wantsRoom(retried) && checkpointErr != nil {
		return fmt.Errorf("%w; copying the write-ahead log back failed, too: %w", err, checkpointErr)
	}
	return retried
}

func onlyNonces(group []*request) bool {
	for _, r := range group {
		if _, ok := r.operation.(saveNonces); !ok {
			return false
		}
	}
	return true
}

// checkpoint copies the log back into the database and releases its space.
func (w *writer) checkpoint() error {
	ctx := context.Background()
	c, err := w.connections.acquire(ctx)
	if err != nil {
		return err
	}
	defer w.connections.release(c)
	return c.script(ctx, sqlCheckpoint)
}

// probe is a write as large as that of most requests. The write of Ping is small
// enough for the space that a failed request has left in the log.
type probe struct{}

// probeBytes is the size of a probe: that of a block of nonces.
const probeBytes = (64 << 10) / nonceBytes * nonceBytes

func (probe) size() int { return 1 }

func (probe) run(ctx context.Context, t *tx) (refusal, err error) {
	_, err = t.conn.exec(ctx, sqlProbe, int64(probeBytes))
	return nil, err
}

// sweep removes the rows of probes. It is a separate transaction, because rows
// that one transaction both adds and removes do not reach the disk.
type sweep struct{}

func (sweep) size() int { return 1 }

func (sweep) run(ctx context.Context, t *tx) (refusal, err error) {
	_, err = t.conn.exec(ctx, sqlSweep)
	return nil, err
}

// checkRoom returns the last failure of a write, until a probe succeeds.
func (s *database) checkRoom(ctx context.Context) error {
	last := s.writer.health.lastFailure()
	if last == nil {
		return nil
	}
	if err := s.writer.write(ctx, probe{}); err != nil {
		return fmt.Errorf("a write of %d bytes fails, as others did: %w", probeBytes, err)
	}
	if err := s.writer.write(ctx, sweep{}); err != nil {
		return err
	}
	s.writer.health.recover()
	return nil
}
