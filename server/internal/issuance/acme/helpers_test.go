package acme_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/dns01"
	"github.com/esacert/esacert/server/internal/issuance/http01"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

func TestMain(m *testing.M) {
	pebbletest.Environment()
	os.Exit(m.Run())
}

// accounts is an in-memory store of accounts with the semantics of store.Jobs.
type accounts struct {
	mu    sync.Mutex
	held  map[string]store.ACMEAccount
	saves []string // "key" or "url", in order
	err   error    // returned by every call
}

func newAccounts() *accounts { return &accounts{held: map[string]store.ACMEAccount{}} }

func (a *accounts) Account(_ context.Context, authority string) (store.ACMEAccount, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return store.ACMEAccount{}, a.err
	}
	held, found := a.held[authority]
	if !found {
		return store.ACMEAccount{}, store.ErrNotFound
	}
	return held, nil
}

func (a *accounts) SaveAccount(_ context.Context, wanted store.ACMEAccount) (store.ACMEAccount, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return store.ACMEAccount{}, a.err
	}
	held, found := a.held[wanted.Authority]
	switch {
	case !found:
		a.saves = append(a.saves, "key")
		a.held[wanted.Authority] = wanted
	case held.URL == "" && bytes.Equal(held.SealedKey, wanted.SealedKey):
		a.saves = append(a.saves, "url")
		held.URL = wanted.URL
		a.held[wanted.Authority] = held
	}
	return a.held[wanted.Authority], nil
}

const zone = "acme.test"

// fixture is a Pebble with the HTTP handler and the DNS server that solve its
// challenges.
type fixture struct {
	t          *testing.T
	pebble     *pebbletest.Pebble
	dnsServer  *dns01.Server
	resolver   *pebbletest.Resolver
	accounts   *accounts
	keys       *seal.Keyring
	options    acme.Options
	httpTarget *pebbletest.HTTPTarget
	setHandler sync.Once // sets the handler of httpTarget for the first client
}

// newFixture starts a Pebble that validates against the solvers of the fixture.
func newFixture(t *testing.T, o pebbletest.Options) *fixture {
	t.Helper()
	r := &fixture{t: t, accounts: newAccounts()}
	var err error
	if r.keys, err = seal.New(nil); err != nil {
		t.Fatal(err)
	}
	if r.dnsServer, err = dns01.New(dns01.Options{Zone: zone, Nameservers: []string{"ns.example.net"}}); err != nil {
		t.Fatal(err)
	}
	listening, err := r.dnsServer.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listening.Close() })
	r.resolver = pebbletest.StartResolver(t, pebbletest.Delegated(zone, listening.Addr))
	r.httpTarget = pebbletest.StartHTTPTarget(t)
	o.Resolver, o.HTTPPort = r.resolver.Addr, r.httpTarget.Port
	r.pebble = pebbletest.Start(t, o)
	r.options = acme.Options{
		Name: "pebble", DirectoryURL: r.pebble.DirectoryURL, Roots: r.pebble.Roots,
		Contacts: []string{"ops@example.com"}, TermsAgreed: true,
		Accounts: r.accounts, Keys: r.keys,
		Solvers: map[string]challenge.Solver{challenge.HTTP01: &http01.Solver{}, challenge.DNS01: r.dnsServer},
		Poll:    10 * time.Millisecond, Processing: time.Minute, Validation: time.Minute,
	}
	return r
}

// newClient returns a client with the fixture's options.
func (r *fixture) newClient(change ...func(*acme.Options)) *acme.Client {
	r.t.Helper()
	o := r.options
	for _, c := range change {
		c(&o)
	}
	a, err := acme.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.setHandler.Do(func() {
		r.httpTarget.Set(http01.New(http01.AccountsByOrder(nil, []http01.Account{{Authority: o.Name, Thumbprint: a.Thumbprint}}), nil))
	})
	return a
}

// newCSR creates a key and a certificate signing request.
func newCSR(t *testing.T, name string) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := issuance.NewECDSAKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{name}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, csr
}

// newFulfillRequest returns a request for an order of a site with the given
// access type.
func newFulfillRequest(t *testing.T, url, name string, access operations.AccessType) issuance.FulfillRequest {
	t.Helper()
	_, csr := newCSR(t, name)
	return issuance.FulfillRequest{ID: 1, URL: url, Name: name, Access: access, CSR: csr, CreatedAt: time.Now()}
}

// order creates an order. The test fails if it is rejected.
func order(t *testing.T, a *acme.Client, name string) (url string) {
	t.Helper()
	url, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// issue obtains a certificate and checks it.
func (r *fixture) issue(a *acme.Client, name string, access operations.AccessType) *x509.Certificate {
	r.t.Helper()
	key, csr := newCSR(r.t, name)
	chain, err := a.Fulfill(r.t.Context(), issuance.FulfillRequest{ID: 1, URL: order(r.t, a, name), Name: name, Access: access, CSR: csr})
	if err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	certificates, err := issuance.CheckChain(chain, name, key.Public(), time.Now())
	if err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	if _, err := certificates[0].Verify(x509.VerifyOptions{Roots: r.pebble.Issuers, Intermediates: pool(certificates[1:])}); err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	return certificates[0]
}

// checkFinalizedOnce checks that orders were finalized once, and only when ready.
func (r *fixture) checkFinalizedOnce() {
	r.t.Helper()
	counts := r.pebble.Counts()
	for id, n := range counts.Finalized {
		if n != 1 {
			r.t.Errorf("order %s was finalized %d times", id, n)
		}
	}
	if len(counts.Finalized) == 0 || counts.NotReady > 0 {
		r.t.Errorf("got %d orders finalized and %d requests for orders that were not ready, want some and none", len(counts.Finalized), counts.NotReady)
	}
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certificates {
		p.AddCert(c)
	}
	return p
}

// leaf returns a certificate, unknown to the authority, with an authority key
// identifier.
func leaf(t *testing.T) *x509.Certificate {
	t.Helper()
	served := httptest.NewTLSServer(nil)
	defer served.Close()
	c := *served.Certificate()
	c.AuthorityKeyId = []byte{1, 2, 3}
	return &c
}

// wantRejected returns the RejectedError. The test fails for any other error.
func wantRejected(t *testing.T, err error) *issuance.RejectedError {
	t.Helper()
	var rejected *issuance.RejectedError
	if !errors.As(err, &rejected) {
		t.Fatalf("got %v, want a RejectedError", err)
	}
	return rejected
}

// wantUnavailable returns the UnavailableError. The test fails if the error is of
// any other class.
func wantUnavailable(t *testing.T, err error) *acme.UnavailableError {
	t.Helper()
	var unavailable *acme.UnavailableError
	var rejected *issuance.RejectedError
	var later *issuance.RetryLaterError
	if !errors.As(err, &unavailable) || errors.As(err, &rejected) || errors.As(err, &later) || errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want an UnavailableError only", err)
	}
	return unavailable
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
