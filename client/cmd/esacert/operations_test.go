package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/servertest"
)

// command runs a command line against a test server.
func command(t *testing.T, srv *servertest.Server, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append(args, "--endpoint", srv.URL()), &out, &errs)
	return code, out.String(), errs.String()
}

// The commands around apply, on a server of its own. Not parallel: credentials are
// read from the environment.
func TestCommandsAroundApply(t *testing.T) {
	t.Setenv(envAccessKeyID, servertest.AccessKeyID)
	t.Setenv(envAccessKeySecret, servertest.AccessKeySecret)
	srv := servertest.New(t)
	const site = "--site-id=1234567890123"
	for _, step := range []struct {
		name   string
		args   []string
		code   int
		stdout []string
		stderr string
	}{
		{"sites", []string{"sites", "xample.com"}, 0, []string{"SITE ID", "1234567890123", "active", "example.com"}, ""},
		{"apply", []string{"apply", site, "--domains", "www.example.com"}, 0, []string{"30000478", "Applying"}, ""},
		{"list", []string{"list", site}, 0, []string{"ID", "30000478", "Applying", "free", "www.example.com"}, ""},
		{"list as JSON", []string{"list", site, "--output=json"}, 0, []string{`"Id": "30000478"`}, ""},
		{"get", []string{"get", site, "30000478"}, 0, []string{"STATUS", "Applying"}, ""},
		{"quota", []string{"quota", site}, 0, []string{"example.com", "1 of "}, ""},
		{"unknown", []string{"get", site, "nope"}, 3, nil, "Certificate.NotFound"},
		{"wait in vain", []string{"wait", site, "30000478", "--timeout=50ms"}, 4, nil, "still Applying"},
		{"delete", []string{"delete", site, "30000478"}, 0, []string{"deleted 30000478 of site example.com"}, ""},
		{"delete again", []string{"delete", site, "30000478"}, 3, nil, "Certificate.NotFound"},
		{"no ID", []string{"delete", site}, 2, nil, "expected \"<id>\""},
		{"no file", []string{"upload", site, "--certificate=/nonexistent", "--key=/nonexistent"}, 2, nil, "--certificate"},
	} {
		code, stdout, stderr := command(t, srv, step.args...)
		if code != step.code || !strings.Contains(stderr, step.stderr) {
			t.Errorf("%s: exit code %d, want %d; stderr %q", step.name, code, step.code, stderr)
		}
		for _, want := range step.stdout {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: %q lacks %q", step.name, stdout, want)
			}
		}
	}
}

func TestUploadCommand(t *testing.T) {
	t.Setenv(envAccessKeyID, servertest.AccessKeyID)
	t.Setenv(envAccessKeySecret, servertest.AccessKeySecret)
	srv := servertest.New(t)
	dir := t.TempDir()
	code, _, _ := command(t, srv, "apply", "--site-id=1234567890123", "--domains=www.example.com")
	if code != 0 {
		t.Fatal(code)
	}
	id := srv.LastEntry().IDs[0]
	srv.WaitIssued(t.Context(), id)
	chain, key := filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")
	issued := srv.Certificate(id)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		chain: {Type: "CERTIFICATE", Bytes: issued.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := command(t, srv, "upload", "--site-id=1234567890123", "--certificate="+chain, "--key="+key, "--name=copy", "--debug")
	if code != 0 || !strings.Contains(stdout, "stored as 30000479") {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	if strings.Contains(stderr, "PRIVATE") || strings.Contains(stderr, "MIG") {
		t.Errorf("the debug output has the private key: %s", stderr)
	}
}
