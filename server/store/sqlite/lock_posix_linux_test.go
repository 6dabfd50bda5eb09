package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store/sqlite"
)

// posixLocks are the POSIX locks on a file as the kernel has them (proc(5)).
func posixLocks(t *testing.T, path string) (locks []string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d", info.Sys().(*syscall.Stat_t).Ino)
	for line := range strings.Lines(string(all)) {
		fields := strings.Fields(line)
		if len(fields) > 7 && fields[1] == "POSIX" && strings.HasSuffix(fields[5], inode) {
			locks = append(locks, strings.Join(fields[3:5], " ")+" "+strings.Join(fields[6:], "-"))
		}
	}
	slices.Sort(locks)
	return locks
}

// The kernel keeps the POSIX locks of SQLite: no descriptor of the database is
// closed while a Store has it open. SQLite of 2025 notices if they are gone, so
// what other programs can do would not show it.
func TestPOSIXLocksStay(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	want := posixLocks(t, path)
	if len(want) == 0 {
		t.Fatal("SQLite has no lock on the database")
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
		t.Errorf("locks beside a Reader:\n%s", diff)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, posixLocks(t, path)); diff != "" {
		t.Errorf("locks after a Reader:\n%s", diff)
	}
	mustClose(t, s)
	if left := posixLocks(t, path); len(left) != 0 {
		t.Errorf("locks after Close: %v", left)
	}
}
