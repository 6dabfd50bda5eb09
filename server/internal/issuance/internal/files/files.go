// Package files writes small files atomically: a reader sees the whole content
// or none of it, even after a crash.
package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace replaces the content of a file, readable by this user only.
func Replace(path string, content []byte) error {
	temporary, err := write(path, content)
	if err != nil {
		return err
	}
	return rename(temporary, path)
}

// Publish replaces the content of a file that every user may read. A file that
// already has the content is unchanged.
func Publish(path string, content []byte) error {
	if current, err := os.ReadFile(path); err == nil && bytes.Equal(current, content) {
		return nil
	}
	temporary, err := write(path, content)
	if err != nil {
		return err
	}
	if err := os.Chmod(temporary, 0o644); err != nil { //nolint:gosec // it is public
		return errors.Join(err, os.Remove(temporary))
	}
	return rename(temporary, path)
}

func rename(temporary, path string) error {
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(withPath(path, err), os.Remove(temporary))
	}
	return syncDir(filepath.Dir(path))
}

// Create writes a new file, readable by this user only.
//
// Errors: fs.ErrExist if the file exists; it is unchanged.
func Create(path string, content []byte) error {
	temporary, err := write(path, content)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary) }()
	// Unlike a rename, a link never replaces a file. Some file systems do not
	// support links; there, two concurrent creators may not detect each other.
	err = os.Link(temporary, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if _, statErr := os.Lstat(path); !errors.Is(statErr, fs.ErrNotExist) {
			return withPath(path, err)
		}
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return withPath(path, err)
	}
	return syncDir(filepath.Dir(path))
}

// Read reads a file of at most limit bytes.
func Read(path string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, nil, err
	}
	if int64(len(content)) > limit {
		return nil, nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return content, info, nil
}

// write writes the content durably to a temporary file in the same directory.
// CreateTemp creates it with mode 0600.
func write(path string, content []byte) (temporary string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return "", withPath(path, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(withPath(path, err), withPath(path, f.Close())); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// withPath returns the error with the path of the target file instead of the
// temporary one.
func withPath(path string, err error) error {
	var failed *fs.PathError
	var moved *os.LinkError
	switch {
	case errors.As(err, &failed):
		return &fs.PathError{Op: failed.Op, Path: path, Err: failed.Err}
	case errors.As(err, &moved):
		return &fs.PathError{Op: moved.Op, Path: path, Err: moved.Err}
	}
	return err
}
