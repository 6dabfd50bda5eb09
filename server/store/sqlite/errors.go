package sqlite

import (
	"errors"
	"fmt"
	"syscall"

	engine "modernc.org/sqlite"
	library "modernc.org/sqlite/lib"
)

// Errors of a database file. Compare with errors.Is.
var (
	// ErrInUse means that another store has the file open, in this or another process.
	ErrInUse = errors.New("database is in use by another server")
	// ErrForeign means that the file is not a database of this server.
	ErrForeign = errors.New("file is not a database of this server")
	// ErrNewer means that a later version of the server wrote the file.
	ErrNewer = errors.New("database was written by a newer version of this server")
	// ErrGone means that the file was deleted, moved or replaced while in use.
	ErrGone = errors.New("database file was deleted or replaced while in use")
	// ErrFull means that the disk is full, or the file has reached Config.MaxBytes.
	ErrFull = errors.New("no space left for the database")
	// ErrBusy means that another program kept the database locked for too long.
	ErrBusy = errors.New("database is locked by another program")
	// ErrCorrupt means that the content of the database is damaged.
	ErrCorrupt = errors.New("database is damaged")
)

// wrapSQLite adds the operation that failed and the matching error above. The
// message and code of SQLite stay in the chain.
func wrapSQLite(doing string, err error) error {
	if err == nil {
		return nil
	}
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("sqlite: %s: %w: %w", doing, kind, err)
	}
	return fmt.Errorf("sqlite: %s: %w", doing, err)
}

// noSpaceForIndex is the SQLite code for a failure to enlarge the index of the
// write-ahead log, the file that ends in -shm.
const noSpaceForIndex = library.SQLITE_IOERR_SHMSIZE

func kindOf(err error) error {
	var failed *engine.Error
	if !errors.As(err, &failed) {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) { // of the store's own files
			return ErrFull
		}
		return nil
	}
	if failed.Code() == noSpaceForIndex {
		return ErrFull
	}
	const primary = 0xff // an extended code keeps its primary code in the low byte
	switch failed.Code() & primary {
	case library.SQLITE_FULL:
		return ErrFull
	case library.SQLITE_BUSY:
		return ErrBusy
	case library.SQLITE_NOTADB:
		return ErrForeign
	case library.SQLITE_CORRUPT:
		return ErrCorrupt
	default:
		return nil
	}
}
