package servertest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
)

// apply applies for names on the example's site and returns the ids.
func apply(t *testing.T, srv *servertest.Server, names ...string) []int64 {
	t.Helper()
	if _, err := srv.Client().ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: names}); err != nil {
		t.Fatal(err)
	}
	return srv.LastEntry().IDs
}

// record returns the stored record of an application.
func record(t *testing.T, srv *servertest.Server, id int64) store.JobRecord {
	t.Helper()
	found, err := srv.Store().(store.Jobs).ListRecords(t.Context(), store.Query{After: id - 1, Limit: 1})
	if err != nil || len(found) != 1 || found[0].ID != id {
		t.Fatalf("application %d: %+v, %v", id, found, err)
	}
	return found[0]
}

// A certificate that was waited for serves TLS to a client that trusts the root.
func TestWaitIssued(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	ids := apply(t, srv, "www.example.com", "*.example.com")
	if r := srv.WaitIssued(t.Context(), ids[1]); r.Status != store.Issued || r.Certificate == nil || r.Certificate.Renewals != 0 {
		t.Fatalf("%+v", r)
	}
	srv.WaitIssued(t.Context(), ids[1]) // returns immediately if already issued
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{srv.Certificate(ids[1])}})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	dial := func(*tls.Config) (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
	for name, good := range map[string]bool{"any.example.com": true, "example.org": false} {
		raw, err := dial(nil)
		if err != nil {
			t.Fatal(err)
		}
		conn := tls.Client(raw, &tls.Config{RootCAs: srv.Roots(), ServerName: name})
		if err := conn.HandshakeContext(t.Context()); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
		_ = raw.Close()
	}
}

// Nothing is issued before the test lets time pass, however long it takes.
func TestNothingIsIssuedByItself(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t, servertest.WithTime(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)))
	id := apply(t, srv, "www.example.com")[0]
	if _, err := srv.Client().ApplyCertificate(t.Context(), input()); !errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted) {
		t.Errorf("a second application: %v", err)
	}
	srv.Clock.Advance(4 * time.Second)
	if s := record(t, srv, id).Status; s != store.Applying {
		t.Errorf("4 seconds later it is %s", s)
	}
	srv.Clock.Advance(time.Second)
	if s := record(t, srv, id).Status; s != store.Issued {
		t.Errorf("5 seconds later, which is the example's delay, it is %s", s)
	}
	if _, err := srv.Client().ApplyCertificate(t.Context(), input()); err != nil {
		t.Errorf("the name may be applied for again: %v", err)
	}
}

func TestRefusedByTheAuthority(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	srv.AddAuthorityFault(servertest.AuthorityFault{Name: "bad.example.com", Refuse: "rejectedIdentifier", Detail: "not this one"})
	srv.AddAuthorityFault(servertest.AuthorityFault{Name: "late.example.com", Refuse: "serverInternal", Times: 2})
	ids := apply(t, srv, "bad.example.com", "late.example.com")
	srv.WaitIssued(t.Context(), ids[1])
	r := record(t, srv, ids[0])
	if r.Status != store.Failed || r.Progress.Problem == nil || r.Progress.Problem.Type != issuance.ProblemRejectedIdentifier || r.Progress.Problem.Detail != "not this one" {
		t.Errorf("refused: %+v, %+v", r, r.Progress.Problem)
	}
	apply(t, srv, "bad.example.com") // a failed name is free
}

// 90 simulated days: at each moment the certificate in use is valid.
func TestRenewalLeavesNoGap(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	srv := servertest.New(t, servertest.WithTime(start))
	id := apply(t, srv, "www.example.com")[0]
	srv.WaitIssued(t.Context(), id)
	for day := range 90 {
		srv.AdvanceInSteps(24*time.Hour, time.Hour)
		leaf, now := srv.Certificate(id).Leaf, srv.Clock.Now()
		if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
			t.Fatalf("on day %d the certificate in use is valid from %v to %v", day+1, leaf.NotBefore, leaf.NotAfter)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: srv.Roots(), Intermediates: intermediates(t, srv.Certificate(id)), CurrentTime: now, DNSName: "www.example.com"}); err != nil {
			t.Fatalf("on day %d: %v", day+1, err)
		}
	}
	if r := record(t, srv, id); r.Certificate.Renewals != 1 {
		t.Errorf("%d renewals in 90 days of a certificate for 90 days", r.Certificate.Renewals)
	}
}

func intermediates(t *testing.T, c tls.Certificate) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	for _, der := range c.Certificate[1:] {
		above, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		pool.AddCert(above)
	}
	return pool
}

// Two servers make the same certificates: keys and ids are the same in each run.
func TestIssuingIsDeterministic(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var keys []string
	for range 2 {
		srv := servertest.New(t, servertest.WithTime(start))
		id := apply(t, srv, "www.example.com")[0]
		srv.WaitIssued(t.Context(), id)
		keys = append(keys, record(t, srv, id).Certificate.Serial+string(srv.Certificate(id).Leaf.RawSubjectPublicKeyInfo))
	}
	if keys[0] != keys[1] {
		t.Error("two runs have two keys")
	}
}

// What cannot be fails the test and says why.
func TestWrongUseOfIssuingFailsTheTest(t *testing.T) {
	t.Parallel()
	const off = "issuing: off\naccounts: [{id: '1000000000000001', access_keys: [{id: testid, secret: testsecret}]}]"
	for name, use := range map[string]func(testing.TB){
		"off":            func(tb testing.TB) { servertest.New(tb, servertest.WithConfig(off)).WaitIssued(tb.Context(), 1) },
		"unknown id":     func(tb testing.TB) { servertest.New(tb).WaitIssued(tb.Context(), 1) },
		"no certificate": func(tb testing.TB) { servertest.New(tb).Certificate(1) },
		"invalid fault": func(tb testing.TB) {
			servertest.New(tb).AddAuthorityFault(servertest.AuthorityFault{Refuse: "unknown"})
		},
		"no step": func(tb testing.TB) { servertest.New(tb).AdvanceInSteps(time.Hour, 0) },
		"never issued": func(tb testing.TB) {
			srv := servertest.New(tb)
			srv.AddAuthorityFault(servertest.AuthorityFault{Unreachable: true})
			_, _ = srv.Client().ApplyCertificate(tb.Context(), input())
			srv.WaitIssued(tb.Context(), store.FirstID)
		},
		"failed": func(tb testing.TB) {
			srv := servertest.New(tb)
			srv.AddAuthorityFault(servertest.AuthorityFault{Refuse: "rejectedIdentifier"})
			_, _ = srv.Client().ApplyCertificate(tb.Context(), input())
			srv.WaitIssued(tb.Context(), store.FirstID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			if r.run(func() { use(r) }); r.failed == "" {
				t.Error("the test would not have failed")
			}
		})
	}
}

// HTTP-01 challenges have their place on the API's own listener.
func TestChallengePathIsServed(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	response, err := http.Get(srv.URL() + "/.well-known/acme-challenge/token")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "not a challenge") {
		t.Errorf("%d %s %v", response.StatusCode, body, err)
	}
	_ = response.Body.Close()
}

// Keys are ECDSA unless the call or the configuration selects RSA.
func TestKeyType(t *testing.T) {
	t.Parallel()
	withKeyType := func(keyType string) []servertest.Option {
		yaml := strings.Replace(string(config.Example()), "  # key_type: rsa-2048", "  key_type: "+keyType, 1)
		return []servertest.Option{servertest.WithConfig(yaml)}
	}
	for _, c := range []struct {
		name    string
		options []servertest.Option
		algType string
		want    x509.PublicKeyAlgorithm
	}{
		{"default", nil, "", x509.ECDSA},
		{"call", nil, client.AlgorithmRSA, x509.RSA},
		{"call in lower case", withKeyType("rsa-2048"), "ecc", x509.ECDSA},
		{"configuration", withKeyType("rsa-2048"), "", x509.RSA},
		{"call against configuration", withKeyType("ecdsa-p256"), client.AlgorithmRSA, x509.RSA},
		{"unknown value", nil, "SM2", x509.ECDSA},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.New(t, c.options...)
			in := input()
			in.AlgType = c.algType
			if _, err := srv.Client().ApplyCertificate(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			id := srv.LastEntry().IDs[0]
			srv.WaitIssued(t.Context(), id)
			if got := srv.Certificate(id).Leaf.PublicKeyAlgorithm; got != c.want {
				t.Errorf("the key is %s, want %s", got, c.want)
			}
		})
	}
}
