package core

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/gateway"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/lookup"
	"github.com/esacert/esacert/server/internal/metrics"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// ErrNotAhead is the error of LowerNonceHorizon if there is nothing to lower.
var ErrNotAhead = auth.ErrNotAhead

// Options are the options of New. Config and Store are required.
type Options struct {
	Config *config.Config
	Store  store.Store // the caller closes it, after Close

	Clock  func() time.Time   // default: time.Now
	NewIDs func() gateway.IDs // default: random; must be safe for concurrent use
	Logger *slog.Logger       // default: no logging

	// OnAccepted is called after each accepted call, before the response is sent. It
	// must not block. If nil, it is not called.
	OnAccepted func()
}

// Server serves ApplyCertificate. It is an http.Handler, safe for concurrent use.
// Serve adds a listener with timeouts and responses to malformed requests.
type Server struct {
	gateway    *gateway.Gateway
	pages      []route // other handlers on the listener
	store      store.Store
	sealer     atomic.Pointer[operations.KeySealer]
	revoker    *revoker
	clock      func() time.Time
	logger     *slog.Logger
	nonces     *auth.DurableNonces
	journal    *journal.Journal
	scenarios  scenario.Queue
	metrics    *metrics.Metrics
	config     atomic.Pointer[running]
	stop       context.CancelFunc // stops the background goroutines
	background sync.WaitGroup
}

// running is the part of the current configuration that the server itself reads.
type running struct {
	sites  operations.SiteFinder
	limits config.Limits
}

// New returns a server and restores the stored nonces. The caller must call Close
// before closing the store.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Config == nil || o.Store == nil {
		return nil, errors.New("server: Options.Config and Options.Store are required")
	}
	s := &Server{
		store: o.Store, clock: o.Clock, logger: o.Logger,
		journal: journal.New(o.Config.Journal.Capacity),
		metrics: metrics.New(),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.revoker = newRevoker(s.logger)
	newIDs := o.NewIDs
	if newIDs == nil {
		newIDs = gateway.RandomIDs
	}
	cache := auth.NewNonces(o.Config.Nonces.Capacity)
	s.nonces = auth.NewDurableNonces(cache, s.store, s.clock, s.logger)
	var err error
	s.gateway, err = gateway.New(gateway.Options{
		Authenticator: auth.New(cache), Nonces: s.nonces, Clock: s.clock, NewIDs: newIDs,
		Scenarios: &s.scenarios, Journal: s.journal, Metrics: s.metrics, Logger: s.logger, OnAccepted: o.OnAccepted,
	}, s.configure(o.Config))
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.nonces.Restore(ctx); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() { s.nonces.Run(background) })
	return s, nil
}

// ServeHTTP passes a request to a mounted handler or to the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page := s.routeFor(r); page != nil {
		page.ServeHTTP(w, r)
		return
	}
	s.gateway.ServeHTTP(w, r)
}

// Reload applies accounts, sites, scenarios, region and limits of a new
// configuration. Requests in progress finish with the old one. Settings of a listener
// or a store stay: the time to read a request, the limits on URL and header that the
// listener enforces, the number of connections, and the capacities of journal and
// nonces.
func (s *Server) Reload(c *config.Config) { s.gateway.Configure(s.configure(c)) }

// SealKeysWith sets what encrypts the private keys of uploaded certificates. Until
// then they are checked and not stored.
func (s *Server) SealKeysWith(k operations.KeySealer) { s.sealer.Store(&k) }

// SealKey implements operations.KeySealer.
func (s *Server) SealKey(id int64, key crypto.Signer) ([]byte, error) {
	if k := s.sealer.Load(); k != nil {
		return (*k).SealKey(id, key)
	}
	return nil, nil
}

// RevokeWith sets how deleted certificates are revoked at their authorities. Until
// then they are not revoked.
func (s *Server) RevokeWith(a Authorities) { s.revoker.authorities.Store(&a) }

// configure stores the part of a configuration that the server itself reads, and
// returns the settings of the gateway.
func (s *Server) configure(c *config.Config) gateway.Settings {
	found := lookup.New(c)
	s.config.Store(&running{sites: found, limits: c.Limits})
	return gateway.Settings{
		Directory: found, Operations: operations.New(found, found, s.store, c.Region, s, s.revoker), Region: c.Region, HostID: c.HostID,
		Limits: gatewayLimits(c.Limits),
	}
}

func gatewayLimits(l config.Limits) gateway.Limits {
	return gateway.Limits{URL: l.URL, Header: l.Header, HeaderFields: l.HeaderFields, Body: l.Body}
}

// Journal returns the journal of recent requests.
func (s *Server) Journal() *journal.Journal { return s.journal }

// Scenarios returns the queue of errors and faults to inject.
func (s *Server) Scenarios() *scenario.Queue { return &s.scenarios }

// Metrics returns the metrics.
func (s *Server) Metrics() *metrics.Metrics { return s.metrics }

// Store returns the store of the server.
func (s *Server) Store() store.Store { return s.store }

// Now returns the time of the server's clock.
func (s *Server) Now() time.Time { return s.clock() }

// Sites returns a SiteFinder for the current configuration.
func (s *Server) Sites() operations.SiteFinder { return currentSites{s} }

// currentSites finds sites in the current configuration.
type currentSites struct{ server *Server }

func (c currentSites) Site(ctx context.Context, account string, id int64) (operations.Site, error) {
	return c.server.config.Load().sites.Site(ctx, account, id)
}

// Ready returns an error if the server cannot process requests: the store fails, for
// example because the disk is full, or the clock is so far behind the horizon of
// forgotten nonces that requests of the present are rejected.
func (s *Server) Ready(ctx context.Context) error {
	if err := s.store.Ping(ctx); err != nil {
		return fmt.Errorf("server: the store: %w", err)
	}
	s.nonces.CheckHorizon()
	if n := s.Nonces(); n.Closed {
		return errors.New("server: " + n.Warning())
	}
	return nil
}

// Nonces returns the state of the cache of used nonces.
func (s *Server) Nonces() auth.NonceState { return s.nonces.State() }

// LowerNonceHorizon sets the horizon of forgotten nonces to the present second, so
// that requests dated at present are accepted again after the clock was ahead.
//
// Errors: ErrNotAhead, and those of the store; then nothing was changed.
func (s *Server) LowerNonceHorizon(ctx context.Context) (auth.Lowered, error) {
	return s.nonces.LowerHorizon(ctx)
}

// Close stops the background goroutines, waits at most 10 seconds for revocations in
// progress, and saves the queued nonces. It does not close the store. It may be called
// more than once.
//
// Errors: *LostNoncesError if nonces cannot be saved.
func (s *Server) Close(ctx context.Context) error {
	s.revoker.close()
	s.stop()
	s.background.Wait()
	if err := s.nonces.Close(ctx); err != nil {
		return fmt.Errorf("server: save the used nonces: %w", err)
	}
	return nil
}
