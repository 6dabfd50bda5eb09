package main

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/config"
)

// The error of export for a store in memory fits each source of that setting,
// and names what to change.
func TestExportOfAStoreInMemory(t *testing.T) {
	t.Parallel()
	conf := filepath.Join(t.TempDir(), "esacertd.yaml")
	writeFile(t, conf, string(config.Example()))
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"example as a file", []string{"--config", conf}, conf + ` has store: ":memory:"`},
		{"its remedy", []string{"--config", conf}, "set store to a file there, for example 'store: esacertd.db', restart the server, and apply again"},
		{"built-in example", nil, "the built-in example stores in memory"},
		{"its remedy too", nil, "start the server with --store FILE"},
		{"flag", []string{"--config", conf, "--store", ":memory:"}, "--store (or ESACERTD_STORE) is :memory:"},
		{"file that does not exist", []string{"--store", filepath.Join(t.TempDir(), "nonesuch.db")}, "the server's ready line shows its store"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			to := filepath.Join(t.TempDir(), "out")
			code, out := command(t, append([]string{"applications", "export", "30000478", "--to", to}, tc.args...)...)
			if code != 1 || !strings.Contains(out, tc.want) {
				t.Errorf("exit code %d, want 1 and %q\n%s", code, tc.want, out)
			}
			if _, err := os.Stat(to); err == nil {
				t.Error("the directory was created all the same")
			}
		})
	}
}

// The example configuration, changed as the error says, exports into a
// directory that does not exist yet.
func TestExportHintWorks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := filepath.Join(dir, "esacertd.yaml")
	followed := strings.NewReplacer(`store: ":memory:"`, "store: "+filepath.Join(dir, "esacertd.db"), "delay: 5s", "delay: 0s").Replace(string(config.Example()))
	writeFile(t, conf, followed)
	d := start(t, "--config", conf)
	if d.ready.Store != filepath.Join(dir, "esacertd.db") {
		t.Fatalf("the store is %s", d.ready.Store)
	}
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com")); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "applications", "wait", "30000478", "--admin", d.ready.Admin); code != 0 {
		t.Fatal(out)
	}
	to := filepath.Join(dir, "deep", "out")
	if code, out := command(t, "applications", "export", "30000478", "--config", conf, "--to", to); code != 0 {
		t.Fatalf("%d %s", code, out)
	}
	checkPair(t, filepath.Join(to, "30000478.pem"), filepath.Join(to, "30000478.key"), x509.RSA)
	for path, want := range map[string]os.FileMode{to: 0o700, filepath.Dir(to): 0o700, filepath.Join(to, "30000478.pem"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %v", path, info, err, want)
		}
	}
	file := filepath.Join(dir, "file")
	writeFile(t, file, "")
	if code, out := command(t, "applications", "export", "30000478", "--config", conf, "--to", file); code != 1 || !strings.Contains(out, "create the directory of --to") {
		t.Errorf("into a file: %d %s", code, out)
	}
}
