package sqlite_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

func TestReopenKeepsEverything(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	b := batch("a.example.com", "b.example.com")
	b.Nonce = store.Nonce{Key: store.NonceKey{1}, Expires: baseTime()}
	want := mustApply(t, s, b)
	if err := s.Finish(t.Context(), want[0].ID, store.Failed, baseTime()); err != nil {
		t.Fatal(err)
	}
	want[0].Status = store.Failed
	mustClose(t, s)

	s = openAt(t, sqlite.Config{Path: path})
	got, err := s.Applications(t.Context(), store.Query{})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("after reopening: %v\n%s", err, diff)
	}
	usage, err := s.Usage(t.Context(), account, "enterprise", "lets_encrypt", site)
	if err != nil || usage != (store.QuotaUsage{Quota: 1, DNSRecords: 1}) {
		t.Errorf("usage after reopening: %+v, %v", usage, err)
	}
	if _, err := s.Apply(t.Context(), batch("b.example.com")); !errors.Is(err, store.ErrAlreadySubmitted) {
		t.Errorf("the pending name after reopening: %v", err)
	}
	if made := mustApply(t, s, batch("c.example.com")); made[0].ID != want[1].ID+1 {
		t.Errorf("the next id after reopening is %d, want %d", made[0].ID, want[1].ID+1)
	}
	mustClose(t, s)
	assertIntegrity(t, path)
}

func TestCloseLeavesOneFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	if _, err := s.Applications(t.Context(), store.Query{}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if diff := cmp.Diff([]string{"esacert.db", "esacert.db.lock"}, siblings(t, path)); diff != "" {
		t.Errorf("the directory after Close:\n%s", diff)
	}
}

func TestOnlyTheOwnerCanRead(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	for _, name := range siblings(t, path) {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

func TestUnusualPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a#b.db", "100%.db", "%41.db", "file:x.db", "中文.db", "a;b.db", ":memory:.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := openAt(t, sqlite.Config{Path: path})
		mustApply(t, s, batch("a.example.com"))
		if _, err := s.Applications(t.Context(), store.Query{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		mustClose(t, s)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the database does not exist: %v", name, err)
		}
	}
}

func TestOpenRejects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		path func(t *testing.T) string
		want error
	}{
		{"no path", func(*testing.T) string { return "" }, nil},
		{"a missing directory", func(t *testing.T) string { return filepath.Join(t.TempDir(), "missing", "esacert.db") }, fs.ErrNotExist},
		{"a directory", func(t *testing.T) string { return t.TempDir() }, sqlite.ErrForeign},
		{"a device", func(*testing.T) string { return os.DevNull }, sqlite.ErrForeign},
		{"a file as directory", func(t *testing.T) string {
			return filepath.Join(written(t, []byte("file")), "esacert.db")
		}, syscall.ENOTDIR},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := sqlite.Open(t.Context(), sqlite.Config{Path: c.path(t)})
			if s != nil || err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Open: %v, %v; want %v", s, err, c.want)
			}
		})
	}
}

// Open rejects a file of another program, and changes neither the file nor its
// directory.
func TestOpenLeavesForeignFilesAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(t *testing.T) string
		want error
		says string
	}{
		{"plain text", func(t *testing.T) string { return written(t, []byte("accounts:\n")) }, sqlite.ErrForeign, "not a SQLite database"},
		{"long text", func(t *testing.T) string { return written(t, bytes.Repeat([]byte("x"), 5000)) }, sqlite.ErrForeign, "not a SQLite database"},
		{"the start of a database", func(t *testing.T) string { return written(t, []byte("SQLite format 3\x00")) }, sqlite.ErrForeign, "not a SQLite database"},
		{"a database without an application id", func(t *testing.T) string {
			return foreign(t, `CREATE TABLE applications (id)`)
		}, sqlite.ErrForeign, "application id is 0"},
		{"a database of another application", func(t *testing.T) string {
			return foreign(t, `PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE t (a)`)
		}, sqlite.ErrForeign, "application id is 7"},
		{"another application's in WAL mode", func(t *testing.T) string {
			return foreign(t, `PRAGMA application_id = 7; CREATE TABLE t (a); PRAGMA journal_mode = WAL; INSERT INTO t VALUES (1)`)
		}, sqlite.ErrForeign, "application id is 7"},
		{"a newer version", func(t *testing.T) string {
			path := newPath(t)
			mustClose(t, openAt(t, sqlite.Config{Path: path}))
			o := otherProgram(t, path)
			defer o.close()
			o.exec(`PRAGMA user_version = 1000`)
			return path
		}, sqlite.ErrNewer, "version 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := c.make(t)
			before, listing := content(t, path), siblings(t, path)
			s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
			if s != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Fatalf("Open: %v, %v; want %v with %q and the path", s, err, c.want, c.says)
			}
			if !bytes.Equal(before, content(t, path)) {
				t.Error("the file has changed")
			}
			if diff := cmp.Diff(listing, siblings(t, path)); diff != "" {
				t.Errorf("the directory has changed:\n%s", diff)
			}
		})
	}
}

func TestOpenDamaged(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	mustClose(t, s)
	data := content(t, path)
	for i := 100; i < len(data); i++ { // all but the header
		data[i] = 0xff
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("Open: %v, want ErrCorrupt", err)
	}
}

// A crash in the first write leaves an empty file.
func TestOpenEmptyFile(t *testing.T) {
	t.Parallel()
	s := openAt(t, sqlite.Config{Path: written(t, nil)})
	mustApply(t, s, batch("a.example.com"))
}

func TestOneStorePerFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: name}); !errors.Is(err, sqlite.ErrInUse) {
			t.Errorf("the second Open of %s: %v, want ErrInUse", name, err)
		}
	}
	mustApply(t, s, batch("a.example.com")) // the first still works
	mustClose(t, s)
	s = openAt(t, sqlite.Config{Path: link})
	if made := mustApply(t, s, batch("b.example.com")); made[0].ID != store.FirstID+1 {
		t.Errorf("through the link the next id is %d", made[0].ID)
	}
}

func written(t testing.TB, data []byte) string {
	t.Helper()
	path := newPath(t)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func foreign(t testing.TB, script string) string {
	t.Helper()
	path := newPath(t)
	o := otherProgram(t, path)
	defer o.close()
	o.exec(script)
	return path
}

func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// siblings returns the names of all files in the directory of path.
func siblings(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
