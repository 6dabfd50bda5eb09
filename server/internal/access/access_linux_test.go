package access_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// Not even root can create a file there, although access(2) allows it.
func TestOpenInFileSystemsOfTheKernel(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/proc/x.db", "/proc/self/x.db", "/sys/x.db", "/sys/fs/cgroup/x.db", "/dev/null/x.db"} {
		wantAttempt(t, path)
	}
}

// Root may do everything, so the test takes another user's rights on the file
// system, which Linux has per thread. The thread is not given back.
func TestOpenAsAnotherUser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for at := dir; at != filepath.Dir(os.TempDir()) && at != os.TempDir(); at = filepath.Dir(at) {
		chmod(t, at, 0o755)
	}
	for name, mode := range map[string]os.FileMode{"readable": 0o444, "shared": 0o666, "hidden": 0} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		chmod(t, path, mode)
	}
	for name, mode := range map[string]os.FileMode{"closed": 0o555, "open": 0o777, "unsearchable": 0o666} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		chmod(t, path, mode)
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
		for _, name := range []string{"readable", "shared", "hidden", "closed/new", "open/new", "unsearchable/new"} {
			wantAttempt(t, filepath.Join(dir, name))
		}
		wantAttempt(t, "/proc/x.db")
		done <- nil
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
