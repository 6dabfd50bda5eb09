package sqlite

import (
	"context"
	"errors"

	"github.com/esacert/esacert/server/store"
)

// Store is a store.Store in one SQLite database. Make it with Open.
type database struct {
	handles
	writer *writer
}

var (
	_ store.Store = (*database)(nil)
	_ store.Jobs  = (*database)(nil)
)

// parts are what opening a database gives. In memory, writing and reading are
// the same pool of one connection, and there are no file and no lock.
type handles struct {
	writing *pool
	reading *pool
	file    *databaseFile
	lock    *fileLock
	reserve *reserve
}

// start begins to write. It takes the parts over, also when it fails, but for
// the lock.
func newStore(ctx context.Context, p handles) (*database, error) {
	w, err := newWriter(ctx, p.writing, p.file, p.reserve)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return &database{handles: p, writer: w}, nil
}

// close closes the readers first: the last connection to close copies the log
// back into the database and removes it. The reserve leaves room for that.
func (p handles) close() error {
	p.reserve.drop()
	if p.reading == p.writing {
		return p.writing.close()
	}
	return errors.Join(p.reading.close(), p.writing.close())
}

// Close implements store.Store. Writes that are in the queue are finished.
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
// nothing. After a write has failed, Ping fails until one of the size of a call
// succeeds.
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

// touch is the write of Ping.
type pingWrite struct{}

func (pingWrite) size() int { return 1 }

func (pingWrite) run(ctx context.Context, t *tx) (refusal, err error) {
	return nil, t.conn.script(ctx, pragmaSQL(sqlPing, applicationID))
}

// read lends a connection for reading to do.
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

// outcome leaves the errors alone that the interface names and says of all
// others what was being done.
func wrapError(doing string, err error) error {
	for _, named := range []error{
		store.ErrAlreadySubmitted, store.ErrRecordLimitExceeded, store.ErrQuotaExceeded, store.ErrNotFound, store.ErrInvalidTransition, store.ErrClosed,
		store.ErrNonceForgotten, store.ErrFenced, store.ErrNoCertificate, store.ErrInvalidRate,
	} {
		if errors.Is(err, named) {
			return err
		}
	}
	return wrapSQLite(doing, err)
}
