package files_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/internal/files"
)

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	content, info, err := files.Read(path, 100)
	if err != nil || string(content) != want {
		t.Errorf("got content %q, %v, want %q", content, err, want)
		return
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, want 0600", info.Mode())
	}
	if err := files.CheckPrivate(path, info); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("got directory entries %v, %v, want the file only", entries, err)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"one", "two", ""} {
		if err := files.Replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, content)
	}
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.MkdirAll(filepath.Join(dir, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := files.Replace(dir, []byte("x")); err == nil {
		t.Error("Replace of a directory succeeded")
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
		t.Errorf("got directory entries %v, %v, want no temporary file", entries, err)
	}
	if err := files.Replace(filepath.Join(dir, "none", "file"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: got %v, want fs.ErrNotExist", err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"one", "one", "two"} {
		before, _ := os.Stat(path)
		if err := files.Publish(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, info, err := files.Read(path, 100)
		if err != nil || string(got) != content {
			t.Errorf("got content %q, %v, want %q", got, err, content)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
			t.Errorf("got mode %v, want 0644", info.Mode())
		}
		if same := before != nil && os.SameFile(before, info); same != (before != nil && content == "one") {
			t.Errorf("%q: got the same file: %t, want %t", content, same, !same)
		}
	}
	if err := files.Publish(filepath.Join(path, "x"), nil); err == nil {
		t.Error("Publish below a file succeeded")
	}
	if err := files.Publish(filepath.Dir(path), []byte("x")); err == nil {
		t.Error("Publish over a directory succeeded")
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	var created atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch err := files.Create(path, []byte("one")); {
			case err == nil:
				created.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if created.Load() != 1 {
		t.Errorf("got %d successful calls of Create, want 1", created.Load())
	}
	if err := files.Create(path, []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	wantFile(t, path, "one")
	if err := files.Create(filepath.Join(path, "x"), nil); err == nil {
		t.Error("Create below a file succeeded")
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	if content, _, err := files.Read(path, 5); err != nil || string(content) != "12345" {
		t.Errorf("got %q, %v, want 12345", content, err)
	}
	if _, _, err := files.Read(path, 4); err == nil || !strings.Contains(err.Error(), path+" is longer than 4 bytes") {
		t.Errorf("got %v, want an error about the size", err)
	}
	if _, _, err := files.Read(filepath.Dir(path), 5); err == nil {
		t.Error("Read of a directory succeeded")
	}
	_, info, err := files.Read(path, 5)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.CheckPrivate(path, info); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "0644")) {
		t.Errorf("CheckPrivate: got %v, want the mode 0644", err)
	}
}

// TestErrorsNameTheFile checks that errors contain the caller's path and not that
// of the temporary file.
func TestErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	nowhere, full := filepath.Join(dir, "nodir", "file"), filepath.Join(dir, "full")
	if err := os.MkdirAll(filepath.Join(full, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Create without a directory":  files.Create(nowhere, []byte("x")),
		"Replace without a directory": files.Replace(nowhere, []byte("x")),
		"Publish without a directory": files.Publish(nowhere, []byte("x")),
		"Create over a directory":     files.Create(full, []byte("x")),
		"Replace of a directory":      files.Replace(full, []byte("x")),
	} {
		var failed *fs.PathError
		if !errors.As(err, &failed) || failed.Path != nowhere && failed.Path != full || strings.Contains(err.Error(), ".file-") || strings.Contains(err.Error(), ".full-") {
			t.Errorf("%s: got %v, want the path of the target", name, err)
		}
	}
	if err := files.Create(full, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create over a directory: got %v, want fs.ErrExist", err)
	}
}
