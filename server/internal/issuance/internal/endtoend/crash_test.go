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

// crashApplications is how many there are, half of them wildcards. Short runs,
// such as those of the race detector, have fewer.
func crashApplications() int {
	if testing.Short() {
		return 40
	}
	return 200
}

// plan is what the process that is killed is told.
type plan struct {
	Directory string
	Roots     []byte
	Lease     time.Duration
}

// reached is where the process can be reached now.
type addresses struct{ HTTP, DNS string }

func addressFile(folder string) string { return filepath.Join(folder, "reached") }
func database(folder string) string    { return filepath.Join(folder, "esacert.db") }
func keyFile(folder string) string     { return filepath.Join(folder, "keys") }

// issueAll is the process: a store, a loop, an authority, and both answers to
// its challenges. Each request to the authority, before and after, and each
// answer to a challenge is a point at which it may be killed or stopped, beside
// those of the loop.
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
	answers := http01.New(http01.AccountsByOrder(db, []http01.Account{{Authority: o.Name, Thumbprint: authority.Thumbprint}}), nil)
	edge, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(edge, answers) }()
	if err := publishAddresses(w.Dir, addresses{HTTP: edge.Addr().String(), DNS: listening.Addr}); err != nil {
		return err
	}
	hurried := &clock{}
	loop, err := issuance.New(issuance.Options{
		Jobs: db, Sites: sites{}, Keys: ring, Checkpoint: w.Checkpoint, Now: hurried.now,
		Authorities: map[string]issuance.Authority{o.Name: authority}, Routes: map[string]string{"lets_encrypt": o.Name},
		Seed: w.Seed, KeyType: issuance.ECDSAP256, Workers: crashWorkers, Lease: p.Lease, Poll: 10 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go shortTimeouts(ctx, db, hurried, 2*p.Lease)
	return crashtest.UntilIssued(ctx, db, loop)
}

// shortTimeouts lets the time pass in which there is nothing to do: after a failure the
// next step is due in a minute. No lease is shortened by it.
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

// announce writes the addresses down, in one step.
func publishAddresses(folder string, r addresses) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	next := addressFile(folder) + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, addressFile(folder))
}

func readAddresses(folder string) (r addresses) {
	if text, err := os.ReadFile(addressFile(folder)); err == nil {
		_ = json.Unmarshal(text, &r)
	}
	return r
}

func newTransport(roots []byte) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = rootsOnly(roots)
	return t
}

// crashingTransport is a connection to the authority on which the process may die.
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

// fixture is what outlives the process.
type crashFixture struct {
	dir    string
	pebble *pebbletest.Pebble
	keys   *seal.Keyring
}

// newScene has a Pebble that finds the process where it is now, and a database
// with open applications.
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

// edge passes on what is asked on port 80 of all names, as long as it takes
// until the process is there.
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

// run treats the process as planned, and checks what it leaves.
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
		t.Errorf("%d certificates in use, want %d", report.Certificates, want)
	}
	if err := db.Sealed(t.Context(), func(sealed store.Sealed) error {
		if strings.HasPrefix(sealed.Owner, "order/") {
			t.Errorf("an order is left in the store: %s", sealed.Owner)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	counts := s.pebble.Counts()
	checkFinalizedOnce(t, counts, want)
	if counts.Accounts != 1 {
		t.Errorf("%d accounts were made, want 1", counts.Accounts)
	}
	hit := result.Killed() + result.Stopped()
	if hit < want/40 {
		t.Errorf("killed or stopped %d times: too seldom to test anything", hit)
	}
	t.Logf("%d applications, half of them wildcards, %d workers: %d kills and %d stops at %d different points, %d starts; "+
		"%d issued, %d orders opened (%d left over), %d finalized, none twice, %d times asked for when it was done already; %v",
		want, crashWorkers, result.Killed(), result.Stopped(), len(result.Kills)+len(result.Stops), result.Starts,
		report.Issued, counts.Orders, counts.Orders-want, len(counts.Finalized), counts.NotReady, took.Round(time.Millisecond))
}

// SIGKILL at any point of the way.
func TestKill(t *testing.T) {
	newCrashFixture(t).run(t, crashtest.Plan{Seed: 1, Kill: 0.006}, time.Second)
}

// SIGSTOP for longer than the lease: the process wakes up to steps that are
// somebody else's.
func TestStop(t *testing.T) {
	newCrashFixture(t).run(t, crashtest.Plan{Seed: 2, Stop: 0.003, StopDuration: 900 * time.Millisecond}, 600*time.Millisecond)
}
