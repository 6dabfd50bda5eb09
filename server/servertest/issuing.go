package servertest

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/store"
)

// issuer fulfills the applications of a test server. It is created on first use,
// so that tests without issuing are fast. It has no goroutine: it works when the
// test moves the clock or waits.
type issuer struct {
	t       testing.TB
	jobs    store.Jobs // nil if the store does not support certificates
	open    func() (*issuersetup.Service, error)
	working sync.Mutex // serializes steps of concurrent clock moves
}

func newIssuer(t testing.TB, cfg *config.Config, s settings, srv *core.Server, clock *Clock) *issuer {
	jobs, ok := s.store.(store.Jobs)
	if !ok || cfg.Issuing.Off {
		return &issuer{t: t, jobs: jobs}
	}
	f := &issuer{t: t, jobs: jobs}
	f.open = sync.OnceValues(func() (*issuersetup.Service, error) {
		return issuersetup.New(context.WithoutCancel(t.Context()), issuersetup.Options{
			Config: cfg, Jobs: jobs, Sites: srv.Sites(), Logger: s.logger, Now: clock.Now, InMemory: true,
			// Keys are deterministic, like IDs. They protect nothing.
			Random: rand.NewChaCha8([32]byte([]byte("esacert's servertest: not random"))),
		})
	})
	srv.SealKeysWith(f)
	if cfg.Issuing.RevokeOnDelete {
		srv.RevokeWith(f)
	}
	err := srv.Mount(challenge.Path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, err := f.open()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		i.HTTP01().ServeHTTP(w, r)
	}))
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	clock.mu.Lock()
	clock.moved = func() { f.runDue(context.WithoutCancel(t.Context())) }
	clock.mu.Unlock()
	return f
}

// SealKey implements operations.KeySealer.
func (f *issuer) SealKey(id int64, key crypto.Signer) ([]byte, error) {
	i, err := f.open()
	if err != nil {
		return nil, err
	}
	return i.SealKey(id, key)
}

// RevokeCertificate implements core.Authorities.
func (f *issuer) RevokeCertificate(ctx context.Context, authority string, leaf *x509.Certificate) error {
	i, err := f.open()
	if err != nil {
		return err
	}
	return i.RevokeCertificate(ctx, authority, leaf)
}

// get returns the issuer. It fails the test if issuing is disabled.
func (f *issuer) get() *issuersetup.Service {
	f.t.Helper()
	switch {
	case f.jobs == nil:
		f.t.Fatal("servertest: issuing is disabled: the store of WithStore does not implement store.Jobs")
	case f.open == nil:
		f.t.Fatal("servertest: issuing is disabled: the configuration has issuing: off")
	}
	i, err := f.open()
	if err != nil {
		f.t.Fatalf("servertest: %v", err)
	}
	return i
}

// runDue runs all steps that are due.
func (f *issuer) runDue(ctx context.Context) {
	f.t.Helper()
	i := f.get()
	f.working.Lock()
	defer f.working.Unlock()
	if _, err := i.RunDue(ctx); err != nil {
		f.t.Errorf("servertest: %v", err)
	}
}

func (f *issuer) record(ctx context.Context, id int64) store.JobRecord {
	f.t.Helper()
	found, err := f.jobs.ListRecords(ctx, store.Query{After: id - 1, Limit: 1})
	if err != nil || len(found) == 0 || found[0].ID != id {
		f.t.Fatalf("servertest: application %d is not stored (%v)", id, err)
	}
	return found[0]
}

// maxSteps bounds WaitIssued, because an unreachable authority is retried forever.
const maxSteps = 20

// WaitIssued waits until the certificate of an application is issued and returns
// the stored record. It advances the clock as needed: past the delay of the
// embedded authority and the pauses between attempts. If the application fails, or
// is not issued after 20 steps, the test fails with its last problem.
func (s *Server) WaitIssued(ctx context.Context, id int64) store.JobRecord {
	s.t.Helper()
	for range maxSteps {
		s.issue.runDue(ctx)
		r := s.issue.record(ctx, id)
		switch {
		case r.Status == store.Issued:
			return r
		case r.Status == store.Failed || r.Progress.Due.IsZero():
			s.t.Fatalf("servertest: application %d is %s: %s", id, r.Status, problem(r.Progress.Problem))
		case ctx.Err() != nil:
			s.t.Fatalf("servertest: application %d is still %s: %v", id, r.Status, ctx.Err())
		}
		if wait := r.Progress.Due.Sub(s.Clock.Now()); wait > 0 {
			s.Clock.Advance(wait)
		}
	}
	r := s.issue.record(ctx, id)
	s.t.Fatalf("servertest: application %d is still %s after %d steps: %s", id, r.Status, maxSteps, problem(r.Progress.Problem))
	return r
}

func problem(p *store.Problem) string {
	if p == nil {
		return "no problem is recorded"
	}
	return fmt.Sprintf("%s: %s", p.Type, p.Detail)
}

// Certificate returns the current certificate of an application, with its private
// key and Leaf. It fails the test if none is issued.
func (s *Server) Certificate(id int64) tls.Certificate {
	s.t.Helper()
	i := s.issue.get()
	stored, err := s.issue.jobs.Certificate(context.WithoutCancel(s.t.Context()), id)
	if err != nil {
		s.t.Fatalf("servertest: the certificate of application %d: %v", id, err)
	}
	key, err := issuance.ExportKey(i.Keys(), id, stored)
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	pair, err := tls.X509KeyPair(stored.Chain, key)
	if err != nil {
		s.t.Fatalf("servertest: the certificate of application %d: %v", id, err)
	}
	return pair
}

// Roots returns a pool with the root of the embedded authority, for
// tls.Config.RootCAs.
func (s *Server) Roots() *x509.CertPool {
	s.t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.issue.get().Local().Root())
	return pool
}

// AddAuthorityFault makes the embedded authority reject, delay or fail orders. An
// invalid fault fails the test.
func (s *Server) AddAuthorityFault(f AuthorityFault) {
	s.t.Helper()
	if err := s.issue.get().Local().Faults().Add(f); err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
}

// AdvanceInSteps advances the clock by d in steps and runs what is due after each,
// like a server that runs all the time: a renewal happens when it is due, not at
// the end.
func (s *Server) AdvanceInSteps(d, step time.Duration) {
	s.t.Helper()
	if step <= 0 {
		s.t.Fatalf("servertest: AdvanceInSteps: step is %v, want more than 0", step)
	}
	for ; d > 0; d -= step {
		s.Clock.Advance(min(d, step))
	}
}
