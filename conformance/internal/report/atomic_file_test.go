package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// half writes something and then fails.
type half struct{}

func (half) Write(w io.Writer, _ *suite.Run) error {
	_, err := io.WriteString(w, "half of a rep")
	return errors.Join(err, errFull)
}

func listing(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestFileIsAtomic(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	name := filepath.Join(folder, "report.json")
	file, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := listing(t, folder); got != "" {
		t.Errorf("opening left %q", got)
	}
	if err := file.Write(half{}, nil); !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "write report "+name+": ") {
		t.Errorf("got %v", err)
	}
	if got := listing(t, folder); got != "" {
		t.Errorf("a failed write left %q", got)
	}
	run := readRun(t, "server")
	if err := file.Write(JSON{}, run); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(name)
	if err != nil || string(whole) != string(written(t, JSON{}, run)) {
		t.Errorf("the file is not the report: %v", err)
	}
	if err := file.Write(half{}, nil); err == nil {
		t.Error("no error")
	}
	if after, err := os.ReadFile(name); err != nil || string(after) != string(whole) {
		t.Errorf("a failed write changed the report that was there: %v", err)
	}
	if got := listing(t, folder); got != "report.json" || file.Name() != name {
		t.Errorf("the folder has %q, the file is called %s", got, file.Name())
	}
}

func TestOpenRejects(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	plain := filepath.Join(folder, "plain")
	if err := os.WriteFile(plain, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, path, says string }{
		{"nothing", "", "file name is empty"},
		{"a directory", folder, "is a directory"},
		{"no such folder", filepath.Join(folder, "none", "report.json"), "no such file or directory"},
		{"a file for a folder", filepath.Join(plain, "report.json"), "not a directory"},
		{"a name too long", filepath.Join(folder, strings.Repeat("x", 300)), "name too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(test.path)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.path) {
				t.Errorf("got %v, want an error with the path that says %q", err, test.says)
			}
		})
	}
	t.Cleanup(func() { // when all of them have tried
		if got, err := os.ReadFile(plain); err != nil || string(got) != "keep" {
			t.Errorf("a file was changed: %q %v", got, err)
		}
	})
}

func TestFileFollowsLinks(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	target, link := filepath.Join(folder, "target"), filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	file, err := Open(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Write(JSON{}, readRun(t, "matrix")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v", err)
	}
	if text, err := os.ReadFile(target); err != nil || len(text) == 0 {
		t.Errorf("the report is not where the link leads: %v", err)
	}
}
