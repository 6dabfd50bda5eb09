package sqlite_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store/sqlite"
)

// posixLocks returns the POSIX locks that this process has on the file at path,
// according to the kernel. It reads fdinfo of a descriptor of the file, which the
// kernel writes in one piece (proc(5)). /proc/locks, which lists the locks of all
// processes, is read in several pieces: a lock is missing from it or duplicated
// if other locks come or go in between. Opening the file instead would
// drop the locks when it is closed.
func posixLocks(t *testing.T, path string) (locks []string) {
	t.Helper()
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d", file.Sys().(*syscall.Stat_t).Ino)
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range descriptors {
		// Parallel tests close descriptors and reuse their numbers.
		info, err := os.Stat("/proc/self/fd/" + d.Name())
		if err != nil || !os.SameFile(file, info) {
			continue
		}
		data, err := os.ReadFile("/proc/self/fdinfo/" + d.Name())
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(line) // lock: 1: POSIX ADVISORY READ pid device:inode start end
			if len(fields) > 8 && fields[0] == "lock:" && fields[2] == "POSIX" && strings.HasSuffix(fields[6], inode) {
				locks = append(locks, fields[4]+" "+fields[7]+"-"+fields[8])
			}
		}
	}
	slices.Sort(locks)
	return slices.Compact(locks) // each descriptor of the file shows all locks
}

// The POSIX locks of SQLite remain in place: this process does not close a
// descriptor of the database while a Store has it open. SQLite detects lost locks
// since 2025, so the behavior of other programs would not show the loss.
func TestPOSIXLocksStay(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	want := posixLocks(t, path)
	if len(want) == 0 {
		t.Fatal("SQLite holds no lock on the database")
	}
	hard := filepath.Join(t.TempDir(), "hard.db")
	if err := os.Link(path, hard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, hard} {
		if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: name}); err == nil {
			t.Errorf("%s was opened a second time", name)
		}
		if diff := cmp.Diff(want, posixLocks(t, path)); diff != "" {
			t.Errorf("locks after a second Open of %s:\n%s", name, diff)
		}
	}
	r, err := sqlite.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, posixLocks(t, path)); diff != "" {
		t.Errorf("locks while a Reader is open:\n%s", diff)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, posixLocks(t, path)); diff != "" {
		t.Errorf("locks after closing the Reader:\n%s", diff)
	}
	mustClose(t, s)
	if left := posixLocks(t, path); len(left) != 0 {
		t.Errorf("locks after Close: %v", left)
	}
}
