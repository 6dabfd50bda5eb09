package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A store or directory that the user may not write to prevents the start, and
// 'config check' reports the same error. Root may write anywhere, so the test
// switches to another user's file system permissions, which Linux keeps per
// thread.
func TestCheckFindsWhatMayNotBeWritten(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, store, issuing string
		prepare              func(t *testing.T, dir string)
		want                 string
	}{
		{"store in a closed folder", "closed/s.db", "issuing: {sealing_key: auto, data: DIR/open/data}", nil, "closed/s.db.lock: permission denied"},
		{"the same with default data", "closed/s.db", "issuing: {sealing_key: auto}", nil, "closed/s.db.lock: permission denied"},
		{"the same with issuing disabled", "closed/s.db", "issuing: off", nil, "closed/s.db.lock: permission denied"},
		{"database of mode 0444", "open/s.db", "issuing: off", func(t *testing.T, dir string) {
			readOnly(t, filepath.Join(dir, "open", "s.db"), "")
		}, "open/s.db: permission denied"},
		{"lock file of mode 0444", "open/s.db", "issuing: off", func(t *testing.T, dir string) {
			readOnly(t, filepath.Join(dir, "open", "s.db.lock"), "1\n")
		}, "open/s.db.lock: permission denied"},
		{"all there in a closed folder", "closed/s.db", "issuing: off", func(t *testing.T, dir string) {
			for _, name := range []string{"s.db", "s.db.lock"} {
				path := filepath.Join(dir, "closed", name)
				writeFile(t, path, "")
				mode(t, path, 0o666)
			}
		}, "closed/s.db-wal: permission denied"},
		{"data in a closed folder", "open/s.db", "issuing: {sealing_key: auto, data: DIR/closed/data}", nil, "closed/data: permission denied"},
		{"closed data folder", "open/s.db", "issuing: {sealing_key: auto, data: DIR/closed}", nil, "permission denied"},
		{"closed data folder with HTTPS", "open/s.db", "issuing: off\nhttps: true\nlog_level: error\n", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "open", "s.db.data")
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			mode(t, path, 0o555)
		}, "permission denied"},
		{"closed folder to deliver to", "open/s.db", "issuing: {sealing_key: auto, deliver: {folder: DIR/closed}}", nil, "permission denied"},
		{"kernel directory", "/proc/x.db", "issuing: off", nil, "open /proc/x.db.lock: no such file or directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for at := dir; at != os.TempDir() && at != filepath.Dir(at); at = filepath.Dir(at) {
				mode(t, at, 0o755)
			}
			for name, m := range map[string]os.FileMode{"closed": 0o555, "open": 0o777} {
				if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
					t.Fatal(err)
				}
				mode(t, filepath.Join(dir, name), m)
			}
			store := tc.store
			if !filepath.IsAbs(store) {
				store = filepath.Join(dir, store)
			}
			content := strings.Replace(strings.Replace(checkedConfig, "DIR/esa.db", store, 1), "ISSUING", tc.issuing, 1)
			conf := filepath.Join(dir, "esacertd.yaml")
			writeFile(t, conf, strings.ReplaceAll(content, "DIR", dir))
			mode(t, conf, 0o644)
			if tc.prepare != nil {
				tc.prepare(t, dir)
			}
			asAnotherUser(t, func() { wantCheckIsStart(t, dir, conf, tc.want) })
		})
	}
}

func readOnly(t *testing.T, path, content string) {
	t.Helper()
	writeFile(t, path, content)
	mode(t, path, 0o444)
}

func mode(t *testing.T, path string, m os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, m); err != nil {
		t.Fatal(err)
	}
}

// asAnotherUser calls f with another user's file system permissions, unless the
// test already runs as an unprivileged user. f must not start goroutines that
// use files. The thread stays locked and is discarded.
func asAnotherUser(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			if err := syscall.Setfsuid(65534); err != nil {
				done <- err
				return
			}
		}
		f()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Root may write everywhere except in the kernel's virtual file systems.
func TestCheckFindsKernelDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := filepath.Join(dir, "esacertd.yaml")
	content := strings.Replace(strings.Replace(checkedConfig, "DIR/esa.db", "/proc/x.db", 1), "ISSUING", "issuing: off", 1)
	writeFile(t, conf, content)
	wantCheckIsStart(t, dir, conf, "open /proc/x.db.lock: no such file or directory")
}
