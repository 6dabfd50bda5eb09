package server

import (
	"context"
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
	"github.com/esacert/esacert/server/internal/metrics"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// IDs identify one request.
type IDs = gateway.IDs

// Nonces is the state of the cache of used nonces.
type Nonces = auth.NonceState

// Lowered is the result of LowerNonceHorizon.
type Lowered = auth.Lowered

// LostNoncesError reports that nonces of rejected requests could not be stored.
type LostNoncesError = auth.LostNoncesError

// ErrNotAhead is the error of LowerNonceHorizon if there is nothing to lower.
var ErrNotAhead = auth.ErrNotAhead

// Options are what a server is made of. Config and Store are needed.
type Options struct {
	Config *config.Config
	Store  store.Store // stays the caller's: Close does not close it

	Clock  func() time.Time // default time.Now
	NewIDs func() IDs       // default random; called from many goroutines
	Logger *slog.Logger     // default: nothing is logged

	// OnAccepted is called after each call that was carried out, before it is
	// answered. It must not wait. Nil for nothing.
	OnAccepted func()
}

// Server answers ApplyCertificate. It is an http.Handler that any number of
// goroutines may use; Serve puts it behind a listener with the time-outs and
// error answers that belong to it.
type Server struct {
	gateway    *gateway.Gateway
	pages      []route // handlers beside the API
	store      store.Store
	clock      func() time.Time
	logger     *slog.Logger
	nonces     *auth.DurableNonces
	journal    *journal.Journal
	scenarios  scenario.Queue
	metrics    *metrics.Metrics
	config     atomic.Pointer[running]
	stop       context.CancelFunc // of the work in the background
	background sync.WaitGroup
}

// running is the part of the configuration in force that the server itself reads.
type running struct {
	sites  operations.SiteFinder
	limits config.Limits
}

// New makes a server and reads back the nonces that the store remembers. Whoever
// makes one calls Close, before the store is closed.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Config == nil || o.Store == nil {
		return nil, errors.New("server: Options.Config and Options.Store are needed")
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

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page := s.routeFor(r); page != nil {
		page.ServeHTTP(w, r)
		return
	}
	s.gateway.ServeHTTP(w, r)
}

// Reload takes over accounts, sites, scenarios, region and the limits of a body
// of a new configuration. Requests that are on their way finish with the old
// one. What a listener or a store was made with stays: the time to read a
// request, the caps on URL, header and its fields as far as the listener has
// them too, the number of connections, the capacities of journal and nonces.
func (s *Server) Reload(c *config.Config) { s.gateway.Configure(s.configure(c)) }

// configure keeps what the server itself reads of a configuration, and returns what
// the gateway does.
func (s *Server) configure(c *config.Config) gateway.Settings {
	directory := c.Directory()
	s.config.Store(&running{sites: directory, limits: c.Limits})
	return gateway.Settings{
		Directory: directory, Operations: operations.New(directory, directory, s.store), Region: c.Region, HostID: c.HostID,
		Limits: gatewayLimits(c.Limits),
	}
}

func gatewayLimits(l config.Limits) gateway.Limits {
	return gateway.Limits{URL: l.URL, Header: l.Header, HeaderFields: l.HeaderFields, Body: l.Body}
}

// Journal has the last requests.
func (s *Server) Journal() *journal.Journal { return s.journal }

// Scenarios takes what the next calls are to be answered.
func (s *Server) Scenarios() *scenario.Queue { return &s.scenarios }

// Metrics has the counters.
func (s *Server) Metrics() *metrics.Metrics { return s.metrics }

// Store is the store that the server was given.
func (s *Server) Store() store.Store { return s.store }

// Now is the time of the server's clock.
func (s *Server) Now() time.Time { return s.clock() }

// Sites looks up sites in the configuration that is in force.
func (s *Server) Sites() operations.SiteFinder { return currentSites{s} }

// currentSites follows reloads.
type currentSites struct{ server *Server }

// Site finds a site of an account. The error is operations.ErrNoSite.
func (c currentSites) Site(ctx context.Context, account string, id int64) (operations.Site, error) {
	return c.server.config.Load().sites.Site(ctx, account, id)
}

// Ready reports why no call could be carried out now: the store fails, for
// example because the disk is full, or the clock is so far behind the horizon of
// forgotten nonces that requests dated at present are rejected.
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
func (s *Server) Nonces() Nonces { return s.nonces.State() }

// LowerNonceHorizon sets the horizon of forgotten nonces to the present second, so
// that requests dated at present are accepted again after the clock was ahead.
//
// Errors: ErrNotAhead, and those of the store; then nothing was changed.
func (s *Server) LowerNonceHorizon(ctx context.Context) (Lowered, error) {
	return s.nonces.LowerHorizon(ctx)
}

// Close ends the work in the background and saves the nonces that were not saved
// yet. The store stays open. It may be called more than once.
//
// Errors: *LostNoncesError if they cannot be saved.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	s.background.Wait()
	if err := s.nonces.Close(ctx); err != nil {
		return fmt.Errorf("server: save the used nonces: %w", err)
	}
	return nil
}
