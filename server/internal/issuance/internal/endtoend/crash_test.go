//go:build unix

package endtoend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/dns01"
	"github.com/esacert/esacert/server/internal/issuance/http01"
	"github.com/esacert/esacert/server/internal/issuance/internal/crashtest"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

const crashWorkers = 4

// crashApplications returns the number of applications, half of them wildcards.
// Short runs, for example with the race detector, have fewer.
func crashApplications() int {
	if testing.Short() {
		return 40
	}
	return 200
}

// plan is the argument of the process.
type plan struct {
	Directory string
	Roots     []byte
	Lease     time.Duration
}

// addresses are the current addresses of the process.
type addresses struct{ HTTP, DNS string }

func addressFile(dir string) string { return filepath.Join(dir, "addresses") }
func database(dir string) string    { return filepath.Join(dir, "esacert.db") }
func keyFile(dir string) string     { return filepath.Join(dir, "keys") }

// issueAll runs in the process: a store, a loop, an ACME client and both solvers.
// In addition to the checkpoints of the loop, it may be killed or stopped before
// and after each request to the authority, after each Present and before each
// CleanUp.
func issueAll(ctx context.Context, w *crashtest.Worker) (err error) {
	var p plan
	if err := json.Unmarshal([]byte(w.Argument), &p); err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, sqlite.Config{Path: database(w.Dir)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ring, err := seal.Load(keyFile(w.Dir))
	if err != nil {
		return err
	}
	names, err := dns01.New(dns01.Options{Zone: zone, Nameservers: []string{"ns.example.net"}})
	if err != nil {
		return err
	}
	listening, err := names.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	o := acme.Options{
		Name: "pebble", DirectoryURL: p.Directory, TermsAgreed: true, Accounts: db, Keys: ring, Poll: 10 * time.Millisecond,
		Transport: &crashingTransport{next: newTransport(p.Roots), point: w.Checkpoint},
		Solvers: map[string]challenge.Solver{
			challenge.HTTP01: &crashingSolver{Solver: &http01.Solver{}, point: w.Checkpoint},
			challenge.DNS01:  &crashingSolver{Solver: names, point: w.Checkpoint},
		},
	}
	authority, err := acme.New(o)
	if err != nil {
		return err
	}
	handler := http01.New(http01.AccountsByOrder(db, []http01.Account{{Authority: o.Name, Thumbprint: authority.Thumbprint}}), nil)
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(target, handler) }()
	if err := publishAddresses(w.Dir, addresses{HTTP: target.Addr().String(), DNS: listening.Addr}); err != nil {
		return err
	}
	ahead := &clock{}
	loop, err := issuance.New(issuance.Options{
		Jobs: db, Sites: sites{}, Keys: ring, Checkpoint: w.Checkpoint, Now: ahead.now,
		Authorities: map[string]issuance.Authority{o.Name: authority}, Routes: map[string]string{"lets_encrypt": o.Name},
		Seed: w.Seed, KeyType: issuance.ECDSAP256, Workers: crashWorkers, Lease: p.Lease, Poll: 10 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go shortTimeouts(ctx, db, ahead, 2*p.Lease)
	return crashtest.UntilIssued(ctx, db, loop)
}

// shortTimeouts advances the clock while no step is due: after a failure the next
// step is due in a minute. Leases are not shortened.
func shortTimeouts(ctx context.Context, db store.JobStore, c *clock, lease time.Duration) {
	for {
		next, err := db.NextDue(ctx)
		if wait := next.Sub(c.now()); err == nil && wait > lease {
			c.advance(wait)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// publishAddresses writes the addresses atomically.
func publishAddresses(dir string, a addresses) error {
	content, err := json.Marshal(a)
	if err != nil {
		return err
	}
	next := addressFile(dir) + ".next"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return err
	}
	return os.Rename(next, addressFile(dir))
}

func readAddresses(dir string) (a addresses) {
	if content, err := os.ReadFile(addressFile(dir)); err == nil {
		_ = json.Unmarshal(content, &a)
	}
	return a
}

func newTransport(roots []byte) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = rootsOnly(roots)
	return t
}

// crashingTransport calls a checkpoint before and after each request.
type crashingTransport struct {
	next  http.RoundTripper
	point func(string)
}

func (m *crashingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	m.point("before " + kind)
	response, err := m.next.RoundTrip(r)
	m.point("after " + kind)
	return response, err
}

// crashingSolver calls a checkpoint after Present and before CleanUp.
type crashingSolver struct {
	challenge.Solver
	point func(string)
}

func (m *crashingSolver) Present(ctx context.Context, c challenge.Challenge) error {
	err := m.Solver.Present(ctx, c)
	m.point("presented")
	return err
}

func (m *crashingSolver) CleanUp(ctx context.Context, c challenge.Challenge) error {
	m.point("validated")
	return m.Solver.CleanUp(ctx, c)
}

// crashFixture is the state outside the process.
type crashFixture struct {
	dir    string
	pebble *pebbletest.Pebble
	keys   *seal.Keyring
}

// newCrashFixture starts a Pebble that finds the process at its current addresses,
// and creates a database with open applications.
func newCrashFixture(t *testing.T) *crashFixture {
	t.Helper()
	s := &crashFixture{dir: t.TempDir()}
	resolver := pebbletest.StartResolver(t, func(name string) (string, string) {
		return pebbletest.Delegated(zone, readAddresses(s.dir).DNS)(name)
	})
	s.pebble = pebbletest.Start(t, pebbletest.Options{Resolver: resolver.Addr, HTTPPort: s.startHTTPProxy(t), ProcessingPolls: 1})
	var err error
	if s.keys, err = seal.Create(keyFile(s.dir)); err != nil {
		t.Fatal(err)
	}
	db := s.open(t)
	for i := range crashApplications() / 2 {
		apply(t, db, time.Now(), cnameSite, "lets_encrypt", fmt.Sprintf("www.n%d.example.com", i))
		apply(t, db, time.Now(), nsSite, "lets_encrypt", fmt.Sprintf("*.n%d.example.com", i))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *crashFixture) open(t *testing.T) store.JobStore {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: database(s.dir)})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// startHTTPProxy starts a proxy that forwards http-01 requests to the process,
// waiting while the process is restarted. It returns the port.
func (s *crashFixture) startHTTPProxy(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "the-process"})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			for {
				c, err := new(net.Dialer).DialContext(ctx, network, readAddresses(s.dir).HTTP)
				if err == nil || ctx.Err() != nil {
					return c, err
				}
				time.Sleep(10 * time.Millisecond)
			}
		}},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return portOf(t, l.Addr())
}

// run runs the process by the plan and audits the result.
func (s *crashFixture) run(t *testing.T, p crashtest.Plan, lease time.Duration) {
	t.Helper()
	argument, err := json.Marshal(plan{Directory: s.pebble.DirectoryURL, Roots: s.pebble.Roots, Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	p.Scenario, p.Dir, p.Argument, p.Timeout = "issue", s.dir, string(argument), 5*time.Minute
	began := time.Now()
	result := crashtest.Run(t, p)
	took := time.Since(began)

	db := s.open(t)
	defer func() { _ = db.Close() }()
	want := crashApplications()
	report := crashtest.Audit(t, db, s.keys, want)
	if report.Certificates != want {
		t.Errorf("got %d certificates in use, want %d", report.Certificates, want)
	}
	if err := db.Sealed(t.Context(), func(sealed store.Sealed) error {
		if strings.HasPrefix(sealed.Owner, "order/") {
			t.Errorf("the store still has an order: %s", sealed.Owner)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	counts := s.pebble.Counts()
	checkFinalizedOnce(t, counts, want)
	if counts.Accounts != 1 {
		t.Errorf("got %d accounts, want 1", counts.Accounts)
	}
	hit := result.Killed() + result.Stopped()
	if hit < want/40 {
		t.Errorf("got %d kills and stops, want at least %d", hit, want/40)
	}
	t.Logf("%d applications, half of them wildcards, %d workers: %d kills and %d stops at %d different points, %d starts; "+
		"%d issued, %d orders created (%d unused), %d finalized, none twice, %d finalize requests repeated; %v",
		want, crashWorkers, result.Killed(), result.Stopped(), len(result.Kills)+len(result.Stops), result.Starts,
		report.Issued, counts.Orders, counts.Orders-want, len(counts.Finalized), counts.NotReady, took.Round(time.Millisecond))
}

// TestKill kills the process at random checkpoints.
func TestKill(t *testing.T) {
	newCrashFixture(t).run(t, crashtest.Plan{Seed: 1, Kill: 0.006}, time.Second)
}

// TestStop stops the process for longer than the lease, so that its steps have
// expired when it continues.
func TestStop(t *testing.T) {
	newCrashFixture(t).run(t, crashtest.Plan{Seed: 2, Stop: 0.003, StopDuration: 900 * time.Millisecond}, 600*time.Millisecond)
}
