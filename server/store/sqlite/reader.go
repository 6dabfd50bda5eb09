package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/store"
)

// Reader reads a database file, which another process may be writing. It does not
// block writers and does not change rows. After a crash of the writer, Close copies
// the log into the file, as a writer does.
type Reader struct {
	store database
	held  *heldFile
}

// OpenReader opens a database file for reading.
//
// Errors: ErrForeign, ErrNewer, ErrOld if the server has not migrated the file
// yet, and those of the file system. It does not create a file.
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

// readHeld checks the header before SQLite opens the file: SQLite copies the log
// into the database when the last connection closes, even into that of another
// program.
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

// inspect checks the identity of the database, including the log. Reading makes
// SQLite open the log, so the files are recorded only after that.
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

// ErrOld means that the schema of the file is older than that of this program.
var ErrOld = errors.New("sqlite: database has an older schema: start the server with it once")

func checkReadable(id identity) error {
	known := len(migrations())
	if id.isNew() {
		return fmt.Errorf("%w: empty file", ErrForeign)
	}
	if err := checkIdentity(id, known); err != nil {
		return err
	}
	if id.version < int64(known) {
		return fmt.Errorf("%w (version %d, want %d)", ErrOld, id.version, known)
	}
	return nil
}

// Certificate is Certificate of store.Jobs.
func (r *Reader) Certificate(ctx context.Context, id int64) (store.Certificate, error) {
	return r.store.Certificate(ctx, id)
}

// Close closes the file.
func (r *Reader) Close() error {
	return wrapSQLite("close", errors.Join(r.store.close(), r.held.release()))
}
