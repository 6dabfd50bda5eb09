package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/gateway"
	"github.com/esacert/esacert/server/store"
)

// IDs identify one request.
type IDs = gateway.IDs

// Lowered is the result of LowerNonceHorizon.
type Lowered = auth.Lowered

// LostNoncesError reports that nonces of rejected requests could not be stored.
type LostNoncesError = auth.LostNoncesError

// ErrNotAhead is the error of LowerNonceHorizon if there is nothing to lower.
var ErrNotAhead = auth.ErrNotAhead

// Options are the options of New. Config and Store are required.
type Options struct {
	Config *config.Config
	Store  store.Store // the caller closes it, after Close

	Clock  func() time.Time // default: time.Now
	NewIDs func() IDs       // default: random; must be safe for concurrent use
	Logger *slog.Logger     // default: no logging

	// OnAccepted is called after each accepted call, before the response is sent. It
	// must not block. If nil, it is not called.
	OnAccepted func()
}

// Server serves ApplyCertificate. It is an http.Handler, safe for concurrent use.
// Serve adds a listener with timeouts and responses to malformed requests.
type Server struct{ core *core.Server }

// New returns a server and restores the stored nonces. The caller must call Close
// before closing the store.
func New(ctx context.Context, o Options) (*Server, error) {
	s, err := core.New(ctx, core.Options(o))
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// Serve serves on the listener until the context ends. Then it finishes requests in
// progress, saves nonces, closes the listener and returns nil. Call Close afterwards,
// which reports nonces that cannot be saved.
func (s *Server) Serve(ctx context.Context, l net.Listener) error { return s.core.Serve(ctx, l) }

// ServeHTTP passes a request to a mounted handler or to the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.core.ServeHTTP(w, r) }

// Mount adds a handler for a path on the listener of the API, for example for a page
// or for challenges. A path that ends in / includes all paths below it. If several
// match, the first one mounted is used. These requests are not recorded in the
// journal, and only the limits of the listener apply. Mount all handlers before the
// first request.
//
// It returns an error if the path is / or does not begin with /, or if the handler is
// nil.
func (s *Server) Mount(path string, h http.Handler) error { return s.core.Mount(path, h) }

// Reload applies accounts, sites, scenarios, region and limits of a new
// configuration. Requests in progress finish with the old one. Settings of a listener
// or a store stay: the time to read a request, the limits on URL and header that the
// listener enforces, the number of connections, and the capacities of journal and
// nonces.
func (s *Server) Reload(c *config.Config) { s.core.Reload(c) }

// Metrics returns a handler that serves the metrics in the text format of Prometheus.
func (s *Server) Metrics() http.Handler { return s.core.Metrics().Handler() }

// Ready returns an error if the server cannot process requests: the store fails, for
// example because the disk is full, or the clock is so far behind the horizon of
// forgotten nonces that requests of the present are rejected.
func (s *Server) Ready(ctx context.Context) error { return s.core.Ready(ctx) }

// LowerNonceHorizon sets the horizon of forgotten nonces to the present second, so
// that requests dated at present are accepted again after the clock was ahead.
//
// Errors: ErrNotAhead, and those of the store; then nothing was changed.
func (s *Server) LowerNonceHorizon(ctx context.Context) (Lowered, error) {
	return s.core.LowerNonceHorizon(ctx)
}

// Close stops the background goroutines and saves the queued nonces. It does not close
// the store. It may be called more than once.
//
// Errors: *LostNoncesError if nonces cannot be saved.
func (s *Server) Close(ctx context.Context) error { return s.core.Close(ctx) }
