// Package access reports what the operating system would allow this process to
// do with a file. It creates and changes nothing.
package access

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Open returns the error that os.OpenFile would return if it opened a file to
// read and write it, and created it if it does not exist. It does not find what
// only an attempt shows, for example a full disk.
func Open(path string) error {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		err = mayChange(path)
	case errors.Is(err, fs.ErrNotExist):
		err = Create(filepath.Dir(path))
	}
	if err == nil {
		return nil
	}
	var known *fs.PathError
	if errors.As(err, &known) {
		err = known.Err
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}

// Create returns the error of the operating system by which this process cannot
// create files in a folder that exists; nil if it can, or if only an attempt shows.
func Create(folder string) error { return mayCreate(folder) }
