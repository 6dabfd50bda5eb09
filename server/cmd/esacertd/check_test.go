package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// checkedConfig is a configuration in DIR with a placeholder for the section issuing.
const checkedConfig = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: DIR/esa.db
ISSUING
accounts:
  - id: "1000000000000001"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 100}, records: 100}]
    sites: [{id: 1234567890123, name: example.com, plan: p}]
`

// acme is a section issuing with an ACME authority and additional keys.
func acme(more string) string {
	return "issuing:\n  sealing_key: auto\n  authorities:\n    - {name: ca, directory: letsencrypt-staging, terms_agreed: true, " + more + "}"
}

// Each error that prevents the start is reported by 'config check' with the
// same message, and a configuration that passes the check starts. The check
// leaves every file unchanged.
func TestCheckIsTheStart(t *testing.T) {
	t.Parallel()
	file := func(name, content string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, path, content)
		}
	}
	const auto = "issuing: {sealing_key: auto}"
	for _, tc := range []struct {
		name, issuing string
		prepare       func(t *testing.T, dir string)
		want          string // substring of the only line of the error; "" if the server starts
	}{
		{"automatic key", auto, nil, ""},
		{"issuing disabled", "issuing: off", nil, ""},
		{"HTTPS", auto + "\nhttps: true", nil, ""},
		{"external account", acme(`external_account: {key_id: kid, hmac: MTIzNDU2Nzg5MDEyMzQ1Ng}`), nil, ""},
		{"folder and command", "issuing: {sealing_key: auto, deliver: {folder: out/certificates, command: [/bin/sh]}}", nil, ""},

		{"no file", "", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "esacertd.yaml")); err != nil {
				t.Fatal(err)
			}
		}, "no such file"},
		{"not YAML", "issuing: [", nil, "invalid YAML"},
		{"unknown key", "isuing: off", nil, `did you mean "issuing"`},
		{"no sealing key", "issuing: {workers: 1}", nil, "issuing.sealing_key"},
		{"sealing key is not there", "issuing: {sealing_key: none.keys}", nil, "sealing-key new"},
		{"sealing key is nonsense", "issuing: {sealing_key: bad.keys}", file("bad.keys", "1 s3cr3t\n"), "bad.keys, line 1"},
		{"sealing key that others may read", "issuing: {sealing_key: open.keys}", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "open.keys")
			if _, err := seal.Create(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "chmod 600"},
		{"automatic key is nonsense", auto, file("esa.db.data/sealing.keys", "1 s3cr3t\n"), "sealing.keys, line 1"},
		{"external account with a short key", acme(`external_account: {key_id: kid, hmac: c2VjcmV0}`), nil, "6 bytes"},
		{"external account without its file", acme(`external_account: {key_id: kid, hmac_file: none.hmac}`), nil, "read the file named by hmac_file"},
		{"external account without a key", acme(`external_account: {key_id: kid}`), nil, "must be set together"},
		{"roots are not there", acme("roots: none.pem"), nil, "none.pem"},
		{"roots are not PEM", acme("roots: bad.pem"), file("bad.pem", "x"), "no certificate found in the roots"},
		{"contact", acme(`contacts: ["mailto:not a mail address"]`), nil, "not a mail address"},
		{"DNS zone", "issuing: {sealing_key: auto, dns: {listen: \"127.0.0.1:0\", zone: a_b.example, nameservers: [ns.example]}}", nil, "issuing.dns.zone"},
		{"data folder is a file", auto, file("esa.db.data", ""), "not a directory"},
		{"data directory below a file", "issuing: {sealing_key: own.keys, data: file/data}", func(t *testing.T, dir string) {
			file("file", "")(t, dir)
			if _, err := seal.Create(filepath.Join(dir, "own.keys")); err != nil {
				t.Fatal(err)
			}
		}, "not a directory"},
		{"damaged authority", auto, file("esa.db.data/ca/localca.pem", "no certificate"), "localca.pem"},
		{"damaged HTTPS root", auto + "\nhttps: true", file("esa.db.data/https/root-key.pem", "x"), "root"},
		{"folder to deliver to is a file", "issuing: {sealing_key: auto, deliver: {folder: out}}", file("out", ""), "deliver: create folder"},
		{"command is not there", "issuing: {sealing_key: auto, deliver: {command: [nonesuch-command]}}", nil, "nonesuch-command"},
		{"store in a folder that is not there", "issuing: {sealing_key: auto}\n#STORE none/esa.db", nil, "none"},
		{"store is a folder", auto, func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "esa.db"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not a database of this server"},
		{"store of another program", auto, file("esa.db", strings.Repeat("text ", 100)), "not a database of this server"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			content := strings.ReplaceAll(strings.Replace(checkedConfig, "ISSUING", tc.issuing, 1), "DIR", dir)
			if _, store, found := strings.Cut(tc.issuing, "#STORE "); found {
				content = strings.Replace(content, dir+"/esa.db", dir+"/"+store, 1)
			}
			conf := filepath.Join(dir, "esacertd.yaml")
			writeFile(t, conf, content)
			if tc.prepare != nil {
				tc.prepare(t, dir)
			}
			wantCheckIsStart(t, dir, conf, tc.want)
		})
	}
}

func wantCheckIsStart(t *testing.T, dir, conf, want string) {
	t.Helper()
	wantCheckIsStartWith(t, dir, conf, 1, want)
}

// wantCheckIsStartWith is wantCheckIsStart with flags. It checks the exit code
// if want is not empty.
func wantCheckIsStartWith(t *testing.T, dir, conf string, wantCode int, want string, flags ...string) {
	t.Helper()
	before := snapshot(t, dir)
	code, said := command(t, slices.Concat([]string{"config", "check", conf}, flags)...)
	if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
		t.Errorf("config check changed files:\n%s", diff)
	}
	if want == "" {
		if code != 0 {
			t.Errorf("config check: %d %s", code, said)
		}
		d := start(t, slices.Concat([]string{"--config", conf}, flags)...)
		if code, said := command(t, "config", "check", conf); code != 0 {
			t.Errorf("config check while the server runs: %d %s", code, said)
		}
		if err := d.stop(t, syscall.SIGTERM); err != nil {
			t.Errorf("%v\n%s", err, d.log)
		}
		if code, said := command(t, "config", "check", conf); code != 0 {
			t.Errorf("config check after the server stopped: %d %s", code, said)
		}
		return
	}
	said = cutHint(t, code, said, "config check")
	if code != wantCode || !strings.Contains(said, want) || strings.Count(said, "\n") != 1 {
		t.Errorf("config check: exit code %d, want one line with %q:\n%s", code, want, said)
	}
	startCode, startSaid := refusedWith(t, slices.Concat([]string{"--config", conf}, flags)...)
	if startCode != code {
		t.Errorf("serve: exit code %d, config check: %d", startCode, code)
	}
	if diff := cmp.Diff(said, cutHint(t, startCode, startSaid, "serve")); diff != "" {
		t.Errorf("config check and serve report different errors (-check +serve):\n%s", diff)
	}
}

// cutHint removes the line that follows a usage error and names the command's
// help. Other errors have no such line.
func cutHint(t *testing.T, code int, said, command string) string {
	t.Helper()
	if code != 2 {
		return said
	}
	line, hint, _ := strings.Cut(said, "\n")
	if hint != "run \"esacertd --help\" or \"esacertd "+command+" --help\" for the available commands and flags\n" && hint != "run \"esacertd --help\" for the available commands and flags\n" {
		t.Errorf("the hint of %s is %q", command, hint)
	}
	return line + "\n"
}

// snapshot returns the files of a directory by name, with mode and content.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		all[path] = info.Mode().String()
		if info.Mode().IsRegular() {
			all[path] += fmt.Sprintf(" %x", sha256.Sum256([]byte(contents(t, path))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The check reports a missing key that the store needs, for a store of the
// first release and for a current one.
func TestCheckFindsLostKey(t *testing.T) {
	t.Parallel()
	dir := firstRelease(t)
	conf := filepath.Join(dir, "esacertd.yaml")
	writeFile(t, conf, strings.Replace(contents(t, conf), "store: esa.db", "store: "+filepath.Join(dir, "esa.db"), 1))
	kept := contents(t, automaticKey(dir))
	wantCheckIsStart(t, dir, conf, "") // starting the server upgrades the store
	if err := os.Remove(automaticKey(dir)); err != nil {
		t.Fatal(err)
	}
	wantCheckIsStart(t, dir, conf, "needed to open the private keys of ")
	writeFile(t, automaticKey(dir), kept)
	wantCheckIsStart(t, dir, conf, "")
	lost := firstRelease(t)
	conf = filepath.Join(lost, "esacertd.yaml")
	writeFile(t, conf, strings.Replace(contents(t, conf), "store: esa.db", "store: "+filepath.Join(lost, "esa.db"), 1))
	if err := os.Remove(automaticKey(lost)); err != nil {
		t.Fatal(err)
	}
	wantCheckIsStart(t, lost, conf, "key number 1, needed to open the private keys of 2 certificates")
}

// The check has the flags and environment variables of the server, and
// conflicting addresses stop both.
func TestCheckTakesTheFlagsOfTheStart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		flags []string
		code  int
		want  string
	}{
		{"none", nil, 0, ""},
		{"store", []string{"--store", "/nope/x.db"}, 1, "/nope"},
		{"log level", []string{"--log-level", "bogus"}, 1, "bogus"},
		{"region", []string{"--region", "Bogus"}, 1, "Bogus"},
		{"explorer", []string{"--explorer=bogus"}, 2, "bogus"},
		{"certificate that is not there", []string{"--tls-cert", "/nope.pem", "--tls-key", "/nope.key"}, 2, "/nope.pem"},
		{"certificate alone", []string{"--tls-cert", "DIR/esacertd.yaml"}, 2, "must be set together"},
		{"certificate that is none", []string{"--tls-cert", "DIR/esacertd.yaml", "--tls-key", "DIR/esacertd.yaml"}, 1, "TLS certificate"},
		{"certificate and HTTPS", []string{"--https", "--tls-cert", "DIR/esacertd.yaml", "--tls-key", "DIR/esacertd.yaml"}, 2, "exclude each other"},
		{"equal addresses", []string{"--listen", "127.0.0.1:8443", "--admin", "127.0.0.1:8443"}, 1, "admin: 127.0.0.1:8443 is also the address of listen"},
		{"every address", []string{"--listen", ":8443", "--admin", "127.0.0.1:8443"}, 1, "admin: 127.0.0.1:8443 is part of :8443, the address of listen"},
		{"impossible host", []string{"--listen", "300.1.1.1:8080"}, 1, "300.1.1.1 is neither an IP address nor a host name"},
		{"impossible admin host", []string{"--admin", "127.0.0:8080"}, 1, "127.0.0 is neither"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			conf := filepath.Join(dir, "esacertd.yaml")
			writeFile(t, conf, strings.ReplaceAll(strings.Replace(checkedConfig, "ISSUING", "issuing: off\nlog_level: error", 1), "DIR", dir))
			var flags []string
			for _, flag := range tc.flags {
				flags = append(flags, strings.ReplaceAll(flag, "DIR", dir))
			}
			wantCheckIsStartWith(t, dir, conf, tc.code, tc.want, flags...)
		})
	}
}

func TestCheckTakesTheEnvironmentOfTheStart(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "esacertd.yaml")
	writeFile(t, conf, strings.ReplaceAll(strings.Replace(checkedConfig, "ISSUING", "issuing: off\nlog_level: error", 1), "DIR", dir))
	for variable, code := range map[string]int{
		"ESACERTD_STORE=/nope/x.db": 1, "ESACERTD_LOG_LEVEL=bogus": 1, "ESACERTD_TLS_CERT=/nope": 2, "ESACERTD_TLS_KEY=/nope": 2,
		"ESACERTD_LISTEN=nope": 1, "ESACERTD_ADMIN=nope": 1, "ESACERTD_REGION=/nope": 1, "ESACERTD_HTTPS=nope": 2, "ESACERTD_EXPLORER=nope": 2,
	} {
		t.Run(variable, func(t *testing.T) {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
			wantCheckIsStartWith(t, dir, conf, code, strings.TrimSuffix(value, "/x.db"))
		})
	}
}
