package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/store"
)

// Reader reads a database file beside the process that writes it, or when none
// does. It keeps nobody from writing and changes no row. After a crash of the
// writer it brings the log into the file when it closes, as a writer would.
type Reader struct {
	store database
	held  *heldFile
}

// OpenReader opens a database file for reading.
//
// Errors: ErrForeign, ErrNewer, ErrOld when the server has not brought the file
// up to date yet, and those of the file system: it does not make a file.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	r, err := openReader(ctx, path)
	if err != nil {
		return nil, wrapSQLite("open "+path+" for reading", err)
	}
	return r, nil
}

func openReader(ctx context.Context, path string) (*Reader, error) {
	path, err := realPath(path)
	if err != nil {
		return nil, err
	}
	held, err := holdToRead(path)
	if err != nil {
		return nil, err
	}
	r, err := readHeld(ctx, path, held)
	if err != nil {
		return nil, errors.Join(err, held.release())
	}
	return r, nil
}

// readHeld checks the header before SQLite touches the file: the last to close a
// database copies its log into it, also into another program's.
func readHeld(ctx context.Context, path string, held *heldFile) (*Reader, error) {
	if err := held.checkHeader(); err != nil {
		return nil, err
	}
	c, err := connectReader(ctx, path, Config{Path: path, BusyTimeout: defaultBusyTimeout})
	if err != nil {
		return nil, err
	}
	file, err := inspect(ctx, c, path, held)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	pool := newPool(1, nil)
	pool.idle = append(pool.idle, c)
	return &Reader{store: database{handles: handles{writing: pool, reading: pool, file: file}}, held: held}, nil
}

// inspect checks what the database says of itself, log included. To read it
// makes SQLite open the log, so the file is watched only after that.
func inspect(ctx context.Context, c *conn, path string, held *heldFile) (*databaseFile, error) {
	id, err := identify(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := checkReadable(id); err != nil {
		return nil, err
	}
	return statDatabase(path, held)
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

// Certificate is that of store.Jobs.
func (r *Reader) Certificate(ctx context.Context, id int64) (store.Certificate, error) {
	return r.store.Certificate(ctx, id)
}

// Close releases the file.
func (r *Reader) Close() error {
	return wrapSQLite("close", errors.Join(r.store.close(), r.held.release()))
}
