package access_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/esacert/esacert/server/internal/access"
)

// Open returns what opening the file returns, and leaves nothing behind.
func TestOpenIsTheAttempt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		file, filepath.Join(dir, "new"), filepath.Join(dir, "missing", "new"), filepath.Join(file, "below"),
	} {
		wantAttempt(t, path)
	}
}

func wantAttempt(t *testing.T, path string) {
	t.Helper()
	_, before := os.Lstat(path)
	checked := access.Open(path)
	if _, after := os.Lstat(path); (before == nil) != (after == nil) {
		t.Errorf("Open(%s) left a file", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if before != nil {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	}
	if (checked == nil) != (err == nil) || err != nil && checked.Error() != err.Error() {
		t.Errorf("Open(%s) = %v, the attempt: %v", path, checked, err)
	}
}
