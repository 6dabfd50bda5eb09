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

// File is where a report will be. It is written into a file beside it, which
// takes its place when it is whole.
type File struct {
	name       string // as the person gave it
	path       string // with links followed
	unbuffered bool   // a pipe or a device, which cannot be exchanged
}

// Open checks that a report can be written to name, and changes nothing there.
// Call it before the run, so that an hour of tests does not end in a wrong path.
// Its error says what is the matter with the path.
func Open(name string) (*File, error) {
	if name == "" {
		return nil, errors.New("report: file name is empty")
	}
	f := &File{name: name, path: name}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		f.path = target // the file that a link names is exchanged, not the link
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

// Name gives the path as it was given to Open.
func (f *File) Name() string { return f.name }

// Write writes the report. If that fails, whatever was at the path before is
// still there.
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
		err = draft.Sync() // else a crash could leave an empty file under the name
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

// createTemp makes an empty file in the folder of the report, with the permissions
// that any new file has: a report is there to be read.
func (f *File) createTemp() (*os.File, error) {
	name := fmt.Sprintf(".%s.%s.part", filepath.Base(f.path), rand.Text()[:8])
	return os.OpenFile(filepath.Join(filepath.Dir(f.path), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // the umask decides
}
