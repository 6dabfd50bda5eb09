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
	// ErrInUse: another Store has the file open, in this process or another.
	ErrInUse = errors.New("the database is in use by another server")
	// ErrForeign: the file is no database, or one of another application.
	ErrForeign = errors.New("the file is not a database of this server")
	// ErrNewer: a later version of the server wrote the file.
	ErrNewer = errors.New("the database was written by a newer version of this server")
	// ErrGone: the file was deleted, moved or replaced while it was open.
	ErrGone = errors.New("the database file was deleted or replaced while in use")
	// ErrFull: the disk is full, or the file has reached Config.MaxBytes.
	ErrFull = errors.New("no space left for the database")
	// ErrBusy: another program kept the database locked for too long.
	ErrBusy = errors.New("another program keeps the database locked")
	// ErrCorrupt: the database's content is damaged.
	ErrCorrupt = errors.New("the database is damaged")
)

// failure says what was being done when SQLite failed, and adds the error
// above that says it best. SQLite's own text and code stay in the chain.
func wrapSQLite(doing string, err error) error {
	if err == nil {
		return nil
	}
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("sqlite: %s: %w: %w", doing, kind, err)
	}
	return fmt.Errorf("sqlite: %s: %w", doing, err)
}

// noSpaceForIndex is what SQLite reports if it cannot enlarge the index of the
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
