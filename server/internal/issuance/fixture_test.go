package issuance_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	account         = "1000000000000001"
	siteID    int64 = 1234567890123
	authority       = "local"
	day             = 24 * time.Hour
	leaseTime       = 5 * time.Minute
)

// database is the store of the loop and the tests.
type database interface {
	store.Store
	store.Jobs
}

// fixture is a loop with its dependencies and a manual clock.
type fixture struct {
	t     testing.TB
	clock *clock
	db    database
	ring  *seal.Keyring
	ca    *localca.CA
	auth  *scripted
	sites *sites
	seen  *recorder
	loop  *issuance.Loop
}

func newFixture(t testing.TB, change ...func(*issuance.Options)) *fixture {
	t.Helper()
	w := &fixture{t: t, clock: newClock(), sites: &sites{}, seen: &recorder{}}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: sqlite.Memory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db = db
	if w.ring, err = seal.New(seeded(1)); err != nil {
		t.Fatal(err)
	}
	if w.ca, err = localca.Open(localca.Options{Now: w.clock.now, Random: seeded(2)}); err != nil {
		t.Fatal(err)
	}
	w.auth = &scripted{Authority: w.ca}
	w.loop = w.newLoop(change...)
	return w
}

// newLoop creates another loop with the same dependencies.
func (w *fixture) newLoop(change ...func(*issuance.Options)) *issuance.Loop {
	w.t.Helper()
	o := issuance.Options{
		Jobs: w.db, Sites: w.sites, Keys: w.ring, Observer: w.seen,
		Authorities: map[string]issuance.Authority{authority: w.auth},
		Routes:      map[string]string{"lets_encrypt": authority},
		Now:         w.clock.now, Random: seeded(3), Seed: 4, Lease: leaseTime, KeyType: issuance.ECDSAP256,
	}
	for _, c := range change {
		c(&o)
	}
	loop, err := issuance.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return loop
}

func (w *fixture) apply(names ...string) []store.Application {
	w.t.Helper()
	made, err := w.db.Apply(w.t.Context(), store.ApplyRequest{
		Account: account, SiteID: siteID, Domains: names, Type: "lets_encrypt", RequestID: "R", At: w.clock.now(),
		Plan: "enterprise", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// run runs the due steps. The test fails unless their number is as expected.
func (w *fixture) run(want int) {
	w.t.Helper()
	n, err := w.loop.RunDue(w.t.Context())
	if err != nil || n != want {
		w.t.Fatalf("RunDue = %d, %v, want %d steps", n, err, want)
	}
}

func (w *fixture) record(id int64) store.JobRecord {
	w.t.Helper()
	records, err := w.db.ListRecords(w.t.Context(), store.Query{After: id - 1, Limit: 1})
	if err != nil || len(records) != 1 || records[0].ID != id {
		w.t.Fatalf("ListRecords(%d) = %+v, %v, want one record", id, records, err)
	}
	return records[0]
}

// toDue moves the clock to the time when the application's next step is due.
func (w *fixture) toDue(id int64) {
	w.t.Helper()
	due := w.record(id).Progress.Due
	if due.IsZero() {
		w.t.Fatalf("application %d has no due step", id)
	}
	w.clock.set(due)
}

// wantStatus checks the status of an application and returns its record.
func (w *fixture) wantStatus(id int64, want store.Status) store.JobRecord {
	w.t.Helper()
	r := w.record(id)
	if r.Status != want {
		w.t.Fatalf("application %d is %s, want %s: %+v", id, r.Status, want, r.Progress.Problem)
	}
	return r
}

// wantDue checks the time until the next step: the given duration or, due to
// jitter, up to a tenth less.
func (w *fixture) wantDue(id int64, want time.Duration) {
	w.t.Helper()
	got := w.record(id).Progress.Due.Sub(w.clock.now())
	if got > want || got < want-want/10 {
		w.t.Errorf("application %d is due in %v, want %v or up to a tenth less", id, got, want)
	}
}

// wantProblem checks the type of the last problem and returns the problem.
func (w *fixture) wantProblem(id int64, typ string) store.Problem {
	w.t.Helper()
	p := w.record(id).Progress.Problem
	if p == nil || p.Type != typ {
		w.t.Fatalf("application %d has the problem %+v, want %s", id, p, typ)
	}
	return *p
}

// hasOrder reports whether an order is saved.
func (w *fixture) hasOrder(id int64) bool {
	w.t.Helper()
	found := false
	err := w.db.Sealed(w.t.Context(), func(s store.Sealed) error {
		found = found || s.Owner == fmt.Sprintf("order/%d", id)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// leaf checks the certificate in use and returns it.
func (w *fixture) leaf(id int64) *x509.Certificate {
	w.t.Helper()
	c, err := w.db.Certificate(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := issuance.ExportKey(w.ring, id, c)
	if err != nil {
		w.t.Fatal(err)
	}
	block, _ := pem.Decode(key)
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		w.t.Fatal(err)
	}
	chain, err := issuance.CheckChain(c.Chain, w.record(id).Domain, publicOf(private), c.NotBefore)
	if err != nil {
		w.t.Fatal(err)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(w.ca.Root())
	between.AddCert(chain[1])
	_, err = chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: c.NotBefore})
	if err != nil {
		w.t.Fatal(err)
	}
	return chain[0]
}

// sites finds one NS site, or none if missing is set.
type sites struct {
	mu      sync.Mutex
	missing bool
	err     error
}

func (s *sites) Site(_ context.Context, account string, id int64) (operations.Site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return operations.Site{}, s.err
	}
	if s.missing || id != siteID {
		return operations.Site{}, fmt.Errorf("%w: %s %d", operations.ErrNoSite, account, id)
	}
	return operations.Site{ID: id, Name: "example.com", Access: operations.NS, Status: operations.Active}, nil
}

// scripted wraps an authority with hooks that can replace its results.
type scripted struct {
	issuance.Authority
	mu        sync.Mutex
	orders    []issuance.OrderRequest
	fulfills  []issuance.FulfillRequest
	onOrder   func(ctx context.Context, r issuance.OrderRequest) error // nil error: continue
	onFulfill func(ctx context.Context, r issuance.FulfillRequest) error
	onChain   func(chain []byte) []byte
	onInfo    func(leaf *x509.Certificate) (issuance.RenewalInfo, error)
}

func (s *scripted) Order(ctx context.Context, r issuance.OrderRequest) (string, error) {
	s.mu.Lock()
	s.orders = append(s.orders, r)
	hook := s.onOrder
	s.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, r); err != nil {
			return "", err
		}
	}
	return s.Authority.Order(ctx, r)
}

func (s *scripted) Fulfill(ctx context.Context, r issuance.FulfillRequest) ([]byte, error) {
	s.mu.Lock()
	s.fulfills = append(s.fulfills, r)
	hook, change := s.onFulfill, s.onChain
	s.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, r); err != nil {
			return nil, err
		}
	}
	chain, err := s.Authority.Fulfill(ctx, r)
	if change != nil && err == nil {
		chain = change(chain)
	}
	return chain, err
}

func (s *scripted) RenewalInfo(ctx context.Context, leaf *x509.Certificate) (issuance.RenewalInfo, error) {
	if s.onInfo != nil {
		return s.onInfo(leaf)
	}
	return s.Authority.RenewalInfo(ctx, leaf)
}

// failFulfill makes Fulfill fail with the error.
func (s *scripted) failFulfill(err error) {
	s.onFulfill = func(context.Context, issuance.FulfillRequest) error { return err }
}

// failOrder makes Order fail with the error.
func (s *scripted) failOrder(err error) {
	s.onOrder = func(context.Context, issuance.OrderRequest) error { return err }
}

// recorder is an observer that records its calls.
type recorder struct {
	mu     sync.Mutex
	events []string
	took   []time.Duration
}

func (r *recorder) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, fmt.Sprintf(format, args...))
}

func (r *recorder) Issued(a store.Application, _ store.Certificate, took time.Duration) {
	r.add("issued %s %s", a.Domain, a.Status)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took = append(r.took, took)
}

func (r *recorder) Renewed(a store.Application, c store.Certificate) {
	r.add("renewed %s %d", a.Domain, c.Renewals)
}
func (r *recorder) Failed(a store.Application, p store.Problem) {
	r.add("failed %s %s", a.Domain, p.Type)
}
func (r *recorder) Refused(a store.Application, p store.Problem) {
	r.add("refused %s %s", a.Domain, p.Type)
}
func (r *recorder) Delivered(a store.Application) { r.add("delivered %s", a.Domain) }

// count returns the number of events with the prefix.
func (r *recorder) count(prefix string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if len(e) >= len(prefix) && e[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}

func publicOf(private any) crypto.PublicKey { return private.(crypto.Signer).Public() }

// refusal returns a RejectedError with a problem type of RFC 8555.
func refusal(typ string, orderInvalid bool) error {
	return &issuance.RejectedError{
		Problem:      store.Problem{Type: "urn:ietf:params:acme:error:" + typ, Detail: "because", Status: 403},
		OrderInvalid: orderInvalid,
	}
}

var errUnreachable = errors.New("dial tcp 192.0.2.1:443: connect: connection refused")
