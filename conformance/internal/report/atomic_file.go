package report

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// File is the destination of a report. It is written to a temporary file in the same
// directory, which then replaces it.
type File struct {
	name       string // as given to Open
	path       string // with symbolic links resolved
	unbuffered bool   // a pipe or device, which cannot be replaced
}

// Open checks that a report can be written to name, without changing the file. Call
// it before the run, so that an invalid path does not lose the results.
func Open(name string) (*File, error) {
	if name == "" {
		return nil, errors.New("report: file name is empty")
	}
	f := &File{name: name, path: name}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		f.path = target // replace the file that a link refers to, not the link
	}
	info, err := os.Stat(f.path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("write report %s: is a directory", name)
	case err == nil && !info.Mode().IsRegular():
		f.unbuffered = true
		return f, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("write report %s: %w", name, err)
	}
	draft, err := f.createTemp()
	if err != nil {
		return nil, fmt.Errorf("write report %s: %w", name, err)
	}
	if err := errors.Join(draft.Close(), os.Remove(draft.Name())); err != nil {
		return nil, fmt.Errorf("write report %s: %w", name, err)
	}
	return f, nil
}

// Name returns the path that was given to Open.
func (f *File) Name() string { return f.name }

// Write writes the report. If it fails, an existing file is unchanged.
func (f *File) Write(writer Writer, run *suite.Run) error {
	write := f.rename
	if f.unbuffered {
		write = f.writeThrough
	}
	if err := write(func(w io.Writer) error { return writer.Write(w, run) }); err != nil {
		return fmt.Errorf("write report %s: %w", f.name, err)
	}
	return nil
}

func (f *File) rename(write func(io.Writer) error) error {
	draft, err := f.createTemp()
	if err != nil {
		return err
	}
	err = write(draft)
	if err == nil {
		err = draft.Sync() // otherwise a crash could leave an empty file
	}
	if err = errors.Join(err, draft.Close()); err == nil {
		err = os.Rename(draft.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}

func (f *File) writeThrough(write func(io.Writer) error) error {
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// createTemp creates an empty file in the directory of the report, with default
// permissions, unlike os.CreateTemp.
func (f *File) createTemp() (*os.File, error) {
	name := fmt.Sprintf(".%s.%s.part", filepath.Base(f.path), rand.Text()[:8])
	return os.OpenFile(filepath.Join(filepath.Dir(f.path), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // the umask decides
}
