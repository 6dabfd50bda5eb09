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
	text, info, err := files.Read(path, 100)
	if err != nil || string(text) != want {
		t.Errorf("the file holds %q, %v; want %q", text, err, want)
		return
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := files.CheckPrivate(path, info); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside it: %v, %v", entries, err)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"one", "two", ""} {
		if err := files.Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, text)
	}
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.MkdirAll(filepath.Join(folder, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := files.Replace(folder, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := files.Replace(filepath.Join(folder, "none", "file"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"one", "one", "two"} {
		before, _ := os.Stat(path)
		if err := files.Publish(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, info, err := files.Read(path, 100)
		if err != nil || string(got) != text {
			t.Errorf("the file holds %q, %v; want %q", got, err, text)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
			t.Errorf("mode %v", info.Mode())
		}
		if same := before != nil && os.SameFile(before, info); same != (before != nil && text == "one") {
			t.Errorf("%q: the same file: %t", text, same)
		}
	}
	if err := files.Publish(filepath.Join(path, "x"), nil); err == nil {
		t.Error("a file below a file")
	}
	if err := files.Publish(filepath.Dir(path), []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	var made atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch err := files.Create(path, []byte("one")); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("it was made %d times", made.Load())
	}
	if err := files.Create(path, []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want fs.ErrExist", err)
	}
	wantFile(t, path, "one")
	if err := files.Create(filepath.Join(path, "x"), nil); err == nil {
		t.Error("a file below a file")
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, _, err := files.Read(path, 5); err != nil || string(text) != "12345" {
		t.Errorf("%q, %v", text, err)
	}
	if _, _, err := files.Read(path, 4); err == nil || !strings.Contains(err.Error(), path+" is longer than 4 bytes") {
		t.Errorf("%v", err)
	}
	if _, _, err := files.Read(filepath.Dir(path), 5); err == nil {
		t.Error("a folder was read")
	}
	_, info, err := files.Read(path, 5)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.CheckPrivate(path, info); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "0644")) {
		t.Errorf("CheckPrivate: %v", err)
	}
}

// Errors name the file of the caller and not the temporary one.
func TestErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	nowhere, full := filepath.Join(dir, "nodir", "file"), filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(full, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Create without a folder":  files.Create(nowhere, []byte("x")),
		"Replace without a folder": files.Replace(nowhere, []byte("x")),
		"Publish without a folder": files.Publish(nowhere, []byte("x")),
		"Create over a folder":     files.Create(full, []byte("x")),
		"Replace of a folder":      files.Replace(full, []byte("x")),
	} {
		var failed *fs.PathError
		if !errors.As(err, &failed) || failed.Path != nowhere && failed.Path != full || strings.Contains(err.Error(), ".file-") || strings.Contains(err.Error(), ".folder-") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := files.Create(full, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create over a folder: %v, want fs.ErrExist", err)
	}
}
