package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// A Reader sees the commits of a store that is open, and the file of a closed one.
func TestReaderDuringAndAfterWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esa.db")
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r, err := sqlite.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := baseTime()
	made, err := s.Apply(t.Context(), store.ApplyRequest{Account: "1", SiteID: 7, Domains: []string{"www.example.com"}, At: at, Quota: store.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := s.Lease(t.Context(), at, at.Add(time.Minute), 1)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%v, %v", jobs, err)
	}
	if err := s.Complete(t.Context(), jobs[0].Lease, store.Certificate{Chain: []byte("chain"), SealedKey: []byte("key")}, at, at); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"store open", "store closed"} {
		if c, err := r.Certificate(t.Context(), made[0].ID); err != nil || string(c.Chain) != "chain" || string(c.SealedKey) != "key" {
			t.Errorf("%s: %v, %v", when, c, err)
		}
		if err := errors.Join(r.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
		if r, err = sqlite.OpenReader(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := sqlite.OpenReader(t.Context(), filepath.Join(t.TempDir(), "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// snapshot returns the contents of the files in a directory, by name.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(data)
	}
	return found
}

// OpenReader returns the matching error for a file that it cannot read. It changes
// neither the file nor its directory.
func TestReaderChangesNothing(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T, path string) {
		s := openAt(t, sqlite.Config{Path: path})
		mustApply(t, s, batch("www.example.com"))
		mustClose(t, s)
	}
	altered := func(stmt string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			good(t, path)
			o := otherProgram(t, path)
			o.exec(stmt)
			o.close()
		}
	}
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    error
	}{
		{"a database", good, nil},
		{"no file", func(*testing.T, string) {}, fs.ErrNotExist},
		{"an empty file", writeFile(""), sqlite.ErrForeign},
		{"plain text", writeFile(strings.Repeat("no database\n", 100)), sqlite.ErrForeign},
		{"short plain text", writeFile("no database"), sqlite.ErrForeign},
		{"a database of another program", altered(`PRAGMA application_id = 7`), sqlite.ErrForeign},
		{"a later version", altered(`PRAGMA user_version = 1000`), sqlite.ErrNewer},
		{"an earlier version", altered(`PRAGMA user_version = 1`), sqlite.ErrOld},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "esacert.db")
			c.prepare(t, path)
			before := snapshot(t, dir)
			r, err := sqlite.OpenReader(t.Context(), path)
			if !errors.Is(err, c.want) || (err != nil && !strings.Contains(err.Error(), path)) {
				t.Fatalf("OpenReader: %v, want %v and the path", err, c.want)
			}
			if err == nil {
				if _, err := r.Certificate(t.Context(), store.FirstID); !errors.Is(err, store.ErrNoCertificate) {
					t.Errorf("Certificate: %v, want ErrNoCertificate", err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
			if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
				t.Errorf("the directory has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// writeFile returns a function that writes a file with the given content.
func writeFile(content string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A Reader reads a log that a crash has left.
func TestReaderAfterACrash(t *testing.T) {
	t.Parallel()
	living := newPath(t)
	s := openAt(t, sqlite.Config{Path: living})
	mustApply(t, s, batch("www.example.com"))
	if output := runProcess(t, copying, living); output != "copied\n" {
		t.Fatal(output)
	}
	dead := living + copySuffix
	r, err := sqlite.OpenReader(t.Context(), dead)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Certificate(t.Context(), store.FirstID); !errors.Is(err, store.ErrNoCertificate) {
		t.Errorf("Certificate: %v, want ErrNoCertificate", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	assertIntegrity(t, dead)
}

const copySuffix = "-copy"

// copyLive copies a database and its log, the state of the disk at a loss of power.
// It must run in another process: reading the file in the process of the store
// would drop the store's locks.
func copyLive(path, _ string) error {
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path+copySuffix+end, data, 0o600); err != nil {
			return err
		}
	}
	return errors.New("copied")
}
