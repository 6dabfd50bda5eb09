package localca_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/localca"
)

func TestStoredInDir(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data", "localca")
	first := mustOpen(t, localca.Options{Dir: folder})
	order := mustOrder(t, first, 1, "www.example.com")
	leaf := mustFulfil(t, first, order)[0]

	second := mustOpen(t, localca.Options{Dir: folder, Random: seeded(2)})
	if !bytes.Equal(first.Root(), second.Root()) {
		t.Error("root differs after a restart")
	}
	if again := mustFulfil(t, second, order)[0]; !again.Equal(leaf) {
		t.Error("after a restart, Fulfill returns another certificate for an order")
	}
	if root, err := os.ReadFile(filepath.Join(folder, "root.pem")); err != nil || !bytes.Equal(root, first.Root()) {
		t.Errorf("root.pem: %s, %v", root, err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Errorf("got directory entries %v, %v", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "localca.pem": 0o600, "root.pem": 0o644} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("mode of %q: %v, %v; want %o", name, info.Mode(), err, mode)
		}
	}
}

// TestLostPair checks that a root whose key was lost is not silently replaced,
// because clients trust it.
func TestLostPair(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "localca")
	first := mustOpen(t, localca.Options{Dir: folder})
	path := filepath.Join(folder, "localca.pem")
	if err := os.Rename(path, path+".lost"); err != nil {
		t.Fatal(err)
	}
	for _, check := range []bool{true, false} {
		_, err := localca.Open(localca.Options{Dir: folder, Check: check})
		var wrong *localca.FileError
		if !errors.As(err, &wrong) || wrong.File != path || !strings.Contains(wrong.Reason, "put it back") {
			t.Errorf("Open without the pair (check %t): %v", check, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a new pair was created")
		}
	}
	if err := os.Rename(path+".lost", path); err != nil {
		t.Fatal(err)
	}
	if again := mustOpen(t, localca.Options{Dir: folder}); !bytes.Equal(again.Root(), first.Root()) {
		t.Error("root differs after the pair was restored")
	}
}

// TestConcurrentOpen checks that concurrent starts create one root.
func TestConcurrentOpen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	roots := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range roots {
		all.Go(func() {
			ca, err := localca.Open(localca.Options{Dir: folder, Now: baseTime})
			if err != nil {
				t.Error(err)
				return
			}
			roots[i] = ca.Root()
		})
	}
	all.Wait()
	for _, root := range roots {
		if !bytes.Equal(root, roots[0]) {
			t.Fatal("concurrent starts have different roots")
		}
	}
}

// blocks returns the PEM blocks of a new file.
func blocks(t *testing.T, seed byte) (all []*pem.Block) {
	t.Helper()
	folder := t.TempDir()
	mustOpen(t, localca.Options{Dir: folder, Random: seeded(seed)})
	content, err := os.ReadFile(filepath.Join(folder, "localca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, block)
	}
	if len(all) != 4 {
		t.Fatalf("the file has %d blocks, want 4", len(all))
	}
	return all
}

func textOf(all ...*pem.Block) string {
	var content bytes.Buffer
	for _, block := range all {
		_ = pem.Encode(&content, block)
	}
	return content.String()
}

func TestInvalidFile(t *testing.T) {
	t.Parallel()
	mine, other := blocks(t, 1), blocks(t, 2)
	broken := &pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}
	brokenKey := &pem.Block{Type: "PRIVATE KEY", Bytes: []byte("a secret")}
	tests := []struct{ name, content, says string }{
		{"empty", "", "missing PEM block"},
		{"no PEM", "hello", "missing PEM block"},
		{"cut", textOf(mine[:3]...), `missing PEM block "PRIVATE KEY"`},
		{"half of it", textOf(mine[:2]...), `missing PEM block "CERTIFICATE"`},
		{"order", textOf(mine[1], mine[0], mine[2], mine[3]), `got PEM block "PRIVATE KEY", want "CERTIFICATE"`},
		{"broken certificate", textOf(broken, mine[1], mine[2], mine[3]), "parse certificate"},
		{"broken key", textOf(mine[0], brokenKey, mine[2], mine[3]), "parse private key"},
		{"root's key of another", textOf(mine[0], other[1], mine[2], mine[3]), "the key of the root does not fit"},
		{"intermediate's key of another", textOf(mine[0], mine[1], mine[2], other[3]), "the key of the intermediate does not fit"},
		{"intermediate of another", textOf(mine[0], mine[1], other[2], other[3]), "not signed by the root"},
		{"more", textOf(mine...) + "more", "unexpected data after"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, "localca.pem")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := localca.Open(localca.Options{Dir: folder, Now: baseTime})
			var wrong *localca.FileError
			if !errors.As(err, &wrong) || wrong.File != path || !strings.Contains(wrong.Reason, test.says) {
				t.Errorf("%v, want %q", err, test.says)
			}
			if strings.Contains(err.Error(), "a secret") {
				t.Errorf("error contains key material: %v", err)
			}
			if after, _ := os.ReadFile(path); string(after) != test.content {
				t.Error("the file was changed")
			}
		})
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	mustOpen(t, localca.Options{Dir: folder})
	for years, says := range map[int]string{10: "the intermediate has expired", 20: "the root has expired"} {
		_, err := localca.Open(localca.Options{Dir: folder, Now: func() time.Time { return baseTime().AddDate(years, 0, 0) }})
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "remove the folder") {
			t.Errorf("after %d years: %v", years, err)
		}
	}
}

func TestInvalidDir(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(localca.Options{Dir: filepath.Join(file, "x")}); err == nil || !strings.Contains(err.Error(), "create folder") {
		t.Errorf("below a file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	folder := t.TempDir()
	mustOpen(t, localca.Options{Dir: folder})
	path := filepath.Join(folder, "localca.pem")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	var wrong *localca.FileError
	if _, err := localca.Open(localca.Options{Dir: folder}); !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, "0640") {
		t.Errorf("readable by other users: got %v", err)
	}
	if runtime.GOOS == "linux" {
		// No file can be created there, as on a read-only file system.
		if _, err := localca.Open(localca.Options{Dir: "/proc/self"}); err == nil || !strings.Contains(err.Error(), "save root and intermediate") {
			t.Errorf("not writable: %v", err)
		}
	}
	if os.Getuid() == 0 {
		return // modes do not apply to root
	}
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(localca.Options{Dir: folder}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("not readable: %v", err)
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(localca.Options{Dir: closed}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("not writable: %v", err)
	}
}

func FuzzFile(f *testing.F) {
	folder := f.TempDir()
	if _, err := localca.Open(localca.Options{Dir: folder, Now: baseTime, Random: seeded(1)}); err != nil {
		f.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(folder, "localca.pem"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(content))
	f.Add(string(content[:len(content)/2]))
	f.Add("")
	f.Fuzz(func(t *testing.T, content string) {
		err := localca.CheckFile([]byte(content), baseTime())
		if err != nil {
			for line := range strings.Lines(content) {
				if line = strings.TrimSpace(line); len(line) > 32 && strings.Contains(err.Error(), line) {
					t.Fatalf("error contains a line of the file: %v", err)
				}
			}
		}
	})
}

func FuzzOrder(f *testing.F) {
	f.Add("localca:order/30000478/1764000000000000")
	f.Add("localca:order/-1/-1")
	f.Add("localca:order/01/1")
	f.Fuzz(func(t *testing.T, url string) {
		if again, err := localca.Reparse(url); err == nil && again != url {
			t.Fatalf("%q was read as %q", url, again)
		}
	})
}

func TestOrderURLs(t *testing.T) {
	t.Parallel()
	good := []string{"localca:order/30000478/1764000000000000", "localca:order/1/0"}
	bad := []string{"", "localca:order/", "localca:order/1", "localca:order/1/", "localca:order/01/1", "localca:order/1/1/1", "1/1", "localca:order/+1/1", " localca:order/1/1"}
	for _, url := range slices.Concat(good, bad) {
		if _, err := localca.Reparse(url); (err == nil) != slices.Contains(good, url) {
			t.Errorf("%q: %v", url, err)
		}
	}
}
