package selftls_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/issuance/selftls"
)

// TestClientWithTheRootOnly checks that a client that trusts only the root can
// call the server by each of its names, as with an entry in the hosts file.
func TestClientWithTheRootOnly(t *testing.T) {
	t.Parallel()
	identity := mustOpen(t, selftls.Options{Dir: filepath.Join(t.TempDir(), "https"), Host: "127.0.0.1"})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	listener := tls.NewListener(server.Listener, &tls.Config{GetCertificate: identity.GetCertificate, MinVersion: tls.VersionTLS12})
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	call := func(host string, pool *x509.CertPool) error {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool},
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
			},
		}
		defer transport.CloseIdleConnections()
		response, err := (&http.Client{Transport: transport}).Get("https://" + host + "/")
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		if string(body) != host {
			t.Errorf("%s: the server saw the host %s", host, body)
		}
		return errors.Join(err, response.Body.Close())
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(readFile(t, identity.RootFile())) {
		t.Fatal("no root in the file")
	}
	for _, host := range append(esaapi.EndpointHosts(), "localhost", "127.0.0.1", "[::1]") {
		if err := call(host, pool); err != nil {
			t.Errorf("%s: %v", host, err)
		}
		if err := call(host, x509.NewCertPool()); err == nil {
			t.Errorf("%s: accepted without the root", host)
		}
	}
	for _, host := range []string{"example.com", "oss.aliyuncs.com", "127.0.0.2"} {
		if err := call(host, pool); err == nil {
			t.Errorf("%s: accepted", host)
		}
	}
}

// TestNameConstraints checks that even with the root's key, no certificate for
// another name is accepted.
func TestNameConstraints(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	identity := mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
	root := rootOf(t, identity.Root())
	if !root.PermittedDNSDomainsCritical {
		t.Error("the constraints are not critical")
	}
	for _, test := range []struct {
		name     string
		template *x509.Certificate
		good     bool
	}{
		{"localhost", &x509.Certificate{DNSNames: []string{"localhost"}}, true},
		{"all of 127.0.0.0/8", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 9, 9, 9)}}, true},
		{"IPv6 loopback", &x509.Certificate{IPAddresses: []net.IP{net.IPv6loopback}}, true},
		{"endpoint", &x509.Certificate{DNSNames: []string{"esa-vpc.cn-hangzhou.aliyuncs.com"}}, true},
		{"another host", &x509.Certificate{DNSNames: []string{"www.example.com"}}, false},
		{"above an endpoint", &x509.Certificate{DNSNames: []string{"aliyuncs.com"}}, false},
		{"sibling of an endpoint", &x509.Certificate{DNSNames: []string{"ecs.aliyuncs.com"}}, false},
		{"ends like an endpoint", &x509.Certificate{DNSNames: []string{"notesa.aliyuncs.com"}}, false},
		{"one of two", &x509.Certificate{DNSNames: []string{"localhost", "www.example.com"}}, false},
		{"another address", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}}, false},
		{"another IPv6 address", &x509.Certificate{IPAddresses: []net.IP{net.ParseIP("::2")}}, false},
		{"client certificate", &x509.Certificate{DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.template.ExtKeyUsage == nil {
				test.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			}
			err := verify(forge(t, folder, test.template), root, "", newClock().at)
			if (err == nil) != test.good {
				t.Errorf("verified with %v", err)
			}
		})
	}
	// The root cannot issue an intermediate either.
	if root.MaxPathLen != 0 || !root.MaxPathLenZero || root.KeyUsage != x509.KeyUsageCertSign || !slices.Equal(root.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) {
		t.Errorf("path length %d, usage %v %v", root.MaxPathLen, root.KeyUsage, root.ExtKeyUsage)
	}
}

func TestKeptAcrossStarts(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data", "https")
	watch := newClock()
	first := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
	watch.move(day)
	second := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
	if !bytes.Equal(first.Root(), second.Root()) || !bytes.Equal(readFile(t, second.RootFile()), first.Root()) {
		t.Error("root differs after a restart")
	}
	if !leafOf(t, first).Equal(leafOf(t, second)) {
		t.Error("certificate differs after a restart")
	}
	if !filepath.IsAbs(first.RootFile()) || filepath.Base(first.RootFile()) != "root.pem" {
		t.Errorf("RootFile() = %s", first.RootFile())
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, mode := range map[string]os.FileMode{"..": 0o700, "": 0o755, "root-key.pem": 0o600, "root.pem": 0o644, "server.pem": 0o600} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("mode of %q: %v, %v; want %o", name, info.Mode(), err, mode)
		}
	}
	if bytes.Contains(readFile(t, first.RootFile()), []byte("PRIVATE")) {
		t.Error("the public file has a private key")
	}
}

// TestConcurrentStarts checks that servers that start concurrently share one root.
func TestConcurrentStarts(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "https")
	all := make([]*selftls.Identity, 8)
	var starts sync.WaitGroup
	for n := range all {
		starts.Go(func() {
			identity, err := selftls.Open(selftls.Options{Dir: folder, Now: newClock().now})
			if err != nil {
				t.Error(err)
				return
			}
			all[n] = identity
		})
	}
	starts.Wait()
	if t.Failed() {
		return
	}
	for _, identity := range all {
		if !bytes.Equal(identity.Root(), all[0].Root()) {
			t.Fatal("concurrent starts have different roots")
		}
		if err := verify(leafOf(t, identity), rootOf(t, all[0].Root()), "localhost", newClock().at); err != nil {
			t.Error(err)
		}
	}
	mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
}

// TestHostNames checks the names that the listener's host adds, and which hosts
// are rejected.
func TestHostNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ host, dns, ip, says string }{
		{"", "", "", ""},
		{"0.0.0.0", "", "", ""},
		{"::", "", "", ""},
		{"127.0.0.2", "", "127.0.0.2", ""},
		{"192.0.2.1", "", "192.0.2.1", ""},
		{"::ffff:192.0.2.1", "", "192.0.2.1", ""},
		{"2001:db8::1", "", "2001:db8::1", ""},
		{"Host.Example.", "host.example", "", ""},
		{"my-host", "my-host", "", ""},
		{"fe80::1%eth0", "", "", "zone"},
		{"a_b", "", "", "neither an IP address nor a host name"},
		{"-a", "", "", "neither an IP address nor a host name"},
		{"a..b", "", "", "neither an IP address nor a host name"},
		{strings.Repeat("a.", 127) + "a", "", "", "neither an IP address nor a host name"},
	} {
		dns, ips, err := selftls.HostNames(test.host)
		if strings.Join(dns, ",") != test.dns || strings.Join(ips, ",") != test.ip || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %q %q %v", test.host, dns, ips, err)
		}
	}
}

// TestHostOfTheListener checks that a root permits only the listener's host at the
// time of its creation.
func TestHostOfTheListener(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ host, other string }{{"192.0.2.1", "192.0.2.2"}, {"host.example", "other.example"}, {"2001:db8::1", "2001:db8::2"}} {
		t.Run(test.host, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			identity := mustOpen(t, selftls.Options{Dir: folder, Host: test.host, Now: newClock().now})
			for _, name := range []string{test.host, "localhost", "esa.aliyuncs.com"} {
				if err := verify(leafOf(t, identity), rootOf(t, identity.Root()), name, newClock().at); err != nil {
					t.Error(err)
				}
			}
			if _, err := selftls.Open(selftls.Options{Dir: folder, Host: test.other, Now: newClock().now}); err == nil {
				t.Error("another host was accepted")
			} else {
				wantFileError(t, err, filepath.Join(folder, "root-key.pem"), "does not permit the listener's "+test.other)
				if !strings.Contains(err.Error(), "permits localhost, esa.cn-hangzhou.aliyuncs.com") || !strings.Contains(err.Error(), "remove the folder") {
					t.Error(err)
				}
			}
			// Another loopback name needs only a new certificate, not a new root.
			again := mustOpen(t, selftls.Options{Dir: folder, Host: "127.0.0.3", Now: newClock().now})
			if err := verify(leafOf(t, again), rootOf(t, identity.Root()), "127.0.0.3", newClock().at); err != nil {
				t.Error(err)
			}
		})
	}
}
