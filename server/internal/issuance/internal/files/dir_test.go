package files_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/internal/files"
)

// TestCheckDir checks that CheckDir returns the error of os.MkdirAll and creates
// nothing.
func TestCheckDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "a"), filepath.Join(dir, "a", "b", "c"), file, filepath.Join(file, "a"), filepath.Join(file, "a", "b")} {
		checked := files.CheckDir(path)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Fatalf("CheckDir(%s) left %v, %v", path, entries, err)
		}
		made := os.MkdirAll(path, 0o700)
		if (checked == nil) != (made == nil) || made != nil && checked.Error() != made.Error() {
			t.Errorf("CheckDir(%s) = %v, MkdirAll = %v", path, checked, made)
		}
		if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.CheckWritable(dir); err != nil {
		t.Error(err)
	}
}
