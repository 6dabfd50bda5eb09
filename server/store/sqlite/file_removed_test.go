package sqlite_test

import (
	"errors"
	"os"
	"testing"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// SQLite would continue to write to a deleted file. The store returns ErrGone
// instead of losing what it accepts.
func TestFileRemoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		harm func(t *testing.T, path string)
	}{
		{"the database is deleted", func(t *testing.T, path string) { mustRemove(t, path) }},
		{"the log is deleted", func(t *testing.T, path string) { mustRemove(t, path+"-wal") }},
		{"the database is replaced", func(t *testing.T, path string) {
			mustRemove(t, path)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			s := openAt(t, sqlite.Config{Path: path})
			made := mustApply(t, s, batch("a.example.com"))
			c.harm(t, path)
			_, applyErr := s.Apply(t.Context(), batch("b.example.com"))
			_, listErr := s.Applications(t.Context(), store.Query{})
			for call, err := range map[string]error{
				"Apply":        applyErr,
				"Applications": listErr,
				"Finish":       s.Finish(t.Context(), made[0].ID, store.Issued, baseTime()),
				"Ping":         s.Ping(t.Context()),
			} {
				if !errors.Is(err, sqlite.ErrGone) {
					t.Errorf("%s: %v, want ErrGone", call, err)
				}
			}
		})
	}
}

// A file that is moved back is used again.
func TestFileMovedBack(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	mustRename(t, path, path+".away")
	if _, err := s.Apply(t.Context(), batch("b.example.com")); !errors.Is(err, sqlite.ErrGone) {
		t.Errorf("Apply while it is moved: %v, want ErrGone", err)
	}
	mustRename(t, path+".away", path)
	mustApply(t, s, batch("b.example.com"))
	mustClose(t, s)
	assertIntegrity(t, path)
}

func mustRemove(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func mustRename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
