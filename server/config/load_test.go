package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/lookup"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "esacertd.yaml")
	write(t, filepath.Join(dir, "key.secret"), "next to the file\n")
	write(t, path, `
accounts:
  - id: 1
    access_keys:
      - {id: a, secret_file: key.secret}
      - {id: b, secret_env: ESACERT_TEST_LOAD}
`)
	t.Setenv("ESACERT_TEST_LOAD", "from the environment")
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	d := lookup.New(cfg)
	for id, want := range map[string]string{"a": "next to the file", "b": "from the environment"} {
		if key, ok := d.AccessKey(id); !ok || key.Secret != want {
			t.Errorf("key %s: %v, want %q", id, key, want)
		}
	}
}

func TestLoadFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := config.Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(dir, "bad.yaml")
	write(t, path, "listen: 1:1\n")
	_, err := config.Load(path)
	var wrong *config.Error
	if !errors.As(err, &wrong) || wrong.Name != path || !strings.HasPrefix(err.Error(), path+":1:1: accounts: ") {
		t.Errorf("bad file: %v", err)
	}
}

// The error contains why a file cannot be read, but not a path that may be the
// secret itself.
func TestUnreadableSecretFile(t *testing.T) {
	t.Parallel()
	const file = "accounts: [{id: 1, access_keys: [{id: a, secret_file: x}]}]"
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"path error", &fs.PathError{Op: "open", Path: "etc/x", Err: fs.ErrPermission}, "permission denied"},
		{"other error", errors.New("vault is sealed"), "vault is sealed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParseWith([]byte(file), "etc/f.yaml", environment, func(path string) ([]byte, error) {
				if filepath.ToSlash(path) != "etc/x" {
					t.Errorf("read %s", path)
				}
				return nil, c.err
			})
			want := "etc/f.yaml:1:55: accounts[0].access_keys[0].secret: read the file named by secret_file: " + c.want +
				"; directory etc (the name is not shown because it may be the secret itself)"
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestParseRejectsHugeFiles(t *testing.T) {
	t.Parallel()
	_, err := config.Parse(make([]byte, 16<<20+1), "huge.yaml")
	if err == nil || err.Error() != "huge.yaml: file has 16777217 bytes, limit is 16777216" {
		t.Errorf("got %v", err)
	}
}

// The error contains the path of a missing file, if it looks like a path.
func TestMissingSecretFileIsNamed(t *testing.T) {
	t.Parallel()
	for reference, path := range map[string]string{
		"eab.hmac":                        "etc/eab.hmac",
		"/etc/esacertd/tsig.key":          "/etc/esacertd/tsig.key",
		"/nope":                           "/nope",
		"/run/secrets/eab-hmac":           "/run/secrets/eab-hmac",
		"secrets/eab_hmac_2.txt":          "etc/secrets/eab_hmac_2.txt",
		"./hmac":                          "etc/hmac",
		"../keys/hmac":                    "keys/hmac",
		"/var/lib/Example Ltd/hmac.b64":   "/var/lib/Example Ltd/hmac.b64",
		"/home/user1/Project2/eab.secret": "/home/user1/Project2/eab.secret",
	} {
		_, err := config.ParseWith([]byte(`accounts: [{id: 1, access_keys: [{id: a, secret_file: "`+reference+`"}]}]`), "etc/f.yaml", environment, files)
		if want := "read the file named by secret_file: " + filepath.FromSlash(path) + ": file does not exist"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", reference, err, want)
		}
	}
}
