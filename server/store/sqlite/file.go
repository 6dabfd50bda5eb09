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

// databaseFile identifies the file of an open database. SQLite continues to write
// to a deleted file, and the data is lost when it closes, so the store checks
// before each commit and each read.
type databaseFile struct {
	path string
	main os.FileInfo // of the database
	wal  os.FileInfo // of its write-ahead log
}

// checkHeader reads the header of a SQLite database
// (https://sqlite.org/fileformat2.html#the_database_header). Only the version
// can be behind the write-ahead log, and openFile checks that again.
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
		return fmt.Errorf("%w: not a SQLite database", ErrForeign)
	case err != nil:
		return err
	}
	return checkIdentity(identity{
		applicationID: int64(int32(binary.BigEndian.Uint32(header[offsetAppliedID:]))),
		version:       int64(int32(binary.BigEndian.Uint32(header[offsetVersion:]))),
		tables:        1,
	}, len(migrations()))
}

// statDatabase records which files are open. Both exist once SQLite has read the
// database in WAL mode. The database must be the held file.
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

// checkUnchanged returns ErrGone unless both files are still those that were
// opened. A database in memory (nil) has none.
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
		return fmt.Errorf("%w: %s is another file", ErrGone, path)
	}
	return nil
}

// realPath returns the absolute path with links resolved, so that two names of one
// file have one lock. The file itself need not exist.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: not a regular file", ErrForeign)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("directory of the database: %w", err)
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}

// checkAccess returns the error that Open would return for one of the files that
// it opens or creates.
func checkAccess(path string) error {
	for _, suffix := range []string{".lock", "", "-wal", "-shm"} {
		if err := access.Open(path + suffix); err != nil {
			return err
		}
	}
	return nil
}

// dsnOf returns the data source name of a file that must exist. It is a URI,
// because in a plain name the driver parses its parameters after a question mark.
func dsnOf(path string) string { return dsnWith(path, "mode=rw") }

func dsnWith(path, parameters string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/dir becomes /C:/dir
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: parameters}
	return u.String()
}
