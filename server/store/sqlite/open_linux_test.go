package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/esacert/esacert/server/store/sqlite"
)

// Root may write anywhere, so the test opens the store with the file system rights
// of another user, which Linux has per thread. The thread is not reused.
func TestOpenInReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // so that only dir is not writable
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				done <- err
				return
			}
		}
		_, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "esacert.db")})
		done <- err
	}()
	if err := <-done; !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Open: %v, want a permission error", err)
	}
	if names := siblings(t, filepath.Join(dir, "x")); len(names) > 0 {
		t.Errorf("files left: %v", names)
	}
}
