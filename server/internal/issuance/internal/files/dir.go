package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/esacert/esacert/server/internal/access"
)

// CheckDir returns the error that os.MkdirAll would return: if a component of the
// path is not a directory, or if this user may not create the first missing one.
// It creates nothing.
func CheckDir(path string) error {
	missing := ""
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir(), errors.Is(err, syscall.ENOTDIR):
			if err != nil {
				continue // the file is further up
			}
			return &fs.PathError{Op: "mkdir", Path: at, Err: syscall.ENOTDIR}
		case err == nil:
			if missing == "" {
				return nil
			}
			if err := access.Create(at); err != nil {
				return &fs.PathError{Op: "mkdir", Path: missing, Err: err}
			}
			return nil
		case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at:
			return err
		}
		missing = at
	}
}

// CheckWritable returns an error unless this user may create files in an existing
// directory.
func CheckWritable(dir string) error {
	if err := access.Create(dir); err != nil {
		return &fs.PathError{Op: "write", Path: dir, Err: err}
	}
	return nil
}

// CheckCreate returns an error unless Create can write a new file. For a missing
// directory, it returns nil; use CheckDir.
func CheckCreate(path string) error {
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := access.Create(dir); err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return nil
}
