package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/esacert/esacert/server/internal/access"
)

// databaseFile is the file of an open database, as the operating system knows it.
// SQLite goes on writing to a file that was deleted, and what it writes is lost
// when it closes; so the store asks before each commit and each read.
type databaseFile struct {
	path string
	main os.FileInfo // of the database
	wal  os.FileInfo // of its write-ahead log
}

// checkHeader reads the header that each SQLite database begins with
// (https://sqlite.org/fileformat2.html#the_database_header). Only the version
// can be behind the write-ahead log, and openFile looks at that again.
func checkHeader(f io.Reader) error {
	const (
		magic           = "SQLite format 3\x00"
		headerSize      = 100
		offsetVersion   = 60
		offsetAppliedID = 68
	)
	header := make([]byte, headerSize)
	switch n, err := io.ReadFull(f, header); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil // new
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(header[:len(magic)]) != magic:
		return fmt.Errorf("%w: it is no SQLite database", ErrForeign)
	case err != nil:
		return err
	}
	return checkIdentity(identity{
		applicationID: int64(int32(binary.BigEndian.Uint32(header[offsetAppliedID:]))),
		version:       int64(int32(binary.BigEndian.Uint32(header[offsetVersion:]))),
		tables:        1,
	}, len(migrations()))
}

// watch remembers which files are open. Both exist once SQLite has read the
// database in WAL mode. The database must be the file that is held.
func statDatabase(path string, held *heldFile) (*databaseFile, error) {
	if err := same(path, held.info); err != nil {
		return nil, err
	}
	wal, err := os.Stat(path + "-wal")
	if err != nil {
		return nil, err
	}
	return &databaseFile{path: path, main: held.info, wal: wal}, nil
}

// check returns ErrGone unless both files are still the ones that were opened.
// A database in memory (nil) has none.
func (f *databaseFile) checkUnchanged() error {
	if f == nil {
		return nil
	}
	if err := same(f.path, f.main); err != nil {
		return err
	}
	return same(f.path+"-wal", f.wal)
}

func same(path string, opened os.FileInfo) error {
	now, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	if !os.SameFile(now, opened) {
		return fmt.Errorf("%w: %s is another file now", ErrGone, path)
	}
	return nil
}

// realPath makes the path absolute and follows links, so that two names of one
// file have one lock. The file itself need not exist.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: it is no regular file", ErrForeign)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("the folder of the database: %w", err)
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}

// checkAccess returns the error that opening one of the files would return which the
// store opens or creates. Each is created if it does not exist.
func checkAccess(path string) error {
	for _, suffix := range []string{".lock", "", "-wal", "-shm"} {
		if err := access.Open(path + suffix); err != nil {
			return err
		}
	}
	return nil
}

// dsnOf names a file that must exist. It is a URI because in a plain name the
// driver would take a question mark for the start of its own parameters.
func dsnOf(path string) string { return dsnWith(path, "mode=rw") }

func dsnWith(path, parameters string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/folder becomes /C:/folder
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: parameters}
	return u.String()
}
