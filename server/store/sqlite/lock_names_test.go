package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/store/sqlite"
)

// runProcess runs this test binary as another process that works on a database,
// and returns its output.
func runProcess(t *testing.T, work, path string) string {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), crashPath+"="+path, crashWork+"="+work)
	output, err := c.CombinedOutput()
	if !errors.As(err, new(*exec.ExitError)) { // the exit code is always 1
		t.Fatalf("%v: %s", err, output)
	}
	return string(output)
}

// openOnce opens and closes the store.
func openOnce(path, _ string) error {
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	return errors.Join(errors.New("opened"), s.Close())
}

// visit is another program, like a backup, that reads and closes the database, and
// then tries to change the journal mode, which needs exclusive access. If it does
// not see the locks of the server, it deletes the log when it closes the database.
func visit(path, _ string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	var tables int
	err = db.QueryRow(`SELECT count(*) FROM sqlite_schema`).Scan(&tables)
	if err = errors.Join(err, db.Close()); err != nil || tables == 0 {
		return fmt.Errorf("%d tables: %w", tables, err)
	}
	if db, err = sql.Open("sqlite", path); err != nil {
		return err
	}
	var mode string
	err = db.QueryRow(`PRAGMA journal_mode = DELETE`).Scan(&mode)
	return errors.Join(fmt.Errorf("read; then %w, the mode is %q", err, mode), db.Close())
}

// names returns names of a database file, by kind.
func names(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{
		"symbolic link":                  filepath.Join(t.TempDir(), "symbolic.db"),
		"hard link":                      path + "-hard",
		"hard link in another directory": filepath.Join(t.TempDir(), filepath.Base(path)),
	}
	for what, name := range all {
		link := os.Link
		if what == "symbolic link" {
			link = os.Symlink
		}
		if err := link(path, name); err != nil {
			t.Fatal(err)
		}
	}
	all["original name"] = path
	return all
}

// Only one store can open a file, by any of its names, in this process and in
// others. A rejected Open leaves no files and does not affect the first store.
func TestOneStorePerFileByAnyName(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" && runtime.GOOS != "windows" {
		t.Skip("this system has no such lock: lock_file_other.go")
	}
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	all := names(t, path)
	for what, name := range all {
		if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: name}); !errors.Is(err, sqlite.ErrInUse) {
			t.Errorf("%s, in this process: %v, want ErrInUse", what, err)
		}
		if output := runProcess(t, opening, name); !strings.Contains(output, sqlite.ErrInUse.Error()) {
			t.Errorf("%s, in another process: %s", what, output)
		}
		for _, more := range []string{".lock", "-wal", "-shm"} {
			if _, err := os.Stat(name + more); err == nil && what != "original name" {
				t.Errorf("%s: %s was left", what, more)
			}
		}
		mustApply(t, s, batch(fmt.Sprintf("%x.example.com", what)))
	}
	mustClose(t, s)
	for what, name := range all {
		if output := runProcess(t, opening, name); !strings.HasPrefix(output, "opened") {
			t.Errorf("%s, after Close: %s", what, output)
		}
	}
	assertIntegrity(t, path)
}

// The locks of SQLite remain while the store has the file open: another process
// cannot get exclusive access, whatever this process opens and closes meanwhile.
func TestLocksOfSQLiteStay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		try  func(t *testing.T, path string)
	}{
		{"nothing", func(*testing.T, string) {}},
		{"a second Open", func(t *testing.T, path string) {
			if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}); !errors.Is(err, sqlite.ErrInUse) {
				t.Errorf("Open: %v", err)
			}
		}},
		{"a second Open by another name", func(t *testing.T, path string) {
			name := filepath.Join(t.TempDir(), "hard.db")
			if err := os.Link(path, name); err != nil {
				t.Fatal(err)
			}
			if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: name}); !errors.Is(err, sqlite.ErrInUse) {
				t.Errorf("Open: %v", err)
			}
		}},
		{"a Reader that is closed", func(t *testing.T, path string) {
			r, err := sqlite.OpenReader(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			s := openAt(t, sqlite.Config{Path: path})
			mustApply(t, s, batch("a.example.com"))
			c.try(t, path)
			if output := runProcess(t, visiting, path); !strings.HasPrefix(output, "read; then database is locked") {
				t.Errorf("another process: %s", output)
			}
			if _, err := s.Apply(t.Context(), batch("b.example.com")); err != nil {
				t.Errorf("Apply after another process has read: %v", err)
			}
			mustClose(t, s)
			if output := runProcess(t, visiting, path); !strings.Contains(output, `the mode is "delete"`) {
				t.Errorf("another process, after Close: %s", output)
			}
			assertIntegrity(t, path)
		})
	}
}
