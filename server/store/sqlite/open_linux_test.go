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

// Root may write anywhere, so the test takes another user's rights on the file
// system, which Linux has per thread. The thread is not given back.
func TestOpenInAReadOnlyFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // so that it is the folder that refuses
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
		t.Errorf("it left %v behind", names)
	}
}
