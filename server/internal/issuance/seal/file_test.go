package seal_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// key32 returns a key of 32 bytes in Base64.
func key32(n byte) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune('a'+n)), 32)))
}

func writeFile(t testing.TB, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	t.Parallel()
	ring, err := seal.Load(writeFile(t, "# comment\n\n  2\t"+key32(2)+"  \r\n1 "+key32(1), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if got := ring.Numbers(); !slices.Equal(got, []uint32{1, 2}) || ring.Newest() != 2 {
		t.Errorf("numbers %v, newest %d", got, ring.Newest())
	}
	sealed := mustSeal(t, ring, "o", "s")
	if mark, err := seal.MarkOf(sealed); mark != ring.Mark() || err != nil {
		t.Errorf("sealed by %s, %v; want %s", mark, err, ring.Mark())
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	long := base64.StdEncoding.EncodeToString(make([]byte, 33))
	tests := []struct {
		name, content string
		line          int
		says          string
	}{
		{"empty", "", 0, "no key"},
		{"comments only", "# 1 " + key32(1) + "\n", 0, "no key"},
		{"no number", "# x\n" + key32(1), 2, "1 fields: a number and a key"},
		{"three fields", "1 " + key32(1) + " x", 1, "3 fields"},
		{"key first", key32(1) + " 1", 1, "the first field is not a number from 1 to 4294967295"},
		{"number 0", "0 " + key32(1), 1, "not a number from 1"},
		{"negative", "-1 " + key32(1), 1, "not a number from 1"},
		{"too great", "4294967296 " + key32(1), 1, "not a number from 1"},
		{"twice", "1 " + key32(1) + "\n\n1 " + key32(2), 3, "the number 1 is on line 1 already"},
		{"not base64", "1 !!!!", 1, "the key of number 1 is not Base64"},
		{"url base64", "1 " + strings.Repeat("_", 43) + "=", 1, "not Base64"},
		{"short", "7 " + base64.StdEncoding.EncodeToString(make([]byte, 16)), 1, "the key of number 7 has 16 bytes: it must have 32"},
		{"long", "7 " + long, 1, "has 33 bytes"},
		{"stray bits", "1 " + strings.Repeat("A", 42) + "B=", 1, "not Base64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, test.content, 0o600)
			_, err := seal.Load(path)
			var wrong *seal.FileError
			if !errors.As(err, &wrong) || wrong.Line != test.line || !strings.Contains(wrong.Reason, test.says) {
				t.Fatalf("Load: got %v, want line %d, %q", err, test.line, test.says)
			}
			if !strings.Contains(err.Error(), path) {
				t.Errorf("error does not contain the file name: %v", err)
			}
			for _, secret := range []string{key32(1), key32(2), long} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error contains a key: %v", err)
				}
			}
		})
	}
}

func TestLoadFileErrors(t *testing.T) {
	t.Parallel()
	if _, err := seal.Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := seal.Load(t.TempDir()); err == nil {
		t.Error("Load of a directory succeeded")
	}
	if _, err := seal.Load(writeFile(t, strings.Repeat("#\n", 2<<20), 0o600)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a huge file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o602, 0o601} {
		_, err := seal.Load(writeFile(t, "1 "+key32(1), mode))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("insecure mode %04o", mode)) || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := seal.Load(writeFile(t, "1 "+key32(1), 0o400)); err != nil {
		t.Errorf("mode 400: %v", err)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	ring, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, ring, "o", "secret")
	loaded, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := loaded.Open("o", sealed); err != nil || string(got) != "secret" {
		t.Errorf("Open after Load = %q, %v", got, err)
	}
	before, _ := os.ReadFile(path)
	if _, err := seal.Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create again: %v, want fs.ErrExist", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("Create changed an existing file")
	}
	wantAlone(t, path)
	if _, err := seal.Create(filepath.Join(t.TempDir(), "none", "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Create without a directory: %v", err)
	}
}

// wantAlone checks that the directory has no other files.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("got directory entries %v, %v, want only the key file", entries, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key file: %v, %v", info.Mode(), err)
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	content := "# mine\n3 " + key32(3) // no newline at the end
	path := writeFile(t, content, 0o600)
	old, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, old, "o", "secret")
	ring, err := seal.Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := ring.Numbers(); !slices.Equal(got, []uint32{3, 4}) || ring.Newest() != 4 {
		t.Errorf("numbers %v", got)
	}
	if got, err := ring.Open("o", sealed); err != nil || string(got) != "secret" {
		t.Errorf("open with the old key: %q, %v", got, err)
	}
	if _, err := old.Open("o", mustSeal(t, ring, "o", "s")); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("open with the old keyring: got %v, want ErrUnknownKey", err)
	}
	if after, _ := os.ReadFile(path); !strings.HasPrefix(string(after), content+"\n4 ") {
		t.Errorf("the file is now %q", string(after)[:min(len(after), 8)])
	}
	wantAlone(t, path)
}

func TestRotateErrors(t *testing.T) {
	t.Parallel()
	if _, err := seal.Rotate(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := writeFile(t, "4294967295 "+key32(1), 0o600)
	if _, err := seal.Rotate(path); err == nil || !strings.Contains(err.Error(), "cannot be incremented") {
		t.Errorf("the last number: %v", err)
	}
	wantAlone(t, path)
}

func FuzzKeyFile(f *testing.F) {
	f.Add("1 " + key32(1))
	f.Add("# x\n\n1 " + key32(1) + "\n2 " + key32(2) + "\n")
	f.Add("1 x\n1 y")
	f.Fuzz(func(t *testing.T, content string) {
		ring, err := seal.Parse("keys", []byte(content))
		if err != nil {
			var wrong *seal.FileError
			if !errors.As(err, &wrong) || wrong.File != "keys" || wrong.Line < 0 || wrong.Line > strings.Count(content, "\n")+1 {
				t.Fatalf("undocumented error: %#v", err)
			}
			return
		}
		sealed := mustSeal(t, ring, "o", "secret")
		if got, err := ring.Open("o", sealed); err != nil || string(got) != "secret" {
			t.Fatalf("Open = %q, %v", got, err)
		}
		if mark, _ := seal.MarkOf(sealed); mark != ring.Mark() || !slices.Contains(ring.Numbers(), ring.Newest()) {
			t.Fatalf("sealed by %s of %v", mark, ring.Numbers())
		}
		if got, err := ring.Open("o", ring.SealByNumber("o", []byte("secret"))); err != nil || string(got) != "secret" {
			t.Fatalf("Open of the first form = %q, %v", got, err)
		}
	})
}
