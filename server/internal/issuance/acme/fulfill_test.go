package acme_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/operations"
)

func TestValidationRecovers(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a := r.newClient()
	r.httpTarget.SetBroken(true)
	url := order(t, a, "www.example.com")
	request := newFulfillRequest(t, url, "www.example.com", operations.CNAME)
	for range 2 { // during the failure, and again after a crash that lost the response
		_, err := a.Fulfill(t.Context(), request)
		got := wantRejected(t, err)
		if got.Problem.Type != namespace+"unauthorized" || !strings.Contains(got.Problem.Detail, "404") || !got.OrderInvalid {
			t.Errorf("got %+v, want the challenge's problem and an invalid order", got)
		}
	}
	r.httpTarget.SetBroken(false)
	r.issue(a, "www.example.com", operations.CNAME)
}

func TestBlockedName(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{Blocked: []string{"blocked.example"}})
	_, err := r.newClient().Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.blocked.example"})
	if got := wantRejected(t, err); got.Problem.Type != issuance.ProblemRejectedIdentifier {
		t.Errorf("got %+v, want %s", got, issuance.ProblemRejectedIdentifier)
	}
}

func TestBadNonces(t *testing.T) {
	t.Parallel()
	// With this seed, 3 of the first 5 nonces are rejected, two of them in a row.
	// Every application needs at least 5 requests.
	r := newFixture(t, pebbletest.Options{BadNonces: 0.3, Seed: 2})
	r.issue(r.newClient(), "*.example.com", operations.NS)
	if got := r.pebble.Counts().BadNonces; got < 3 {
		t.Errorf("got %d rejected nonces, want at least 3", got)
	}
}

func TestProcessingOrder(t *testing.T) {
	t.Parallel()
	t.Run("within the step", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t, pebbletest.Options{ProcessingPolls: 5})
		r.issue(r.newClient(), "www.example.com", operations.NS)
	})
	t.Run("longer than a step", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t, pebbletest.Options{ProcessingPolls: 3, RetryAfter: 7})
		a := r.newClient(func(o *acme.Options) { o.Processing = time.Second })
		request := newFulfillRequest(t, order(t, a, "www.example.com"), "www.example.com", operations.NS)
		waits := 0
		for {
			_, err := a.Fulfill(t.Context(), request)
			if err == nil {
				break
			}
			var later *issuance.RetryLaterError
			if !errors.As(err, &later) || later.Problem != nil || (later.After-7*time.Second).Abs() > time.Second {
				t.Fatalf("got %v (%+v), want a wait of 7s", err, later)
			}
			waits++
		}
		if waits != 3 {
			t.Errorf("got %d waits, want 3", waits)
		}
		r.checkFinalizedOnce()
	})
}

// TestFulfillIsIdempotent checks that repeated calls return the same certificate
// and do not finalize the order again.
func TestFulfillIsIdempotent(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a := r.newClient()
	request := newFulfillRequest(t, order(t, a, "www.example.com"), "www.example.com", operations.NS)
	first, err := a.Fulfill(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.newClient().Fulfill(t.Context(), request)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("got error %v, equal chains: %t, want the same chain", err, bytes.Equal(first, second))
	}
	r.checkFinalizedOnce()
}

func TestConcurrentWorkers(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{ProcessingPolls: 4})
	url := order(t, r.newClient(), "www.example.com")
	request := newFulfillRequest(t, url, "www.example.com", operations.NS)
	chains := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range chains {
		a := r.newClient()
		all.Go(func() {
			var err error
			if chains[i], err = a.Fulfill(t.Context(), request); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, chain := range chains[1:] {
		if !bytes.Equal(chain, chains[0]) {
			t.Error("workers received different chains")
		}
	}
	// Several workers may have seen the ready order; the authority accepts only one
	// request.
	for id, n := range r.pebble.Counts().Finalized {
		if n != 1 {
			t.Errorf("order %s was finalized %d times", id, n)
		}
	}
}

// TestHandoverAtEveryRequest cancels the step at each request in turn. A process
// without any state in memory then completes it.
func TestHandoverAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, access := range []operations.AccessType{operations.NS, operations.CNAME} {
		t.Run(string(access), func(t *testing.T) {
			t.Parallel()
			var at, seen atomic.Int64
			var end atomic.Pointer[context.CancelFunc]
			r := newFixture(t, pebbletest.Options{Intercept: func(http.ResponseWriter, *http.Request) bool {
				if cancel := end.Load(); cancel != nil && seen.Add(1) == at.Load() {
					(*cancel)()
				}
				return false
			}})
			canceled := 0
			for at.Store(1); ; at.Add(1) {
				seen.Store(0)
				name := fmt.Sprintf("n%d.example.com", at.Load()) // Pebble may use a validation again
				request := newFulfillRequest(t, order(t, r.newClient(), name), name, access)
				ctx, cancel := context.WithCancel(t.Context())
				end.Store(&cancel)
				_, err := r.newClient().Fulfill(ctx, request)
				end.Store(nil)
				cancel()
				if err == nil {
					break // all requests have been canceled in turn
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("canceled at request %d: got %v, want the context's error", at.Load(), err)
				}
				canceled++
				r.pebble.Wait() // the canceled request may still be in progress there
				if _, err := r.newClient().Fulfill(t.Context(), request); err != nil {
					t.Fatalf("after cancellation at request %d: %v", at.Load(), err)
				}
			}
			if canceled < 6 {
				t.Errorf("got %d cancellations, want at least 6", canceled)
			}
			r.checkFinalizedOnce()
			t.Logf("canceled at %d requests", canceled)
		})
	}
}

func TestUnknownOrder(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a, other := r.newClient(), r.newClient(func(o *acme.Options) { o.Name = "another-account" })
	known := order(t, other, "www.example.com")
	for _, c := range []struct{ name, url, want string }{
		{"unknown", known[:strings.LastIndex(known, "/")] + "/unknown", issuance.ProblemOrder},
		{"of another account", known, namespace + "unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := a.Fulfill(t.Context(), newFulfillRequest(t, c.url, "www.example.com", operations.NS))
			if got := wantRejected(t, err); !got.OrderInvalid || got.Problem.Type != c.want {
				t.Errorf("got %+v, want %s and an invalid order", got, c.want)
			}
		})
	}
}

func TestFinalizeRejected(t *testing.T) {
	t.Parallel()
	const caa = `{"type":"urn:ietf:params:acme:error:caa","detail":"forbidden"}`
	r := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(
		pebbletest.Response{Path: pebbletest.PathFinalize, Status: 403, Body: caa, Times: 1})})
	a := r.newClient()
	request := newFulfillRequest(t, order(t, a, "www.example.com"), "www.example.com", operations.NS)
	_, err := a.Fulfill(t.Context(), request)
	if got := wantRejected(t, err); got.Problem.Type != namespace+"caa" || got.OrderInvalid {
		t.Errorf("got %+v, want caa and an order that is still valid", got)
	}
	if _, err := a.Fulfill(t.Context(), request); err != nil {
		t.Errorf("second attempt with the same order: %v", err)
	}

	_, other := request, newFulfillRequest(t, order(t, a, "www.example.com"), "www.example.com", operations.NS)
	other.CSR = newFulfillRequest(t, "", "not-ordered.example.com", operations.NS).CSR
	_, err = a.Fulfill(t.Context(), other)
	if got := wantRejected(t, err); got.Problem.Type != namespace+"unauthorized" {
		t.Errorf("got %+v for a CSR with another name, want unauthorized", got)
	}
}

// TestChallengeChoice checks that the site's access type and the configured
// solvers determine the challenge.
func TestChallengeChoice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		access  operations.AccessType
		solvers string
		want    string // challenge type, or substring of the error
	}{
		{"www.example.com", operations.NS, "dns-01 http-01", challenge.DNS01},
		{"www.example.com", operations.CNAME, "dns-01 http-01", challenge.HTTP01},
		{"www.example.com", operations.NS, "http-01", challenge.HTTP01},
		{"www.example.com", operations.CNAME, "dns-01", challenge.DNS01},
		{"*.example.com", operations.NS, "dns-01 http-01", challenge.DNS01},
		{"*.example.com", operations.NS, "http-01", "a wildcard name is validated by dns-01 only"},
	} {
		t.Run(c.name+" "+string(c.access)+" "+c.solvers, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{})
			used := &callRecorder{}
			a := r.newClient(func(o *acme.Options) {
				all := o.Solvers
				o.Solvers = map[string]challenge.Solver{}
				for _, typ := range strings.Fields(c.solvers) {
					o.Solvers[typ] = used.wrap(all[typ])
				}
			})
			_, err := a.Fulfill(t.Context(), newFulfillRequest(t, order(t, a, c.name), c.name, c.access))
			if err != nil {
				if message := wantUnavailable(t, err).Error(); !strings.Contains(message, c.want) || !strings.Contains(message, "authority offers dns") {
					t.Errorf("got %s\nwant %q", message, c.want)
				}
				return
			}
			if got := strings.Join(used.calls, " "); got != "present "+c.want+" clean-up "+c.want {
				t.Errorf("got calls %s, want %s presented and cleaned up", got, c.want)
			}
		})
	}
}

// callRecorder records the calls of solvers.
type callRecorder struct {
	mu    sync.Mutex
	calls []string
}

func (n *callRecorder) wrap(s challenge.Solver) challenge.Solver {
	return &recordingSolver{Solver: s, recorder: n}
}

func (n *callRecorder) record(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls = append(n.calls, what)
}

type recordingSolver struct {
	challenge.Solver
	recorder *callRecorder
}

func (s *recordingSolver) Present(ctx context.Context, c challenge.Challenge) error {
	s.recorder.record("present " + c.Type)
	return s.Solver.Present(ctx, c)
}

func (s *recordingSolver) CleanUp(ctx context.Context, c challenge.Challenge) error {
	s.recorder.record("clean-up " + c.Type)
	return s.Solver.CleanUp(ctx, c)
}

// failingSolver is a solver whose Present fails.
type failingSolver struct {
	challenge.Solver
	err error
}

func (f failingSolver) Present(context.Context, challenge.Challenge) error { return f.err }

func TestFailingSolver(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{errors.New("the DNS is down"), context.DeadlineExceeded} {
		r := newFixture(t, pebbletest.Options{})
		a := r.newClient(func(o *acme.Options) {
			o.Solvers = map[string]challenge.Solver{challenge.DNS01: failingSolver{o.Solvers[challenge.DNS01], cause}}
		})
		request := newFulfillRequest(t, order(t, a, "www.example.com"), "www.example.com", operations.NS)
		_, err := a.Fulfill(t.Context(), request)
		if message := wantUnavailable(t, err).Error(); !strings.Contains(message, cause.Error()) {
			t.Errorf("got %s, want %v", message, cause)
		}
		if _, err := r.newClient().Fulfill(t.Context(), request); err != nil {
			t.Errorf("second attempt with a working solver: %v", err)
		}
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{Profiles: map[string]ca.Profile{
		"classic": {Description: "90 days", ValidityPeriod: 90 * 86400}, "shortlived": {Description: "6 days", ValidityPeriod: 6 * 86400},
	}})
	for profile, days := range map[string]int{"classic": 90, "shortlived": 6} {
		a := r.newClient(func(o *acme.Options) { o.Profile = profile })
		leaf := r.issue(a, "www.example.com", operations.NS)
		if got := int(leaf.NotAfter.Sub(leaf.NotBefore).Round(time.Hour) / (24 * time.Hour)); got != days {
			t.Errorf("%s: got a lifetime of %d days, want %d", profile, got, days)
		}
	}
	_, err := r.newClient(func(o *acme.Options) { o.Profile = "tlsserver" }).Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
	if message := wantUnavailable(t, err).Error(); !strings.Contains(message, `no profile "tlsserver"`) || !strings.Contains(message, "classic, shortlived") {
		t.Errorf("got %s, want the available profiles", message)
	}
}

// TestSlowValidation checks that the step ends while validation is pending, and
// that the challenge response stays visible.
func TestSlowValidation(t *testing.T) {
	t.Parallel()
	const pending = `{"status":"pending","identifier":{"type":"dns","value":"www.example.com"},"challenges":[{"type":"dns-01","status":"processing","token":"t","url":"URL/chalZ/1"}]}`
	var polls atomic.Int64
	r := newFixture(t, pebbletest.Options{Intercept: func(w http.ResponseWriter, q *http.Request) bool {
		if !strings.HasPrefix(q.URL.Path, pebbletest.PathAuthorize) || polls.Add(1) > 3 {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "60")
		_, _ = w.Write([]byte(strings.ReplaceAll(pending, "URL", "https://"+q.Host)))
		return true
	}})
	used := &callRecorder{}
	a := r.newClient(func(o *acme.Options) {
		o.Solvers = map[string]challenge.Solver{challenge.DNS01: used.wrap(o.Solvers[challenge.DNS01])}
	})
	request := newFulfillRequest(t, order(t, a, "www.example.com"), "www.example.com", operations.NS)
	_, err := a.Fulfill(t.Context(), request)
	var later *issuance.RetryLaterError
	if !errors.As(err, &later) || later.After != time.Minute || later.Problem != nil {
		t.Fatalf("got %v, want a RetryLaterError of one minute", err)
	}
	if got := strings.Join(used.calls, " "); got != "present dns-01" {
		t.Errorf("got calls %s, want the response still visible", got)
	}
	polls.Store(3)
	if _, err := a.Fulfill(t.Context(), request); err != nil {
		t.Error(err)
	}
}
