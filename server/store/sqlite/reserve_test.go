package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func wantSize(t *testing.T, path string, want int64) {
	t.Helper()
	info, err := os.Stat(path)
	switch {
	case want == 0:
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s exists: %v", path, err)
		}
	case err != nil || info.Size() != want:
		t.Errorf("%s: %v, %v; want %d bytes", path, info, err, want)
	case runtime.GOOS != "windows" && info.Mode().Perm() != 0o600:
		t.Errorf("%s has mode %o", path, info.Mode())
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "esa.db")
	path := database + "-reserve"
	if err := os.WriteFile(path, []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newReserve(database)
	wantSize(t, path, 0)
	r.grow()
	wantSize(t, path, 1<<20)
	r.grow()
	wantSize(t, path, 1<<20)
	r.drop()
	wantSize(t, path, 0)
	if r.size != 0 {
		t.Errorf("after drop it has %d bytes", r.size)
	}
	r.grow()
	wantSize(t, path, 1<<20)

	missing := newReserve(filepath.Join(t.TempDir(), "none", "esa.db"))
	missing.grow()
	if missing.size != 0 {
		t.Errorf("without a directory it has %d bytes", missing.size)
	}
	missing.drop()
	var none *reserve // of a database in memory
	none.grow()
	none.drop()
}

// The reserve exists while a store is open, and is deleted by Close.
func TestStoreHoldsReserve(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esa.db")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil { // the writer has started
		t.Error(err)
	}
	wantSize(t, path+"-reserve", 1<<20)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wantSize(t, path+"-reserve", 0)
}
