package selftls_test

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/issuance/selftls"
)

func TestInvalidFiles(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	mustOpen(t, selftls.Options{Dir: other, Now: newClock().now})
	issuing := t.TempDir()
	if _, err := localca.Open(localca.Options{Dir: issuing, Now: newClock().now}); err != nil {
		t.Fatal(err)
	}
	// pair combines the certificate and the key of two files.
	pair := func(certificate, key string) []byte {
		first, _ := pem.Decode(readFile(t, certificate))
		_, rest := pem.Decode(readFile(t, key))
		second, _ := pem.Decode(rest)
		return append(pem.EncodeToMemory(first), pem.EncodeToMemory(second)...)
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("a secret")})
	for _, test := range []struct {
		name, file, says string
		content          func(mine string) []byte
	}{
		{"root, empty", "root-key.pem", `missing PEM block "CERTIFICATE"`, func(string) []byte { return nil }},
		{"root, no PEM", "root-key.pem", "missing PEM block", func(string) []byte { return []byte("hello") }},
		{"root without its key", "root-key.pem", `missing PEM block "PRIVATE KEY"`, func(mine string) []byte { return readFile(t, filepath.Join(filepath.Dir(mine), "root.pem")) }},
		{"root with a broken key", "root-key.pem", "parse private key", func(mine string) []byte {
			return append(readFile(t, filepath.Join(filepath.Dir(mine), "root.pem")), secret...)
		}},
		{"root with another's key", "root-key.pem", "the key of the root does not fit", func(mine string) []byte { return pair(mine, filepath.Join(other, "root-key.pem")) }},
		{"root and more", "root-key.pem", "unexpected data after", func(mine string) []byte { return append(readFile(t, mine), "more"...) }},
		{"root that is a server's certificate", "root-key.pem", "not that of a root", func(mine string) []byte { return readFile(t, filepath.Join(filepath.Dir(mine), "server.pem")) }},
		{"root of the issuing authority", "root-key.pem", "no critical name constraints", func(string) []byte {
			return pair(filepath.Join(issuing, "localca.pem"), filepath.Join(issuing, "localca.pem"))
		}},
		{"server, no PEM", "server.pem", "remove the file", func(string) []byte { return []byte("hello") }},
		{"server with another's key", "server.pem", "the key does not fit the certificate: remove the file", func(mine string) []byte { return pair(mine, filepath.Join(other, "server.pem")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
			path := filepath.Join(folder, test.file)
			content := test.content(path)
			writeFile(t, path, content)
			_, err := selftls.Open(selftls.Options{Dir: folder, Now: newClock().now})
			wantFileError(t, err, path, test.says)
			wantFileError(t, selftls.Check(selftls.Options{Dir: folder, Now: newClock().now}), path, test.says)
			if err != nil && strings.Contains(err.Error(), "a secret") {
				t.Errorf("error contains key material: %v", err)
			}
			if !bytes.Equal(readFile(t, path), content) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestCheck checks that Check creates nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "https")
	o := selftls.Options{Dir: folder, Now: newClock().now}
	if err := selftls.Check(o); err != nil {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("Check created the directory")
	}
	mustOpen(t, o)
	if err := selftls.Check(o); err != nil {
		t.Errorf("in order: %v", err)
	}
	o.Host = "192.0.2.1"
	wantFileError(t, selftls.Check(o), filepath.Join(folder, "root-key.pem"), "does not permit")
}

// TestServerCertificateOfAnotherRoot checks that a server certificate of another
// root is replaced, because only this server uses it.
func TestServerCertificateOfAnotherRoot(t *testing.T) {
	t.Parallel()
	folder, other := t.TempDir(), t.TempDir()
	mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
	mustOpen(t, selftls.Options{Dir: other, Now: newClock().now})
	writeFile(t, filepath.Join(folder, "server.pem"), readFile(t, filepath.Join(other, "server.pem")))
	identity := mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
	if err := verify(leafOf(t, identity), rootOf(t, identity.Root()), "localhost", newClock().at); err != nil {
		t.Error(err)
	}
}

// TestLostKey checks that a root whose key is missing is not replaced, because
// clients may trust it.
func TestLostKey(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
	path := filepath.Join(folder, "root-key.pem")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := selftls.Open(selftls.Options{Dir: folder, Now: newClock().now})
	wantFileError(t, err, path, "missing")
	if _, err := os.Stat(path); err == nil {
		t.Error("a new key was created")
	}
}

func TestInvalidDir(t *testing.T) {
	t.Parallel()
	if _, err := selftls.Open(selftls.Options{}); err == nil || !strings.Contains(err.Error(), "a folder is needed") {
		t.Errorf("no folder: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	for _, folder := range []string{filepath.Join(file, "x"), filepath.Join(file, "x", "y")} {
		if _, err := selftls.Open(selftls.Options{Dir: folder}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("below a file: %v", err)
		}
	}
	if _, err := selftls.Open(selftls.Options{Dir: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file: %v", err)
	}
}
