package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// issuingConfig is a site whose certificates are issued immediately and
// delivered to a directory and to a command.
const issuingConfig = `
issuing:
  sealing_key: %s
  deliver: {folder: certificates, command: [/bin/sh, -c, 'echo "$ESACERT_DOMAIN" >>delivered']}
accounts:
  - id: "1000000000000001"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 100}, records: 100}]
    sites: [{id: 1234567890123, name: example.com, plan: p}]
`

// command runs one command line and returns its exit code and output.
func command(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out, log bytes.Buffer
	code := run(t.Context(), args, streams{out: &out, err: &log})
	return code, out.String() + log.String()
}

// The full path of an operator: a key, a server, a certificate on disk, a
// restart, an export while the server runs, a rotation of the key.
func TestIssueDeliverExport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, conf, db := filepath.Join(dir, "sealing.keys"), filepath.Join(dir, "esacertd.yaml"), filepath.Join(dir, "esa.db")
	if code, out := command(t, "sealing-key", "new", keys); code != 0 || !strings.Contains(out, "(number 1)") {
		t.Fatalf("%d %s", code, out)
	}
	writeFile(t, conf, strings.Replace(fmt.Sprintf(issuingConfig, "sealing.keys"), ">>delivered", ">>"+filepath.Join(dir, "delivered"), 1))
	d := start(t, "--config", conf, "--store", db)
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com")); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "applications", "wait", "30000478", "--admin", d.ready.Admin); code != 0 || !strings.Contains(out, "certificate for  www.example.com") {
		t.Fatalf("%d %s", code, out)
	}
	if code, out := command(t, "applications", "verify", "30000478", "--admin", d.ready.Admin); code != 0 || !strings.Contains(out, "www.example.com: OK") {
		t.Errorf("%d %s", code, out)
	}
	delivered := filepath.Join(dir, "certificates", "www.example.com")
	waitFor(t, func() bool { _, err := os.Stat(filepath.Join(dir, "delivered")); return err == nil })
	checkPair(t, filepath.Join(delivered, "fullchain.pem"), filepath.Join(delivered, "privkey.pem"), x509.RSA)

	if code, out := command(t, "sealing-key", "rotate", keys); code != 0 || !strings.Contains(out, "(number 2)") {
		t.Fatalf("%d %s", code, out)
	}
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Fatalf("%v\n%s", err, d.log)
	}
	again := start(t, "--config", conf, "--store", db)
	to := t.TempDir()
	export := []string{"applications", "export", "30000478", "--config", conf, "--store", db, "--to", to}
	if code, out := command(t, export...); code != 0 || !strings.Contains(out, "30000478.key: the private key") {
		t.Fatalf("%d %s", code, out)
	}
	checkPair(t, filepath.Join(to, "30000478.pem"), filepath.Join(to, "30000478.key"), x509.RSA)
	if code, out := command(t, export...); code != 1 || !strings.Contains(out, "already exists; use --force to overwrite it") {
		t.Errorf("a second export: %d %s", code, out)
	}
	if code, out := command(t, append(export, "--force")...); code != 0 {
		t.Errorf("a second export with --force: %d %s", code, out)
	}
	if code, out := command(t, "applications", "cancel", "30000478", "--yes", "--admin", again.ready.Admin); code != 1 || !strings.Contains(out, "is Issued; only an application that is Applying can be canceled") {
		t.Errorf("cancel of an issued application: %d %s", code, out)
	}
	if code, out := command(t, "applications", "show", "30000478", "--admin", again.ready.Admin); code != 0 || !strings.Contains(out, "Issued, applied") || !strings.Contains(out, "certificate for  www.example.com") {
		t.Errorf("after the rejected cancel: %d %s", code, out)
	}
}

// checkPair checks that the key matches the chain, its algorithm, and its file
// permissions.
func checkPair(t *testing.T, chain, key string, want x509.PublicKeyAlgorithm) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	if got := pair.Leaf.PublicKeyAlgorithm; got != want {
		t.Errorf("%s: the key is %s, want %s", chain, got, want)
	}
	info, err := os.Stat(key)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: mode %v, %v", key, info.Mode(), err)
	}
}

// An error in the keys or the data directory prevents the start and is
// reported, and no data is lost.
func TestIssuingThatCannotStart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, key, want string
		prepare         func(t *testing.T, dir string)
	}{
		{"no sealing key", `""`, "issuing.sealing_key: missing", nil},
		{"key file that is not there", "nonesuch", "'esacertd sealing-key new", nil},
		{"key file that others may read", "open.keys", "open.keys", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "open.keys")
			if _, err := seal.Create(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"key file with nonsense", "bad.keys", "bad.keys", func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "bad.keys"), "1 s3cr3t\n")
		}},
		{"data folder that is a file", "auto", "esa.db.data", func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "esa.db.data"), "")
		}},
		{"damaged authority", "auto", "localca.pem", func(t *testing.T, dir string) {
			if err := os.MkdirAll(filepath.Join(dir, "esa.db.data", "ca"), 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(dir, "esa.db.data", "ca", "localca.pem"), "no certificate")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tc.prepare != nil {
				tc.prepare(t, dir)
			}
			conf := filepath.Join(dir, "esacertd.yaml")
			writeFile(t, conf, strings.Replace(fmt.Sprintf(issuingConfig, tc.key), "  deliver:", "  # deliver:", 1))
			code, out := command(t, "--config", conf, "--store", filepath.Join(dir, "esa.db"), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
			if code != 1 || !strings.Contains(out, tc.want) || strings.Contains(out, "s3cr3t") || strings.Contains(out, "ready") {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
}

// With a wrong sealing key the server does not start and an export fails. No
// data is lost: with the right key both work again.
func TestWrongSealingKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"one.keys", "two.keys"} {
		if _, err := seal.Create(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	conf, db := filepath.Join(dir, "esacertd.yaml"), filepath.Join(dir, "esa.db")
	withKey := func(name string) string {
		return strings.Replace(fmt.Sprintf(issuingConfig, name), "  deliver:", "  # deliver:", 1)
	}
	writeFile(t, conf, withKey("one.keys"))
	d := start(t, "--config", conf, "--store", db)
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com")); err != nil {
		t.Fatal(err)
	}
	if code, out := command(t, "applications", "wait", "30000478", "--admin", d.ready.Admin); code != 0 {
		t.Fatal(out)
	}
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	writeFile(t, conf, withKey("two.keys"))
	export := []string{"applications", "export", "30000478", "--config", conf, "--store", db, "--to", dir}
	if code, out := command(t, export...); code != 1 || !strings.Contains(out, "key") {
		t.Errorf("export with the wrong key: %d %s", code, out)
	}
	serve := []string{"--config", conf, "--store", db, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}
	if code, out := command(t, serve...); code != 1 || strings.Contains(out, "ready") ||
		!strings.Contains(out, "needed to open the private keys of 1 certificate, 0 orders and 0 accounts") || !strings.Contains(out, "two.keys holds ") {
		t.Errorf("serve with the wrong key: %d %s", code, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "30000478.pem")); err == nil {
		t.Error("half of an export was written")
	}
	writeFile(t, conf, withKey("one.keys"))
	if code, out := command(t, export...); code != 0 {
		t.Errorf("export with the right key again: %d %s", code, out)
	}
}

func TestRootAndChallengeName(t *testing.T) {
	t.Parallel()
	d := start(t)
	if code, out := command(t, "root", "--admin", d.ready.Admin); code != 0 || !strings.HasPrefix(out, "-----BEGIN CERTIFICATE-----") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := command(t, "challenge-name", "*.Example.com", "--zone", "acme.example.net"); code != 0 || !strings.Contains(out, "_acme-challenge.example.com.") || !strings.Contains(out, ".acme.example.net.") {
		t.Errorf("%d %s", code, out)
	}
	for _, args := range [][]string{{"challenge-name", "a_b.example.com"}, {"challenge-name", "www.example.com"}, {"applications", "show", "1", "--admin", d.ready.Admin}, {"applications", "verify", "1", "--admin", d.ready.Admin}, {"applications", "export", "1"}} {
		if code, out := command(t, args...); code != 1 || out == "" {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
