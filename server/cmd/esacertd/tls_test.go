package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/server/config"
)

// startHTTPS runs esacertd with a separate user data directory.
func startHTTPS(t *testing.T, data string, args ...string) *daemon {
	t.Helper()
	return startWith(t, []string{"XDG_DATA_HOME=" + data}, args...)
}

// trusting returns a transport that trusts only one root, and dials the server
// for every host, like an entry in the hosts file.
func trusting(t *testing.T, root, address string) *http.Transport {
	t.Helper()
	content, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		t.Fatalf("no root in %s", root)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// With one flag the API is served over HTTPS, for a client that trusts the root
// of the ready line, under the listener's address and the vendor's host names.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	d := startHTTPS(t, data, "--https", "--config", longTimeout(t))
	address, https := strings.CutPrefix(d.ready.Listen, "https://")
	if !https || !strings.HasPrefix(d.ready.Admin, "http://") || !strings.HasPrefix(d.ready.Explorer, d.ready.Listen+"/explorer/") {
		t.Errorf("ready line: %+v", d.ready)
	}
	if want := filepath.Join(data, "esacertd", "https", "root.pem"); d.ready.Root != want {
		t.Fatalf("the root is %s, want %s", d.ready.Root, want)
	}
	transport := trusting(t, d.ready.Root, address)
	for host, domain := range map[string]string{
		address: "a.example.com", "localhost": "b.example.com", "esa.cn-hangzhou.aliyuncs.com": "c.example.com", "esa-vpc.ap-southeast-1.aliyuncs.com": "d.example.com",
	} {
		c := d.client(t, client.WithEndpoint("https://"+host), client.WithHTTPClient(&http.Client{Transport: transport}))
		if _, err := c.ApplyCertificate(t.Context(), input(domain)); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	c := d.client(t, client.WithEndpoint("https://example.com"), client.WithHTTPClient(&http.Client{Transport: transport}))
	if _, err := c.ApplyCertificate(t.Context(), input("e.example.com")); err == nil || !strings.Contains(err.Error(), "certificate is valid for") {
		t.Errorf("by another name: %v", err)
	}
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("f.example.com")); err == nil {
		t.Error("accepted by a client that does not trust the root")
	}
	if !strings.Contains(d.log.String(), d.ready.Root) {
		t.Errorf("the log does not name the root:\n%s", d.log)
	}
	var out, log bytes.Buffer
	root, err := os.ReadFile(d.ready.Root)
	if code := run(t.Context(), []string{"https-root", "--admin", d.ready.Admin}, streams{out: &out, err: &log}); err != nil || code != 0 || !bytes.Equal(out.Bytes(), root) {
		t.Errorf("https-root: %d %s%s, %v", code, &out, &log, err)
	}
	out.Reset()
	if code := run(t.Context(), []string{"root", "--admin", d.ready.Admin}, streams{out: &out, err: &log}); code != 0 || bytes.Equal(out.Bytes(), root) {
		t.Errorf("root: %d; it is the root of HTTPS: %t", code, bytes.Equal(out.Bytes(), root))
	}
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	again := startHTTPS(t, data, "--https")
	if after, err := os.ReadFile(again.ready.Root); err != nil || !bytes.Equal(after, root) {
		t.Errorf("after a restart the root is another one: %v", err)
	}
}

// The root is stored in the data directory of the configuration.
func TestHTTPSDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := filepath.Join(dir, "esacertd.yaml")
	content := strings.Replace(string(config.Example()), "# https: false", "https: true", 1)
	writeFile(t, conf, strings.Replace(content, "# data: esacertd.data", "data: "+filepath.Join(dir, "kept"), 1))
	for _, test := range []struct {
		name string
		env  []string
		args []string
		want string // "" for HTTP
	}{
		{"configuration", nil, []string{"--config", conf}, filepath.Join(dir, "kept", "https", "root.pem")},
		{"flag against the configuration", nil, []string{"--config", conf, "--no-https"}, ""},
		{"value against the configuration", nil, []string{"--config", conf, "--https=false"}, ""},
		{"variable", []string{"ESACERTD_HTTPS=true"}, nil, filepath.Join(dir, "user", "esacertd", "https", "root.pem")},
		{"store", nil, []string{"--https", "--store", filepath.Join(dir, "esa.db")}, filepath.Join(dir, "esa.db.data", "https", "root.pem")},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := startWith(t, append([]string{"XDG_DATA_HOME=" + filepath.Join(dir, "user")}, test.env...), test.args...)
			if d.ready.Root != test.want || strings.HasPrefix(d.ready.Listen, "https:") != (test.want != "") {
				t.Errorf("ready line: %+v", d.ready)
			}
			if err := d.stop(t, syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHTTPSRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pem := filepath.Join(dir, "server.pem")
	writeFile(t, pem, "x")
	db := filepath.Join(dir, "esa.db")
	key := filepath.Join(db+".data", "https", "root-key.pem")
	if err := os.MkdirAll(filepath.Dir(key), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, key, "x")
	for _, test := range []struct {
		name, says string
		code       int
		args       []string
	}{
		{"a certificate too", "--https and --tls-cert exclude each other", 2, []string{"--https", "--tls-cert", pem, "--tls-key", pem}},
		{"half a certificate", "--tls-cert and --tls-key must be set together", 2, []string{"--tls-cert", pem}},
		{"an invalid root", key + `: missing PEM block "CERTIFICATE"`, 1, []string{"--https", "--store", db}},
		{"a zone", "has a zone", 1, []string{"--https", "--store", filepath.Join(dir, "other.db"), "--listen", "[fe80::1%lo]:0"}},
	} {
		var out, log bytes.Buffer
		code := run(t.Context(), append([]string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, test.args...), streams{out: &out, err: &log})
		if code != test.code || out.Len() != 0 || !strings.Contains(log.String(), test.says) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %s", test.name, code, &out, &log)
		}
	}
	conf := filepath.Join(dir, "broken.yaml")
	writeFile(t, conf, strings.Replace(strings.Replace(string(config.Example()), "# https: false", "https: true", 1), `store: ":memory:"`, "store: "+db, 1))
	var said, found bytes.Buffer
	if code := run(t.Context(), []string{"config", "check", conf}, streams{out: &said, err: &found}); code != 1 || !strings.Contains(found.String(), key+": missing PEM block") {
		t.Errorf("config check: exit code %d, %s%s", code, &said, &found)
	}
	d := start(t)
	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"https-root", "--admin", d.ready.Admin}, streams{out: &out, err: &log}); code != 1 || !strings.Contains(log.String(), "start it with --https") {
		t.Errorf("https-root of a server without one: %d %s", code, &log)
	}
}

func TestUserDataDir(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("paths with a drive")
	}
	for _, test := range []struct {
		system    string
		variables map[string]string
		want      string
	}{
		{"linux", map[string]string{"HOME": "/home/u"}, "/home/u/.local/share/esacertd"},
		{"linux", map[string]string{"HOME": "/home/u", "XDG_DATA_HOME": "/data"}, "/data/esacertd"},
		{"linux", map[string]string{"HOME": "/home/u", "XDG_DATA_HOME": "data"}, "/home/u/.local/share/esacertd"},
		{"darwin", map[string]string{"HOME": "/Users/u"}, "/Users/u/Library/Application Support/esacertd"},
		{"windows", map[string]string{"LocalAppData": "/AppData/Local"}, "/AppData/Local/esacertd"},
		{"linux", nil, "set HOME"},
		{"windows", nil, "set LocalAppData"},
	} {
		got, err := userDataDir(test.system, func(name string) string { return test.variables[name] })
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s %v: %s, want %s", test.system, test.variables, got, test.want)
		}
	}
}
