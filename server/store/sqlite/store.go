package sqlite

import (
	"context"
	"errors"

	"github.com/esacert/esacert/server/store"
)

// database is a store.JobStore in one SQLite database.
type database struct {
	handles
	writer *writer
}

var (
	_ store.Store = (*database)(nil)
	_ store.Jobs  = (*database)(nil)
)

// handles are the result of opening a database. In memory, writing and reading
// are the same pool of one connection, and file and lock are nil.
type handles struct {
	writing *pool
	reading *pool
	file    *databaseFile
	lock    *fileLock
	reserve *reserve
}

// newStore starts the writer. It takes over the handles, also if it fails, except
// for the lock.
func newStore(ctx context.Context, p handles) (*database, error) {
	w, err := newWriter(ctx, p.writing, p.file, p.reserve)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return &database{handles: p, writer: w}, nil
}

// close closes the readers first: the last connection to close copies the log
// back into the database and deletes it. The reserve makes room for that.
func (p handles) close() error {
	p.reserve.drop()
	if p.reading == p.writing {
		return p.writing.close()
	}
	return errors.Join(p.reading.close(), p.writing.close())
}

// Close implements store.Store. It completes queued writes.
func (s *database) Close() error {
	if !s.writer.stop() {
		return nil
	}
	err := s.close()
	if s.lock != nil {
		err = errors.Join(err, s.lock.release())
	}
	return wrapSQLite("close", err)
}

// Ping implements store.Store. It reads, and makes a durable write that changes
// nothing. After a failed write, Ping fails until a write of the size of a
// request succeeds.
func (s *database) Ping(ctx context.Context) error {
	err := s.withReader(ctx, func(c *conn) error {
		_, _, err := c.number(ctx, sqlRead)
		return err
	})
	if err != nil {
		return wrapError("ping", err)
	}
	if err := s.writer.write(ctx, pingWrite{}); err != nil {
		return wrapError("ping", err)
	}
	return wrapError("ping", s.checkRoom(ctx))
}

// pingWrite is the write of Ping.
type pingWrite struct{}

func (pingWrite) size() int { return 1 }

func (pingWrite) run(ctx context.Context, t *tx) (refusal, err error) {
	return nil, t.conn.script(ctx, pragmaSQL(sqlPing, applicationID))
}

// withReader calls do with a connection for reading.
func (s *database) withReader(ctx context.Context, do func(*conn) error) error {
	c, err := s.reading.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.reading.release(c)
	if err := s.file.checkUnchanged(); err != nil {
		return err
	}
	return do(c)
}

// wrapError returns the errors of the interface unchanged, and adds the operation
// to all others.
func wrapError(doing string, err error) error {
	for _, named := range []error{
		store.ErrAlreadySubmitted, store.ErrRecordLimitExceeded, store.ErrQuotaExceeded, store.ErrNotFound, store.ErrInvalidTransition, store.ErrClosed,
		store.ErrNonceForgotten, store.ErrFenced, store.ErrNoCertificate, store.ErrInvalidRate, store.ErrNotUploaded, store.ErrNameInUse,
	} {
		if errors.Is(err, named) {
			return err
		}
	}
	return wrapSQLite(doing, err)
}
