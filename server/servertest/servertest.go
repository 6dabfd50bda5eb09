// Package servertest runs the server inside a Go test:
//
//	func TestMyTool(t *testing.T) {
//		srv := servertest.New(t)
//		out, err := srv.Client().ApplyCertificate(t.Context(), client.ApplyCertificateInput{
//			SiteID: servertest.SiteID, Domains: []string{"www.example.com"},
//		})
//		…
//	}
//
// By default, it serves the built-in example from memory. Servers are isolated
// from each other, so tests may run in parallel. A server does not listen on a
// socket until URL is called. IDs ascend from one, the clock can be set, and
// responses can be replaced by errors and faults:
//
//	srv.RespondWith(esaerrors.QuotaExceeded, 2)       // reject the next two calls
//	srv.InjectFault(servertest.ConnectionReset, 1)    // reset the connection of the third
//	srv.Clock.Advance(20 * time.Minute)               // the caller's clock is now wrong
//
// An accepted application stays Applying until the test advances the clock past
// the configured delay or calls WaitIssued. Then the embedded authority issues its
// certificate. Nothing runs in the background.
//
//	record := srv.WaitIssued(ctx, srv.LastEntry().IDs[0]) // advances the clock as needed
//	certificate := srv.Certificate(record.ID)             // a tls.Certificate under srv.Roots()
//
// AddCertificate and UploadCertificate add certificates in any status that the
// operations show. For some, they advance the clock:
//
//	id := srv.AddCertificate(ctx, client.StatusExpiring, "www.example.com")
//
// Certificates have ECDSA keys, so that tests are fast. A real server uses RSA
// keys by default. A call with AlgType=RSA and key_type in the configuration select
// RSA keys here, too.
package servertest

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/gateway"
	"github.com/esacert/esacert/server/internal/inprocess"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// Values of the built-in example; 'esacertd config example' prints all of it.
const (
	AccountID       = "1000000000000001"
	AccessKeyID     = "testid"
	AccessKeySecret = "testsecret"
	SiteID          = int64(1234567890123) // example.com, NS, active
)

// ScenarioSite returns the ID of the site in the built-in example that returns a
// documented error for any correctly signed request.
func ScenarioSite(row *esaerrors.Error) int64 {
	return 4000000000000 + int64(esaops.ApplyCertificate.Row(row))
}

// Server is a server for one test.
type Server struct {
	// Clock is the clock of the server and of the clients that Client returns.
	Clock *Clock

	t      testing.TB
	server *core.Server
	issue  *issuer
	start  sync.Once
	url    string

	startAdmin sync.Once
	adminURL   string

	nonces atomic.Uint64
	series uint64 // keeps nonces of two servers on one store apart
}

// Option configures a server.
type Option func(*settings)

type settings struct {
	config []byte
	store  store.Store
	logger *slog.Logger
	now    time.Time
}

// WithConfig sets the configuration (YAML). The default is the built-in example.
func WithConfig(yaml string) Option { return func(s *settings) { s.config = []byte(yaml) } }

// WithStore sets the store. The default is a store in memory. The caller must close
// the store.
func WithStore(st store.Store) Option { return func(s *settings) { s.store = st } }

// WithLogger sets the logger. By default, nothing is logged.
func WithLogger(l *slog.Logger) Option { return func(s *settings) { s.logger = l } }

// WithTime stops the server's clock at the given time.
func WithTime(now time.Time) Option { return func(s *settings) { s.now = now } }

// New starts a server and stops it when the test ends. Errors fail the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := settings{config: config.Example()}
	for _, option := range options {
		option(&s)
	}
	ctx := context.WithoutCancel(t.Context())
	cfg, err := config.Parse(s.config, t.Name()+".yaml")
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	if cfg.Issuing.KeyType == "" {
		cfg.Issuing.KeyType = string(issuance.ECDSAP256) // creating an RSA key takes about 0.1 s
	}
	if s.store == nil {
		s.store = openMemory(ctx, t)
	}
	clock := &Clock{}
	if !s.now.IsZero() {
		clock.Set(s.now)
	}
	srv, err := core.New(ctx, core.Options{
		Config: cfg, Store: s.store, Logger: s.logger, Clock: clock.Now, NewIDs: sequentialIDs(),
	})
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	t.Cleanup(func() {
		if err := srv.Close(ctx); err != nil && !errors.Is(err, store.ErrClosed) {
			t.Errorf("servertest: %v", err)
		}
	})
	issue := newIssuer(t, cfg, s, srv, clock)
	return &Server{Clock: clock, t: t, server: srv, issue: issue, series: rand.Uint64()} //nolint:gosec // not a secret: it only has to differ
}

func openMemory(ctx context.Context, t testing.TB) store.Store {
	t.Helper()
	db, err := sqlite.Open(ctx, sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatalf("servertest: open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("servertest: close the store: %v", err)
		}
	})
	return db
}

// sequentialIDs numbers requests: the first ID is 00000000-0000-5000-8000-000000000001.
func sequentialIDs() func() gateway.IDs {
	var count atomic.Uint64
	return func() gateway.IDs {
		var b [32]byte
		n := count.Add(1)
		binary.BigEndian.PutUint64(b[8:], n)
		binary.BigEndian.PutUint64(b[24:], n)
		return gateway.IDsOf(b)
	}
}

// Store returns the store of the server.
func (s *Server) Store() store.Store { return s.server.Store() }

// Handler returns the server's handler, for a listener or mux of the test.
func (s *Server) Handler() http.Handler { return s.server }

// Transport returns a transport that passes requests to the server without a
// socket, for any host.
func (s *Server) Transport() http.RoundTripper { return inprocess.Transport(s.server) }

// URL returns the base URL of the server, on a free port of loopback. The first
// call starts the listener.
func (s *Server) URL() string {
	s.t.Helper()
	s.start.Do(func() {
		ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			cancel()
			s.t.Fatalf("servertest: %v", err)
		}
		s.url = "http://" + l.Addr().String()
		done := make(chan error, 1)
		go func() { done <- s.server.Serve(ctx, l) }()
		s.t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				s.t.Errorf("servertest: %v", err)
			}
		})
	})
	return s.url
}

// Client returns an SDK client that calls the server without a socket, with the
// account's access key and the server's clock. By default it does not retry. The
// options are applied last.
func (s *Server) Client(options ...client.Option) *client.Client {
	s.t.Helper()
	all := append([]client.Option{
		client.WithEndpoint("http://esa.test"),
		client.WithTransport(s.Transport()),
		client.WithCredentials(client.StaticCredentials(AccessKeyID, AccessKeySecret)),
		client.WithClock(s.Clock.Now),
		client.WithNonce(s.nextNonce),
		client.WithoutRetry(),
	}, options...)
	c, err := client.New(all...)
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	return c
}

// nextNonce returns a nonce that is unique among all clients of the server.
func (s *Server) nextNonce() string {
	var b [32]byte
	binary.BigEndian.PutUint64(b[16:], s.series)
	binary.BigEndian.PutUint64(b[24:], s.nonces.Add(1))
	return gateway.IDsOf(b).Trace
}

// RespondWith makes the server respond to the next correctly signed calls with an
// error of the contract.
func (s *Server) RespondWith(row *esaerrors.Error, times int) {
	s.t.Helper()
	s.push(scenario.Scenario{Response: row, Times: times})
}

// Throttle makes the server throttle the next calls. The header x-acs-retry-after
// contains retryAfter, unless it is 0.
func (s *Server) Throttle(retryAfter time.Duration, times int) {
	s.t.Helper()
	s.push(scenario.Scenario{Response: esaerrors.ThrottlingUser, RetryAfter: retryAfter, Times: times})
}

// InjectFault injects a fault into the next calls.
func (s *Server) InjectFault(fault Fault, times int) {
	s.t.Helper()
	s.push(scenario.Scenario{Fault: fault, Times: times})
}

func (s *Server) push(a scenario.Scenario) {
	s.t.Helper()
	if err := s.server.Scenarios().Push(a); err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
}

// Journal returns the journal, oldest entry first. The entry of a call is added
// before the response is sent.
func (s *Server) Journal() []Entry { return s.server.Journal().Entries(journal.Query{}) }

// LastEntry returns the newest entry of the journal. It fails the test if the
// journal is empty.
func (s *Server) LastEntry() Entry {
	s.t.Helper()
	entries := s.server.Journal().Entries(journal.Query{Limit: 1})
	if len(entries) == 0 {
		s.t.Fatal("servertest: the journal is empty: no request was received")
	}
	return entries[0]
}

// Applications returns all stored applications by ascending ID.
func (s *Server) Applications() []store.Application {
	s.t.Helper()
	var all []store.Application
	for after := int64(0); ; {
		page, err := s.server.Store().Applications(context.WithoutCancel(s.t.Context()), store.Query{After: after, Limit: 1000})
		if err != nil {
			s.t.Fatalf("servertest: %v", err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1].ID
	}
}

// SetStatus sets the status of an application to Issued or Failed.
func (s *Server) SetStatus(id int64, to store.Status) {
	s.t.Helper()
	if err := s.server.Store().Finish(context.WithoutCancel(s.t.Context()), id, to, s.Clock.Now()); err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
}

// Stop stops the server before the end of the test and saves its state, like a
// daemon that receives SIGTERM.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.server.Close(context.WithoutCancel(s.t.Context())); err != nil {
		s.t.Errorf("servertest: %v", err)
	}
}

// LowerNonceHorizon makes the server accept requests of the present after its clock
// was set back, like 'esacertd nonces lower'. It does nothing if they are accepted
// already.
func (s *Server) LowerNonceHorizon() {
	s.t.Helper()
	_, err := s.server.LowerNonceHorizon(context.WithoutCancel(s.t.Context()))
	if err != nil && !errors.Is(err, core.ErrNotAhead) {
		s.t.Fatalf("servertest: %v", err)
	}
}

// Reload replaces the configuration (YAML) for subsequent requests.
func (s *Server) Reload(yaml string) {
	s.t.Helper()
	cfg, err := config.Parse([]byte(yaml), s.t.Name()+".yaml")
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	s.server.Reload(cfg)
}
