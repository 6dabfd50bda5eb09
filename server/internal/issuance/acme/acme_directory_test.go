package acme_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
)

// TestDirectoryErrors covers directory URLs that do not belong to an ACME service,
// and servers that are not reachable.
func TestDirectoryErrors(t *testing.T) {
	t.Parallel()
	serve := func(status int, contentType, body string) func(*testing.T) (string, []byte) {
		return func(t *testing.T) (string, []byte) {
			served := quietServer(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", contentType)
				w.Header().Set("Location", "https://elsewhere.test/dir")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			})
			t.Cleanup(served.Close)
			return served.URL + "/dir", pemOf(served.Certificate())
		}
	}
	const hint = "the directory must be an ACME directory URL"
	for _, c := range []struct {
		name  string
		start func(*testing.T) (directory string, roots []byte)
		want  string
		cause any // target for errors.As, or nil

		timeout   time.Duration // of a request; 0 for the default
		transport func(*testing.T) http.RoundTripper
	}{
		{name: "a web page", start: serve(200, "text/html", "<!DOCTYPE html>\n<title>Hello</title>"), want: "not JSON: <!DOCTYPE html> <title>Hello</title>: " + hint},
		{name: "other JSON", start: serve(200, "application/json", `{"status":"ok"}`), want: ` "", want an https URL: ` + hint},
		{name: "plain HTTP URLs", start: serve(200, "application/json", `{"newNonce":"http://a.test/","newAccount":"http://a.test/","newOrder":"http://a.test/"}`), want: ` "http://a.test/", want an https URL`},
		{name: "404", start: serve(404, "text/plain", "404 page not found"), want: "HTTP status 404: 404 page not found: " + hint},
		{name: "500", start: serve(500, "text/html", "oops"), want: "HTTP status 500: oops"},
		{name: "a redirect", start: serve(302, "text/html", "moved"), want: "HTTP status 302: redirect to https://elsewhere.test/dir"},
		{name: "endless", start: serve(200, "application/json", strings.Repeat(" ", 2<<20)), want: "response exceeds 1048576 bytes"},
		{name: "not trusted", start: func(t *testing.T) (string, []byte) {
			directory, _ := serve(200, "text/html", "")(t)
			return directory, otherRoot(t)
		}, want: "configure its root certificates", cause: new(x509.UnknownAuthorityError)},
		{name: "certificate for another name", start: func(t *testing.T) (string, []byte) {
			directory, roots := serve(200, "text/html", "")(t)
			return strings.Replace(directory, "127.0.0.1", "localhost", 1), roots
		}, want: "TLS certificate is for another name", cause: new(x509.HostnameError)},
		{name: "no TLS", start: func(t *testing.T) (string, []byte) {
			served := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(served.Close)
			return strings.Replace(served.URL, "http:", "https:", 1) + "/dir", nil
		}, want: "HTTP response to HTTPS client"},
		{name: "connection refused", start: func(*testing.T) (string, []byte) { return "https://127.0.0.1:1/dir", nil }, want: "check the network", cause: new(*net.OpError)},
		{name: "no such name", start: func(*testing.T) (string, []byte) { return "https://ca.invalid/dir", nil }, transport: withoutNames, want: "host name is not in the DNS"},
		{name: "timeout", start: func(t *testing.T) (string, []byte) {
			hang := make(chan struct{})
			served := quietServer(func(http.ResponseWriter, *http.Request) { <-hang })
			t.Cleanup(func() { close(hang); served.Close() })
			return served.URL + "/dir", pemOf(served.Certificate())
		}, timeout: 300 * time.Millisecond, want: "request timed out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{})
			directory, roots := c.start(t)
			a := r.newClient(func(o *acme.Options) {
				o.DirectoryURL, o.Roots, o.Timeout = directory, roots, c.timeout
				if c.transport != nil {
					o.Transport = c.transport(t)
				}
			})
			_, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
			message := wantUnavailable(t, err).Error()
			if !strings.Contains(message, c.want) || !strings.Contains(message, directory) || strings.Contains(message, "\n") || len(message) > 900 {
				t.Errorf("got %s\nwant %q and the directory URL, in one line", message, c.want)
			}
			if c.cause != nil && !errors.As(err, c.cause) {
				t.Errorf("%v\ndoes not wrap a %T", err, c.cause)
			}
			if len(r.accounts.saves) != 0 {
				t.Error("an account was saved")
			}
		})
	}
}

// withoutNames returns a transport whose DNS server has no names.
func withoutNames(t *testing.T) http.RoundTripper {
	addr := pebbletest.Serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(r, dns.RcodeNameError))
	}))
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	transport := &http.Transport{DialContext: (&net.Dialer{Resolver: resolver}).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// TestNonACMEResponses covers responses after the directory that are not valid
// ACME, for example from a proxy.
func TestNonACMEResponses(t *testing.T) {
	t.Parallel()
	html := http.Header{"Content-Type": {"text/html"}}
	json := http.Header{"Content-Type": {"application/json"}}
	for _, c := range []struct {
		name     string
		response pebbletest.Response
		want     string
	}{
		{"order as HTML", pebbletest.Response{Path: pebbletest.PathNewOrder, Status: 200, Header: html, Body: "<p>welcome"}, "not a valid ACME response (RFC 8555)"},
		{"order without a URL", pebbletest.Response{Path: pebbletest.PathNewOrder, Status: 201, Header: json, Body: "{}"}, "response has no order URL (Location header)"},
		{"order as broken JSON", pebbletest.Response{Path: pebbletest.PathNewOrder, Status: 201, Header: json, Body: "{"}, "not a valid ACME response (RFC 8555)"},
		{"account without a URL", pebbletest.Response{Path: pebbletest.PathNewAccount, Status: 201, Header: json, Body: "{}"}, "response has no account URL (Location header)"},
		{"revoked account", pebbletest.Response{Path: pebbletest.PathNewAccount, Status: 200,
			Header: http.Header{"Content-Type": {"application/json"}, "Location": {"https://a.test/1"}}, Body: `{"status":"revoked"}`}, "account status is revoked"},
		{"unknown status", pebbletest.Response{Path: pebbletest.PathOrder, Status: 200, Header: json, Body: `{"status":"dreaming"}`}, `unknown order status "dreaming"`},
		{"valid without a certificate", pebbletest.Response{Path: pebbletest.PathOrder, Status: 200, Header: json, Body: `{"status":"valid"}`}, "has no certificate URL"},
		{"another name to validate", pebbletest.Response{Path: pebbletest.PathAuthorize, Status: 200, Header: json,
			Body: `{"status":"pending","identifier":{"type":"dns","value":"bank.test"}}`}, `requires validation of "bank.test" for www.example.com`},
		{"invalid token", pebbletest.Response{Path: pebbletest.PathAuthorize, Status: 200, Header: json,
			Body: `{"status":"pending","identifier":{"type":"dns","value":"example.com"},"challenges":[{"type":"dns-01","token":"../etc"}]}`}, "byte 1 of the token"},
		{"no common challenge", pebbletest.Response{Path: pebbletest.PathAuthorize, Status: 200, Header: json,
			Body: `{"status":"pending","identifier":{"type":"dns","value":"www.example.com"},"challenges":[{"type":"tls-alpn-01","token":"a"}]}`}, "authority offers tls-alpn-01, configured are dns-01, http-01"},
		{"chain as HTML", pebbletest.Response{Path: pebbletest.PathCertificate, Status: 200, Header: html, Body: "<p>"}, "not a valid ACME response (RFC 8555)"},
		{"a gateway", pebbletest.Response{Path: pebbletest.PathOrder, Status: 502, Header: html, Body: "<h1>Bad gateway</h1>"}, "not a problem document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(c.response)})
			a := r.newClient()
			url, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
			if err == nil {
				_, err = a.Fulfill(t.Context(), newFulfillRequest(t, url, "www.example.com", "NS"))
			}
			if message := wantUnavailable(t, err).Error(); !strings.Contains(message, c.want) {
				t.Errorf("got %s\nwant %q", message, c.want)
			}
		})
	}
}

// TestInvalidOrder covers orders, authorizations and certificates that are no
// longer usable, and the problem that is reported for each.
func TestInvalidOrder(t *testing.T) {
	t.Parallel()
	json := http.Header{"Content-Type": {"application/json"}}
	order := func(body string) pebbletest.Response {
		return pebbletest.Response{Path: pebbletest.PathOrder, Status: 200, Header: json, Body: body}
	}
	authz := func(body string) pebbletest.Response {
		return pebbletest.Response{Path: pebbletest.PathAuthorize, Status: 200, Header: json, Body: body}
	}
	const sub = `"subproblems":[{"type":"urn:ietf:params:acme:error:dns","detail":"NXDOMAIN","identifier":{"value":"www.example.com"}}]`
	for _, c := range []struct {
		name      string
		responses []pebbletest.Response
		typ       string
		detail    string
		subs      int
	}{
		{"order with a reason", []pebbletest.Response{order(`{"status":"invalid","error":{"type":"urn:ietf:params:acme:error:caa","detail":"no",` + sub + `}}`)}, namespace + "caa", "no", 1},
		{"order without a reason", []pebbletest.Response{order(`{"status":"invalid"}`)}, issuance.ProblemOrder, "the authority gave no reason", 0},
		{"challenge with a more specific reason", []pebbletest.Response{
			order(`{"status":"invalid","error":{"type":"urn:ietf:params:acme:error:malformed","detail":"an authorization is invalid"},"authorizations":["URL/authZ/1"]}`),
			authz(`{"status":"invalid","challenges":[{"type":"http-01"},{"type":"dns-01","error":{"type":"urn:ietf:params:acme:error:dns","detail":"SERVFAIL",` + sub + `}}]}`),
		}, namespace + "dns", "SERVFAIL", 1},
		{"expired authorization", []pebbletest.Response{authz(`{"status":"expired","identifier":{"value":"www.example.com"}}`)}, issuance.ProblemOrder, "the authorization for www.example.com is expired", 0},
		{"deactivated authorization", []pebbletest.Response{authz(`{"status":"deactivated","identifier":{"value":"www.example.com"}}`)}, issuance.ProblemOrder, "is deactivated", 0},
		{"unknown authorization", []pebbletest.Response{{Path: pebbletest.PathAuthorize, Status: 404, Body: `{"type":"urn:ietf:params:acme:error:malformed","detail":"expired authorization"}`}}, namespace + "malformed", "expired", 0},
		{"unknown certificate", []pebbletest.Response{{Path: pebbletest.PathCertificate, Status: 404, Header: http.Header{"Content-Type": {"text/plain"}}}}, issuance.ProblemOrder, "no longer knows the order", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{Intercept: func(w http.ResponseWriter, q *http.Request) bool {
				var responses []pebbletest.Response
				for _, a := range c.responses {
					a.Body = strings.ReplaceAll(a.Body, "URL", "https://"+q.Host)
					responses = append(responses, a)
				}
				return pebbletest.Intercept(responses...)(w, q)
			}})
			a := r.newClient()
			url, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.Fulfill(t.Context(), newFulfillRequest(t, url, "www.example.com", "NS"))
			got := wantRejected(t, err)
			if !got.OrderInvalid || got.Problem.Type != c.typ || !strings.Contains(got.Problem.Detail, c.detail) || len(got.Problem.Subproblems) != c.subs {
				t.Errorf("got %+v, want %s (%s) with %d subproblems and an invalid order", got, c.typ, c.detail, c.subs)
			}
		})
	}
}

// quietServer starts a TLS server that does not log handshake errors.
func quietServer(h http.HandlerFunc) *httptest.Server {
	served := httptest.NewUnstartedServer(h)
	served.Config.ErrorLog = log.New(io.Discard, "", 0)
	served.StartTLS()
	return served
}

// otherRoot returns a root certificate that has issued nothing.
func otherRoot(t *testing.T) []byte {
	t.Helper()
	key, err := issuance.NewECDSAKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
