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

// half fails after writing something.
type half struct{}

func (half) Write(w io.Writer, _ *suite.Run) error {
	_, err := io.WriteString(w, "half of a rep")
	return errors.Join(err, errFull)
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
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
	dir := t.TempDir()
	name := filepath.Join(dir, "report.json")
	file, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := listing(t, dir); got != "" {
		t.Errorf("Open left %q", got)
	}
	if err := file.Write(half{}, nil); !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "write report "+name+": ") {
		t.Errorf("got %v", err)
	}
	if got := listing(t, dir); got != "" {
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
		t.Errorf("a failed write changed the existing report: %v", err)
	}
	if got := listing(t, dir); got != "report.json" || file.Name() != name {
		t.Errorf("the directory has %q, Name returns %s", got, file.Name())
	}
}

func TestOpenRejects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, path, says string }{
		{"empty", "", "file name is empty"},
		{"a directory", dir, "is a directory"},
		{"no such directory", filepath.Join(dir, "none", "report.json"), "no such file or directory"},
		{"a file instead of a directory", filepath.Join(plain, "report.json"), "not a directory"},
		{"a name too long", filepath.Join(dir, strings.Repeat("x", 300)), "name too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(test.path)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.path) {
				t.Errorf("got %v, want an error with the path and %q", err, test.says)
			}
		})
	}
	t.Cleanup(func() { // after all subtests
		if got, err := os.ReadFile(plain); err != nil || string(got) != "keep" {
			t.Errorf("a file was changed: %q %v", got, err)
		}
	})
}

func TestFileFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
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
		t.Errorf("the link is not a link anymore: %v", err)
	}
	if data, err := os.ReadFile(target); err != nil || len(data) == 0 {
		t.Errorf("the target of the link is not the report: %v", err)
	}
}
