// Package admin serves the admin API of a running server. It reports health,
// the journal and stored applications. It injects errors and faults, cancels
// applications and reloads the configuration.
//
//	GET    /              this list, with parameters, and the fields of each body with types and an example
//	GET    /healthz       200 while the process runs
//	GET    /readyz        200 while requests can be processed, else 503; "warning" if some of them are rejected
//	GET    /metrics       Prometheus' text format
//	GET    /journal       the last requests; ?request_id= ?rule= ?after= ?limit= (10000)
//	GET    /applications  stored applications; ?account= ?site_id= ?domain= ?status= ?after= ?limit= (100)
//	GET    /applications/{id}         one of them
//	GET    /applications/{id}/chain   its certificate chain, PEM
//	POST   /applications/{id}/cancel  cancels one that is Applying: it becomes Canceled, and its quota is released
//	GET    /nonces        the cache of used nonces, and the horizon of forgotten ones
//	POST   /nonces/lower  accepts requests of the present again after the clock was ahead; they could then be sent twice
//	GET    /usage         used quota of a plan and a site; ?account= ?plan= ?family= ?site_id=
//	GET    /scenarios     pending scenarios
//	POST   /scenarios     {"row": "QuotaExceeded"} or {"fault": "connection-reset"}; "times", "retry_after": "500ms"
//	DELETE /scenarios     clears them
//	GET    /authority/root   root certificate of the embedded authority, PEM
//	GET    /https/root       root certificate of the server's own HTTPS certificate, PEM
//	GET    /authority/rules  fault-injection rules of the embedded authority
//	POST   /authority/rules  {"refuse": "rejectedIdentifier"}, {"slow": "60s"}, {"unreachable": true}; "name", "times"
//	DELETE /authority/rules  clears the rules
//	POST   /reload        reads the configuration file again; "need_restart" has the changed keys that need a restart
//
// Durations are strings with a unit, for example "60s". The keys slow_ns,
// retry_after_ns and retry_after_ms, whose values are numbers, are deprecated and
// still accepted; responses, also those of the journal, have both forms.
//
// Responses are JSON except for metrics and certificates; errors, also of unknown
// paths and methods, are {"error": "…"}. A list has at most limit items; the default
// is in parentheses, and the maximum is 10000 (MaxLimit), which also replaces a
// larger limit. The list of the journal holds the newest entries. To page through a
// list, set after to the last ID or number.
//
// After the clock was ahead and was set back, /readyz is 503 while every signed
// request of the present is rejected, because the nonces of requests processed
// before are forgotten; the error contains the time at which this ends. It is 200
// with a warning while only older requests are rejected. POST /nonces/lower, or
// 'esacertd nonces lower', ends this state.
//
// The API has no authentication, so the listener belongs on loopback. Web pages are
// rejected: a browser's request for a page of another origin, reads included, or
// under a host name other than localhost (DNS rebinding), gets status 403. An
// address that a user types into a browser is accepted.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/store"
)

// Options configure the handler.
type Options struct {
	Server *core.Server
	// Reload reads the configuration again. It returns the keys whose changes need a
	// restart. It is nil if the server does not run a file.
	Reload func(context.Context) (restart []string, err error)
	// Authority is the embedded authority. It is nil if issuing is disabled.
	Authority *localca.CA
	// HTTPSRoot returns the root of the server's own HTTPS certificate (PEM), which
	// is not the embedded authority's. Nil if the server has none.
	HTTPSRoot func() []byte
	// Logger logs changes made through the admin API. If nil, they are not logged.
	Logger *slog.Logger
}

// Handler returns a handler for the paths in the package comment.
func Handler(o Options) http.Handler { return rejectBrowsers(mux(newHandler(o).routes())) }

// ReadOnlyHandler returns a handler for GET requests of the journal and the
// applications, with the same origin checks. The explorer uses it.
func ReadOnlyHandler(o Options) http.Handler {
	return rejectBrowsers(mux(slices.DeleteFunc(newHandler(o).routes(), func(r route) bool { return !r.readOnly })))
}

func newHandler(o Options) handler {
	jobs, _ := o.Server.Store().(store.Jobs)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return handler{o, jobs}
}

type handler struct {
	Options
	jobs store.Jobs // the server's store; nil if it does not support certificates
}

type status struct {
	Status string `json:"status"`
}

type readyJSON struct {
	Status  string `json:"status,omitempty" doc:"ready; only with status 200"`
	Warning string `json:"warning,omitempty" doc:"which requests are rejected, and why; only with status 200"`
	Error   string `json:"error,omitempty" doc:"why no request can be processed; only with status 503"`
}

func (h handler) ready(w http.ResponseWriter, r *http.Request) {
	if err := h.Server.Ready(r.Context()); err != nil {
		write(w, http.StatusServiceUnavailable, readyJSON{Error: plain(err)})
		return
	}
	write(w, http.StatusOK, readyJSON{Status: "ready", Warning: h.Server.Nonces().Warning()})
}

// Entry is an entry of the journal.
type Entry struct {
	journal.Entry
	Duration duration `json:"duration"` // duration_ns as a string with its unit
}

func (h handler) journal(w http.ResponseWriter, _ *http.Request, q query) {
	entries := h.Server.Journal().All(journal.Query{
		RequestID: q.string("request_id"), Rule: q.string("rule"), After: uint64(q.number("after")), Limit: q.limit(MaxLimit),
	})
	writeList(w, func(yield func(Entry, error) bool) {
		entries(func(e journal.Entry) bool { return yield(Entry{e, duration(e.Duration)}, nil) })
	})
}

type usageJSON struct {
	Quota   int `json:"quota"`
	Records int `json:"records"`
}

func (h handler) usage(w http.ResponseWriter, r *http.Request, q query) {
	usage, err := h.Server.Store().Usage(r.Context(), q.string("account"), q.string("plan"), q.string("family"), q.number("site_id"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	write(w, http.StatusOK, usageJSON{usage.Quota, usage.DNSRecords})
}

type reloadedJSON struct {
	Status      string   `json:"status"`
	NeedRestart []string `json:"need_restart,omitempty" doc:"changed keys of the file that take effect after a restart"`
}

func (h handler) reload(w http.ResponseWriter, r *http.Request) {
	if h.Reload == nil {
		writeError(w, http.StatusConflict, errors.New("cannot reload: the server runs the built-in example, not a file"))
		return
	}
	restart, err := h.Reload(r.Context())
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, fmt.Errorf("reload failed, keeping the current configuration: %w", err))
		return
	}
	write(w, http.StatusOK, reloadedJSON{Status: "reloaded", NeedRestart: restart})
}

func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", contentJSON)
	w.WriteHeader(code)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	// If this fails, the caller has disconnected.
	_ = encoder.Encode(v)
}
