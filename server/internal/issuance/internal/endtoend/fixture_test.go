package endtoend

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
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
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	account         = "1000000000000001"
	nsSite    int64 = 1234567890123 // validated by DNS
	cnameSite int64 = 1234567890124 // validated by HTTP
	zone            = "acme.test"
)

// sites finds two sites by their IDs.
type sites struct{}

func (sites) Site(_ context.Context, _ string, id int64) (operations.Site, error) {
	access := operations.NS
	if id == cnameSite {
		access = operations.CNAME
	}
	return operations.Site{ID: id, Name: "example.com", Access: access, Status: operations.Active, Plan: "enterprise"}, nil
}

// clock is the real clock plus an adjustable offset.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// fixture is a store, an authority, the solvers of its challenges, and the options
// of a loop.
type fixture struct {
	t            *testing.T
	clock        *clock
	db           store.JobStore
	keys         *seal.Keyring
	dnsServer    *dns01.Server
	dnsAddr      string // DNS server of the challenge zone
	httpTarget   *pebbletest.HTTPTarget
	pebble       *pebbletest.Pebble
	loop         *issuance.Loop
	options      issuance.Options
	httpAccounts []http01.Account
}

// newFixture starts a Pebble that validates against the DNS server and the HTTP
// handler of the fixture.
func newFixture(t *testing.T, o pebbletest.Options) *fixture {
	t.Helper()
	w := &fixture{t: t, clock: &clock{}}
	var err error
	if w.db, err = sqlite.Open(t.Context(), sqlite.Config{Path: sqlite.Memory}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	if w.keys, err = seal.New(nil); err != nil {
		t.Fatal(err)
	}
	if w.dnsServer, err = dns01.New(dns01.Options{Zone: zone, Nameservers: []string{"ns.example.net"}}); err != nil {
		t.Fatal(err)
	}
	listening, err := w.dnsServer.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listening.Close() })
	w.httpTarget = pebbletest.StartHTTPTarget(t)
	w.dnsAddr = listening.Addr
	if o.Resolver == "" {
		o.Resolver = pebbletest.StartResolver(t, func(name string) (string, string) { return pebbletest.Delegated(zone, w.dnsAddr)(name) }).Addr
	}
	o.HTTPPort = w.httpTarget.Port
	w.pebble = pebbletest.Start(t, o)
	w.options = issuance.Options{
		Jobs: w.db, Sites: sites{}, Keys: w.keys, KeyType: issuance.ECDSAP256, Now: w.clock.now, Workers: 4, Poll: 20 * time.Millisecond,
		Authorities: map[string]issuance.Authority{}, Routes: map[string]string{},
	}
	return w
}

// newRequest creates a certificate signing request with a new key.
func newRequest(t *testing.T, name string) []byte {
	t.Helper()
	key, err := issuance.NewECDSAKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{name}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

func portOf(t *testing.T, addr net.Addr) int {
	t.Helper()
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// addAuthority adds an authority for a certificate type.
func (w *fixture) addAuthority(typ, name string, change ...func(*acme.Options)) {
	w.t.Helper()
	o := acme.Options{
		Name: name, DirectoryURL: w.pebble.DirectoryURL, Roots: w.pebble.Roots, TermsAgreed: true,
		Accounts: w.db, Keys: w.keys, Now: w.clock.now,
		Solvers: map[string]challenge.Solver{challenge.HTTP01: &http01.Solver{}, challenge.DNS01: w.dnsServer},
		Poll:    10 * time.Millisecond,
	}
	for _, c := range change {
		c(&o)
	}
	a, err := acme.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.options.Authorities[name], w.options.Routes[typ] = a, name
	w.httpAccounts = append(w.httpAccounts, http01.Account{Authority: name, Thumbprint: a.Thumbprint})
}

// start creates the loop. Tests call runDue or run it.
func (w *fixture) start() {
	w.t.Helper()
	w.httpTarget.Set(http01.New(http01.AccountsByOrder(w.db, w.httpAccounts), nil))
	var err error
	if w.loop, err = issuance.New(w.options); err != nil {
		w.t.Fatal(err)
	}
}

// apply adds accepted applications to the store.
func (w *fixture) apply(site int64, typ string, domains ...string) []store.Application {
	w.t.Helper()
	return apply(w.t, w.db, w.clock.now(), site, typ, domains...)
}

func apply(t *testing.T, db store.Store, at time.Time, site int64, typ string, domains ...string) []store.Application {
	t.Helper()
	accepted, err := db.Apply(t.Context(), store.ApplyRequest{
		Account: account, SiteID: site, Domains: domains, Type: typ, RequestID: "R", At: at,
		Plan: "enterprise", Family: typ, Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
	})
	if err != nil {
		t.Fatal(err)
	}
	return accepted
}

// runDue runs the steps that are due.
func (w *fixture) runDue() {
	w.t.Helper()
	if _, err := w.loop.RunDue(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// record returns the record of an application.
func (w *fixture) record(id int64) store.JobRecord {
	w.t.Helper()
	found, err := w.db.ListRecords(w.t.Context(), store.Query{After: id - 1, Limit: 1})
	if err != nil || len(found) != 1 || found[0].ID != id {
		w.t.Fatalf("application %d: %v, %v", id, found, err)
	}
	return found[0]
}

// wantIssued checks the certificate of an application and returns it.
func (w *fixture) wantIssued(id int64) *x509.Certificate {
	w.t.Helper()
	r := w.record(id)
	if r.Status != store.Issued {
		w.t.Fatalf("%s is %s: %+v, %+v", r.Domain, r.Status, r.Progress, r.Progress.Problem)
	}
	c, err := w.db.Certificate(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := issuance.ExportKey(w.keys, id, c)
	if err != nil {
		w.t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(c.Chain, key)
	if err != nil {
		w.t.Fatal(err)
	}
	intermediates := x509.NewCertPool()
	intermediates.AppendCertsFromPEM(c.Chain)
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: w.pebble.Issuers, Intermediates: intermediates}); err != nil {
		w.t.Error(err)
	}
	if fmt.Sprint(pair.Leaf.DNSNames) != fmt.Sprint([]string{r.Domain}) {
		w.t.Errorf("certificate is for %q, want %q", pair.Leaf.DNSNames, r.Domain)
	}
	return pair.Leaf
}

// checkFinalizedOnce checks that the given number of orders was finalized, each of
// them once and only when ready.
func (w *fixture) checkFinalizedOnce(want int) {
	w.t.Helper()
	checkFinalizedOnce(w.t, w.pebble.Counts(), want)
	if n := w.pebble.Counts().NotReady; n > 0 {
		w.t.Errorf("got %d finalize requests for orders that were not ready, want 0", n)
	}
}

func checkFinalizedOnce(t *testing.T, counts pebbletest.Counts, want int) {
	t.Helper()
	if len(counts.Finalized) != want {
		t.Errorf("got %d finalized orders, want %d", len(counts.Finalized), want)
	}
	for id, n := range counts.Finalized {
		if n != 1 {
			t.Errorf("order %s was finalized %d times", id, n)
		}
	}
}
