// Package gateway does what the vendor's API gateway does for every operation. A
// request passes these stages; the first error ends it and is the response:
//
//	limits          size of URL, header and body (limits.go)
//	authentication  key, token, clock window, signature, nonce (package auth)
//	parameters      of query, form and JSON body; action and version (parameters.go)
//	injected error  of a scenario or a scenario site (package scenario)
//	permission      policies of the caller (permission.go, package ram)
//	operation       the rules, and one durable transaction (package operations)
//	response        headers, body, journal entry (response.go)
//
// Gateway.process in pipeline.go is the whole sequence. Injected faults come first.
// Authentication, permission and rules return a *refusal.Error; response.go is the
// only place that maps errors to the wire.
package gateway

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/gen/esaserver"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/metrics"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/scenario"
)

// Directory finds access keys, tokens and scenario sites.
type Directory interface {
	auth.Directory
	// Scenario returns the error with which a site responds to any correctly
	// signed request of an operation.
	Scenario(op *esaops.Operation, site int64) (*esaerrors.Error, bool)
}

// Operations are the rules. Implementations are safe for concurrent use. Errors
// other than *refusal.Error are failures of the server.
type Operations = esaserver.Rules[*operations.Call]

// Limits bound a request.
type Limits struct {
	URL, Header, Body int64 // bytes
	HeaderFields      int
}

// Settings are what Configure replaces.
type Settings struct {
	Directory  Directory
	Operations Operations
	Region     string // of the resources that policies name
	HostID     string // HostId of errors; if empty, the Host header of the request
	Limits     Limits
}

// Options are the parts of a Gateway. All are required but OnAccepted.
type Options struct {
	Authenticator *auth.Authenticator
	Nonces        *auth.DurableNonces
	Clock         func() time.Time
	NewIDs        func() IDs // safe for concurrent use
	Scenarios     *scenario.Queue
	Journal       *journal.Journal
	Metrics       *metrics.Metrics
	Logger        *slog.Logger

	// OnAccepted is called after each accepted call, before the response is sent.
	// It must not block.
	OnAccepted func()
}

// Gateway is the handler of the API. It is safe for concurrent use.
type Gateway struct {
	Options
	headers fixedHeaders
	state   atomic.Pointer[state]
	echo    *echo.Echo
}

// state is what Configure replaces, as a whole.
type state struct {
	Settings
	bodies   bodies
	handlers map[string]echo.HandlerFunc // of the operations, by action
}

// New returns a Gateway.
func New(o Options, s Settings) (*Gateway, error) {
	switch {
	case s.Directory == nil, s.Operations == nil, o.Authenticator == nil, o.Nonces == nil, o.Clock == nil,
		o.NewIDs == nil, o.Scenarios == nil, o.Journal == nil, o.Metrics == nil, o.Logger == nil:
		return nil, errors.New("gateway: a required option is missing")
	case o.OnAccepted == nil:
		o.OnAccepted = func() {}
	}
	g := &Gateway{Options: o, headers: newFixedHeaders()}
	g.Configure(s)
	g.echo = g.routes()
	return g, nil
}

// Configure replaces the settings. Requests in progress finish with the old ones.
func (g *Gateway) Configure(s Settings) {
	g.state.Store(&state{
		Settings: s, bodies: newBodies(s.Limits.Body),
		handlers: esaserver.Handlers(esaserver.Stub[*operations.Call]{Rules: s.Operations, Call: callOf, Respond: g.respond}),
	})
}

// routes passes every request to the pipeline. It adds nothing that echo would print
// or respond by itself.
func (g *Gateway) routes() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = g.respondRoutingError
	// echo would respond to OPTIONS by itself, with an empty body.
	e.OPTIONS("/", func(echo.Context) error { return echo.ErrMethodNotAllowed })
	e.GET("/", g.handle)
	e.POST("/", g.handle)
	return e
}

// ServeHTTP processes one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.echo.ServeHTTP(w, r) }
