// Package servertest is the server inside a Go test, in one line:
//
//	func TestMyTool(t *testing.T) {
//		srv := servertest.New(t)
//		out, err := srv.Client().ApplyCertificate(t.Context(), client.ApplyCertificateInput{
//			SiteID: servertest.SiteID, Domains: []string{"www.example.com"},
//		})
//		…
//	}
//
// It serves the built-in example unless told otherwise, in memory, for this
// test alone: any number of them run side by side. Nothing listens on a socket
// until URL is called. Ids count up from one, the clock can be set, and any
// answer can be ordered:
//
//	srv.RespondWith(esaerrors.QuotaExceeded, 2)      // the next two calls
//	srv.InjectFault(scenario.ConnectionReset, 1)      // then one that is cut off
//	srv.Clock.Advance(20 * time.Minute)         // and now the caller's clock is wrong
//
// An accepted application stays Applying until the test lets time pass: it is
// issued by the embedded authority when the clock has been moved past the
// configured delay, or when the test waits for it. Nothing happens by itself.
//
//	record := srv.WaitIssued(ctx, srv.LastEntry().IDs[0]) // moves the clock as far as it takes
//	certificate := srv.Certificate(record.ID)        // a tls.Certificate under srv.Roots()
//
// Certificates have ECDSA keys, so that tests are quick. A real server has RSA
// keys by default; a call that sends AlgType=RSA, key_type in the configuration
// and WithKeyType choose them here, too.
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
	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// What the built-in example has; see 'esacertd config example' for the rest.
const (
	AccountID       = "1000000000000001"
	AccessKeyID     = "testid"
	AccessKeySecret = "testsecret"
	SiteID          = int64(1234567890123) // example.com, NS, active
)

// ScenarioSite returns the site of the built-in example that answers a row of
// the documented table to any well-signed request.
func ScenarioSite(row *esaerrors.Error) int64 { return 4000000000000 + int64(row.Number) }

// Server is a server for one test.
type Server struct {
	// Clock is the server's time, and that of the clients that Client makes.
	Clock *Clock

	t      testing.TB
	server *server.Server
	issue  *issuer
	start  sync.Once
	url    string

	startAdmin sync.Once
	adminURL   string

	nonces atomic.Uint64
	series uint64 // so that two servers on one store do not hand out the same nonces
}

// Option changes how a server is made.
type Option func(*settings)

type settings struct {
	config []byte
	store  store.Store
	logger *slog.Logger
	now    time.Time

	keyType issuance.KeyType
}

// WithConfig serves this configuration (YAML) instead of the built-in example.
func WithConfig(yaml string) Option { return func(s *settings) { s.config = []byte(yaml) } }

// WithStore keeps what is stored in this store instead of one in memory. It
// stays the caller's to close.
func WithStore(st store.Store) Option { return func(s *settings) { s.store = st } }

// WithLogger logs there. The default logs nothing.
func WithLogger(l *slog.Logger) Option { return func(s *settings) { s.logger = l } }

// WithTime stops the server's clock at a time, from the start.
func WithTime(now time.Time) Option { return func(s *settings) { s.now = now } }

// WithKeyType sets the keys of certificates whose application has no AlgType that
// chooses one. By default the configuration's key_type chooses, and if
// that is left out, ECDSA: an RSA key, which a real server has by default, takes
// about 0.1 s.
func WithKeyType(k issuance.KeyType) Option { return func(s *settings) { s.keyType = k } }

// New starts a server; it stops when the test ends. What goes wrong fails the
// test.
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
	switch {
	case s.keyType != "":
		cfg.Issuing.KeyType = string(s.keyType)
	case cfg.Issuing.KeyType == "":
		cfg.Issuing.KeyType = string(issuance.ECDSAP256)
	}
	if s.store == nil {
		s.store = openMemory(ctx, t)
	}
	clock := &Clock{}
	if !s.now.IsZero() {
		clock.Set(s.now)
	}
	srv, err := server.New(ctx, server.Options{
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
	return &Server{Clock: clock, t: t, server: srv, issue: issue, series: rand.Uint64()} //nolint:gosec // no secret: it only has to differ
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

// countingIDs counts requests: the first is 00000000-0000-5000-8000-000000000001.
func sequentialIDs() func() server.IDs {
	var count atomic.Uint64
	return func() server.IDs {
		var b [32]byte
		n := count.Add(1)
		binary.BigEndian.PutUint64(b[8:], n)
		binary.BigEndian.PutUint64(b[24:], n)
		return server.IDsOf(b)
	}
}

// Store is what the server stores in.
func (s *Server) Store() store.Store { return s.server.Store() }

// Handler answers requests; for a listener or a mux of one's own.
func (s *Server) Handler() http.Handler { return s.server }

// Transport carries requests to the server without a socket, whatever host
// they name.
func (s *Server) Transport() http.RoundTripper { return Transport(s.server) }

// URL is where the server listens, on a free port of loopback. The first call
// starts the listener.
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

// Client is an SDK client of the server, without a socket, with the account's
// own key, the server's clock and nonces of its own. Options are applied
// after these. It makes one attempt only, unless an option says otherwise.
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

// nextNonce counts for all clients of the server: two of them never send the
// same.
func (s *Server) nextNonce() string {
	var b [32]byte
	binary.BigEndian.PutUint64(b[16:], s.series)
	binary.BigEndian.PutUint64(b[24:], s.nonces.Add(1))
	return server.IDsOf(b).Trace
}

// Answer lets the next calls that are well signed be answered with an error of
// the contract.
func (s *Server) RespondWith(row *esaerrors.Error, times int) {
	s.t.Helper()
	s.push(scenario.Answer{Error: row, Times: times})
}

// Throttle lets the next calls be throttled, with the time to wait that
// x-acs-retry-after tells; 0 tells none.
func (s *Server) Throttle(retryAfter time.Duration, times int) {
	s.t.Helper()
	s.push(scenario.Answer{Error: esaerrors.ThrottlingUser, RetryAfter: retryAfter, Times: times})
}

// Fault lets the next calls end in a fault.
func (s *Server) InjectFault(fault scenario.Fault, times int) {
	s.t.Helper()
	s.push(scenario.Answer{Fault: fault, Times: times})
}

func (s *Server) push(a scenario.Answer) {
	s.t.Helper()
	if err := s.server.Scenarios().Push(a); err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
}

// Journal is what the server answered, oldest first, and which rule decided. A
// call is in it before its answer goes out.
func (s *Server) Journal() []journal.Entry { return s.server.Journal().Entries(journal.Query{}) }

// Last is the newest entry of the journal.
func (s *Server) LastEntry() journal.Entry {
	s.t.Helper()
	entries := s.server.Journal().Entries(journal.Query{Limit: 1})
	if len(entries) == 0 {
		s.t.Fatal("servertest: the journal is empty: no request was answered yet")
	}
	return entries[0]
}

// Applications is what is stored, by ascending id.
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

// Finish moves an application to Issued or Failed, as the issuing of its
// certificate would.
func (s *Server) SetStatus(id int64, to store.Status) {
	s.t.Helper()
	if err := s.server.Store().Finish(context.WithoutCancel(s.t.Context()), id, to, s.Clock.Now()); err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
}

// Stop ends the server before the end of the test, as a daemon that is told to
// stop: what it has to save is saved.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.server.Close(context.WithoutCancel(s.t.Context())); err != nil {
		s.t.Errorf("servertest: %v", err)
	}
}

// LowerNonceHorizon lets the server accept requests of the present after its clock
// was set back, as 'esacertd nonces lower' does. If they are accepted already, it
// does nothing.
func (s *Server) LowerNonceHorizon() {
	s.t.Helper()
	_, err := s.server.LowerNonceHorizon(context.WithoutCancel(s.t.Context()))
	if err != nil && !errors.Is(err, server.ErrNotAhead) {
		s.t.Fatalf("servertest: %v", err)
	}
}

// Reload serves another configuration (YAML) from the next request on.
func (s *Server) Reload(yaml string) {
	s.t.Helper()
	cfg, err := config.Parse([]byte(yaml), s.t.Name()+".yaml")
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	s.server.Reload(cfg)
}
