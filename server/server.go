package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaserver"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/metrics"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// Directory is what a configuration tells of accounts and sites.
type Directory interface {
	auth.Directory
	operations.SiteFinder
	operations.QuotaSource
	// Scenario returns what a site answers to any well-signed request.
	Scenario(site int64) (*esaerrors.Error, bool)
}

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
	store         store.Store
	clock         func() time.Time
	newIDs        func() IDs
	logger        *slog.Logger
	notify        func() // after an accepted call
	echo          *echo.Echo
	pages         []route // what is answered beside the API
	headers       fixedHeaders
	nonces        *auth.NonceCache
	authenticator *auth.Authenticator
	saver         *nonceWriter
	horizonLog    horizonLog
	journal       *journal.Journal
	scenarios     scenario.Queue
	metrics       *metrics.Metrics
	state         atomic.Pointer[state]
	stop          context.CancelFunc // of the work in the background
	background    sync.WaitGroup
}

// state is what a reload replaces, whole.
type state struct {
	directory Directory
	region    string
	hostID    string
	limits    config.Limits
	bodies    bodies
}

// New makes a server and reads back the nonces that the store remembers. Whoever
// makes one calls Close, before the store is closed.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Config == nil || o.Store == nil {
		return nil, errors.New("server: Options.Config and Options.Store are needed")
	}
	s := &Server{
		store: o.Store, clock: o.Clock, newIDs: o.NewIDs, logger: o.Logger, notify: o.OnAccepted,
		headers: newFixedHeaders(),
		nonces:  auth.NewNonces(o.Config.Nonces.Capacity),
		journal: journal.New(o.Config.Journal.Capacity),
		metrics: metrics.New(),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.newIDs == nil {
		s.newIDs = randomIDs
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.notify == nil {
		s.notify = func() {}
	}
	s.authenticator = auth.New(s.nonces)
	s.saver = &nonceWriter{store: s.store, memory: s.nonces, clock: s.clock}
	s.Reload(o.Config)
	s.echo = s.routes()
	if err := s.restoreNonces(ctx); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() {
		s.saver.run(background, s.checkHorizon, func(err error) { s.logger.Error("nonces", "error", err) })
	})
	return s, nil
}

// restoreNonces remembers what the store does, and what it has forgotten. Restored nonces count for the
// shares of their keys; those that an earlier version stored without a key count
// for none, and take places from all until they expire.
func (s *Server) restoreNonces(ctx context.Context) error {
	horizon, err := s.store.NonceHorizon(ctx)
	if err != nil {
		return fmt.Errorf("server: read the horizon of forgotten nonces: %w", err)
	}
	s.nonces.Raise(horizon)
	s.nonces.Forget(s.clock())
	restore := func(n store.Nonce) error { s.nonces.Restore(n); return nil }
	if err := s.store.Nonces(ctx, s.nonces.Horizon().Add(-time.Second), restore); err != nil {
		return fmt.Errorf("server: read back the used nonces: %w", err)
	}
	s.checkHorizon()
	return nil
}

// routes puts the stations in front of the generated stub. It adds nothing
// that echo would print or answer by itself.
func (s *Server) routes() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = s.respondRoutingError
	// echo would answer OPTIONS by itself, with an empty body.
	e.OPTIONS("/", func(echo.Context) error { return echo.ErrMethodNotAllowed })
	stations := []echo.MiddlewareFunc{s.middleware}
	esaserver.RegisterHandlersWithOptions(e, esaserver.NewStrictHandler(strictServer{s}, nil), esaserver.RegisterHandlersOptions{
		OperationMiddlewares: map[string][]echo.MiddlewareFunc{"ApplyCertificate": stations, "ApplyCertificateGet": stations},
	})
	return e
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page := s.routeFor(r); page != nil {
		page.ServeHTTP(w, r)
		return
	}
	s.echo.ServeHTTP(w, r)
}

// Reload takes over accounts, sites, scenarios, region and the limits of a body
// of a new configuration. Requests that are on their way finish with the old
// one. What a listener or a store was made with stays: the time to read a
// request, the caps on URL, header and its fields as far as the listener has
// them too, the number of connections, the capacities of journal and nonces.
func (s *Server) Reload(c *config.Config) {
	s.state.Store(&state{directory: c.Directory(), region: c.Region, hostID: c.HostID, limits: c.Limits, bodies: newBodies(c.Limits.Body)})
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
	return c.server.state.Load().directory.Site(ctx, account, id)
}

// Ready reports why no call could be carried out now: the store fails, for
// example because the disk is full, or the clock is so far behind the horizon of
// forgotten nonces that requests dated at present are rejected.
func (s *Server) Ready(ctx context.Context) error {
	if err := s.store.Ping(ctx); err != nil {
		return fmt.Errorf("server: the store: %w", err)
	}
	s.checkHorizon()
	if n := s.Nonces(); n.Closed {
		return errors.New("server: " + n.Warning())
	}
	return nil
}

// Close ends the work in the background and saves the nonces that were not saved
// yet. The store stays open. It may be called more than once.
//
// Errors: *LostNoncesError if they cannot be saved.
func (s *Server) Close(ctx context.Context) error {
	s.stop()
	s.background.Wait()
	if err := s.saver.finish(ctx); err != nil {
		var lost *LostNoncesError
		if errors.As(err, &lost) {
			s.logger.Error("nonces lost", "nonces", lost.Count, "replayable_until", lost.Until, "error", lost.Err)
		}
		return fmt.Errorf("server: save the spent nonces: %w", err)
	}
	return nil
}
