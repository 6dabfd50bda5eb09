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

// accounts is a store of accounts in memory, as store.Jobs describes it.
type accounts struct {
	mu    sync.Mutex
	held  map[string]store.ACMEAccount
	saves []string // "key" or "url", in order
	err   error    // of every call
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

// fixture is an authority with all that it needs to validate names: our own handler
// and our own DNS.
type fixture struct {
	t          *testing.T
	pebble     *pebbletest.Pebble
	dnsServer  *dns01.Server
	resolver   *pebbletest.Resolver
	accounts   *accounts
	keys       *seal.Keyring
	options    acme.Options
	httpTarget *pebbletest.HTTPTarget
	setHandler sync.Once // at the edge: the first authority
}

// newFixture starts a Pebble that validates by our own solvers.
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

// authority makes one of the rig's options.
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

// request makes a key and a request for a certificate.
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

// fulfilRequest is an order for a name of a site with the given access.
func newFulfillRequest(t *testing.T, url, name string, access operations.AccessType) issuance.FulfillRequest {
	t.Helper()
	_, csr := newCSR(t, name)
	return issuance.FulfillRequest{ID: 1, URL: url, Name: name, Access: access, CSR: csr, CreatedAt: time.Now()}
}

// order opens an order that must be taken.
func order(t *testing.T, a *acme.Client, name string) (url string) {
	t.Helper()
	url, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// issue gets a certificate and checks it.
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

// once checks that no order was finalized twice, nor tried to be.
func (r *fixture) checkFinalizedOnce() {
	r.t.Helper()
	counts := r.pebble.Counts()
	for id, n := range counts.Finalized {
		if n != 1 {
			r.t.Errorf("order %s was finalized %d times", id, n)
		}
	}
	if len(counts.Finalized) == 0 || counts.NotReady > 0 {
		r.t.Errorf("%d orders finalized, %d requests to finalize one that was not ready", len(counts.Finalized), counts.NotReady)
	}
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certificates {
		p.AddCert(c)
	}
	return p
}

// leaf makes a certificate of nobody's, which an authority may be asked about.
func leaf(t *testing.T) *x509.Certificate {
	t.Helper()
	served := httptest.NewTLSServer(nil)
	defer served.Close()
	c := *served.Certificate()
	c.AuthorityKeyId = []byte{1, 2, 3}
	return &c
}

// refusal is the problem of a refusal; the test fails for any other error.
func wantRejected(t *testing.T, err error) *issuance.RejectedError {
	t.Helper()
	var refused *issuance.RejectedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return refused
}

// unavailable is an error that is neither a refusal nor a wait nor the context's.
func wantUnavailable(t *testing.T, err error) *acme.UnavailableError {
	t.Helper()
	var troubled *acme.UnavailableError
	var refused *issuance.RejectedError
	var later *issuance.RetryLaterError
	if !errors.As(err, &troubled) || errors.As(err, &refused) || errors.As(err, &later) || errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want trouble", err)
	}
	return troubled
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
