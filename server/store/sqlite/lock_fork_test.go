//go:build !windows

package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// release also unlocks copies of the descriptors, for example in a process that was
// forked and has not started its program yet.
func TestReleaseUnlocksCopies(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esa.db")
	held, err := lock(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{held.file, held.database.writable} {
		copied, err := syscall.Dup(int(f.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Close(copied) }()
	}
	if err := held.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.release(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".lock"); err != nil {
		t.Error(err)
	}
}
