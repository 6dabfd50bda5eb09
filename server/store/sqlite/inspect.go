package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/esacert/esacert/server/store"
)

// Inspection reads the sealed keys of a database file without changing anything:
// it creates no files, and neither acquires nor waits for a lock. If the file is
// missing or has an older schema without keys, it has no sealed keys.
type Inspection struct {
	reader *Reader // nil if the file is missing or has no sealed keys
}

// Inspect returns an Inspection of the file that Open would open.
//
// Errors: those of Open, including that this process may not write the file or its
// directory; except for ErrInUse and those that only an attempt shows, for example
// a full disk.
func Inspect(ctx context.Context, path string) (*Inspection, error) {
	if path == Memory {
		return &Inspection{}, nil
	}
	i, err := openInspection(ctx, path)
	if err != nil {
		return nil, wrapSQLite("open "+path, err)
	}
	return i, nil
}

func openInspection(ctx context.Context, path string) (*Inspection, error) {
	path, err := realPath(path)
	if err != nil {
		return nil, err
	}
	if err := checkAccess(path); err != nil {
		return nil, err
	}
	held, err := holdToRead(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Inspection{}, nil // Open creates it
	}
	if err != nil {
		return nil, err
	}
	r, err := inspectHeld(ctx, path, held)
	if err == nil && r == nil {
		return &Inspection{}, held.release()
	}
	if err != nil {
		return nil, errors.Join(err, held.release())
	}
	return &Inspection{reader: r}, nil
}

// inspectHeld returns nil for a file without sealed keys.
func inspectHeld(ctx context.Context, path string, held *heldFile) (*Reader, error) {
	if err := held.checkHeader(); err != nil {
		return nil, err
	}
	c, err := connect(ctx, inspectionDSN(path))
	if err != nil {
		return nil, err
	}
	id, err := identify(ctx, c)
	if err == nil {
		err = checkIdentity(id, len(migrations()))
	}
	const firstWithKeys = 2 // version2
	if err != nil || id.version < firstWithKeys {
		return nil, errors.Join(err, c.close())
	}
	pool := newPool(1, nil)
	pool.idle = append(pool.idle, c)
	return &Reader{store: database{handles: handles{writing: pool, reading: pool}}, held: held}, nil
}

// inspectionDSN returns the data source name for reading only. If a log and its
// index exist, they are read too. Otherwise SQLite would create them, so the file
// is opened as immutable.
func inspectionDSN(path string) string {
	_, walErr := os.Stat(path + "-wal")
	_, indexErr := os.Stat(path + "-shm")
	if walErr == nil && indexErr == nil {
		return dsnWith(path, "mode=ro")
	}
	return dsnWith(path, "mode=ro&immutable=1")
}

// Sealed is Sealed of store.Jobs.
func (i *Inspection) Sealed(ctx context.Context, yield func(store.Sealed) error) error {
	if i.reader == nil {
		return nil
	}
	return i.reader.store.Sealed(ctx, yield)
}

// SealedSamples is SealedSamples of store.Jobs.
func (i *Inspection) SealedSamples(ctx context.Context) ([]store.Sealed, error) {
	if i.reader == nil {
		return nil, nil
	}
	return i.reader.store.SealedSamples(ctx)
}

// Close closes the file.
func (i *Inspection) Close() error {
	if i == nil || i.reader == nil {
		return nil
	}
	return i.reader.Close()
}
