package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/esacert/esacert/server/store"
)

// Reader reads a database file beside the process that writes it, or when none
// does. It takes no lock and changes nothing.
type Reader struct{ store Store }

// OpenReader opens a database file for reading.
//
// Errors: ErrForeign, ErrNewer, ErrOld when the server has not brought the file
// up to date yet, and those of the file system: it does not make a file.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	r, err := openReader(ctx, path)
	if err != nil {
		return nil, failure("open "+path+" for reading", err)
	}
	return r, nil
}

func openReader(ctx context.Context, path string) (*Reader, error) {
	path, err := realPath(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err // SQLite would make the file
	}
	config := Config{Path: path, BusyTimeout: defaultBusyTimeout}
	c, err := connectReader(ctx, path, config)
	if err != nil {
		return nil, err
	}
	id, err := identify(ctx, c)
	if err == nil {
		err = checkReadable(id)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	pool := newPool(1, nil)
	pool.idle = append(pool.idle, c)
	return &Reader{Store{parts: parts{writing: pool, reading: pool}}}, nil
}

// ErrOld is returned for a file whose schema is older than this program's.
var ErrOld = errors.New("sqlite: the database has an older schema: start the server with it once")

func checkReadable(id identity) error {
	known := len(migrations())
	if id.isNew() {
		return fmt.Errorf("%w: it is empty", ErrForeign)
	}
	if err := checkIdentity(id, known); err != nil {
		return err
	}
	if id.version < int64(known) {
		return fmt.Errorf("%w (version %d, this program knows %d)", ErrOld, id.version, known)
	}
	return nil
}

// Records is that of store.Jobs.
func (r *Reader) Records(ctx context.Context, q store.Query) ([]store.Record, error) {
	return r.store.Records(ctx, q)
}

// Certificate is that of store.Jobs.
func (r *Reader) Certificate(ctx context.Context, id int64) (store.Certificate, error) {
	return r.store.Certificate(ctx, id)
}

// Close releases the file.
func (r *Reader) Close() error { return failure("close", r.store.close()) }
