// Package admin is what an operator and a tester ask a running server: is it
// well, what did it answer and why, what does it store; and what they tell it:
// answer this next, read the configuration again.
//
//	GET    /healthz       200 while the process runs
//	GET    /readyz        200 while calls can be carried out, else 503; "warning" if a part of them is rejected
//	GET    /metrics       Prometheus' text format
//	GET    /journal       the last requests; ?request_id= ?rule= ?after= ?limit= (10000)
//	GET    /applications  what is stored; ?account= ?site_id= ?domain= ?status= ?after= ?limit= (100)
//	GET    /applications/{id}         one of them
//	GET    /applications/{id}/chain   its certificate and those above it, PEM
//	POST   /applications/{id}/cancel  ends one that is Applying: it becomes Failed, and its quota is released
//	GET    /nonces        the memory of used nonces, and up to when nonces were forgotten
//	POST   /nonces/lower  accepts requests of the present again after the clock was ahead; they could then be sent twice
//	GET    /usage         what a plan and a site have taken; ?account= ?plan= ?family= ?site_id=
//	GET    /scenarios     the answers that are still to be given
//	POST   /scenarios     {"row": "QuotaExceeded"} or {"fault": "connection-reset"}; "times", "retry_after_ms"
//	DELETE /scenarios     drops them
//	GET    /authority/root   root certificate of the embedded authority, PEM
//	GET    /https/root       root certificate of the server's own HTTPS certificate, PEM
//	GET    /authority/rules  how the embedded authority was told to misbehave
//	POST   /authority/rules  {"refuse": "rejectedIdentifier"}, {"slow_ns": 1000000000}, {"unreachable": true}; "name", "times"
//	DELETE /authority/rules  it behaves again
//	POST   /reload        reads the configuration file again
//
// Answers are JSON but for the metrics; errors are {"error": "…"}. A list has as
// many items as limit says, 10000 at most (MaxLimit): a larger limit counts as
// 10000, and without one the number in parentheses holds. Of the journal these are
// the newest entries. To page through a list, set after to the last id or number.
//
// After the clock was ahead and was set back, /readyz is 503 as long as every
// signed request of the present is rejected, because nonces that would show that
// it was processed before are forgotten; the error says until when. It is 200 with
// a warning while that holds for older requests alone. POST /nonces/lower, or
// 'esacertd nonces lower', ends it.
//
// There is no authentication, so the listener belongs on loopback. Web pages are
// kept out: a request that a browser makes for a page of another origin, reads
// included, or under a host name that is none of this machine's (DNS rebinding),
// gets status 403. An address that a user types into a browser is accepted.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/issuer/localca"
	"github.com/esacert/esacert/server/journal"
	"github.com/esacert/esacert/server/scenario"
	"github.com/esacert/esacert/server/store"
)

// Options are what the handler works on.
type Options struct {
	Server *server.Server
	// Reload reads the configuration again. Nil where there is no file.
	Reload func(context.Context) error
	// Authority is the embedded one. Nil where nothing is issued.
	Authority *localca.CA
	// HTTPSRoot returns the root of the server's own HTTPS certificate (PEM), which
	// is not the embedded authority's. Nil if the server has none.
	HTTPSRoot func() []byte
	// Logger receives what an operator changes. Nil logs nothing.
	Logger *slog.Logger
}

// Handler answers the paths above.
func Handler(o Options) http.Handler {
	h := newHandler(o)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, status{Status: "ok"}) })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", o.Server.Metrics().Handler())
	h.readOnly(mux)
	mux.HandleFunc("POST /applications/{id}/cancel", h.needsJobs(h.cancel))
	mux.HandleFunc("GET /nonces", h.nonces)
	mux.HandleFunc("POST /nonces/lower", h.lowerNonces)
	mux.HandleFunc("GET /usage", h.usage)
	mux.HandleFunc("GET /scenarios", h.listScenarios)
	mux.HandleFunc("POST /scenarios", h.addScenario)
	mux.HandleFunc("DELETE /scenarios", h.clearScenarios)
	mux.HandleFunc("GET /authority/root", h.needsAuthority(h.root))
	mux.HandleFunc("GET /https/root", h.httpsRoot)
	mux.HandleFunc("GET /authority/rules", h.needsAuthority(h.listRules))
	mux.HandleFunc("POST /authority/rules", h.needsAuthority(h.addRule))
	mux.HandleFunc("DELETE /authority/rules", h.needsAuthority(h.clearRules))
	mux.HandleFunc("POST /reload", h.reload)
	return guard(mux)
}

// ReadOnly answers GET of journal and applications alone, with the same guard.
// It is what a page that this server serves itself may ask.
func ReadOnly(o Options) http.Handler {
	mux := http.NewServeMux()
	newHandler(o).readOnly(mux)
	return guard(mux)
}

func newHandler(o Options) handler {
	jobs, _ := o.Server.Store().(store.Jobs)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return handler{o, jobs}
}

func (h handler) readOnly(mux *http.ServeMux) {
	mux.HandleFunc("GET /journal", h.journal)
	mux.HandleFunc("GET /applications", h.needsJobs(h.applications))
	mux.HandleFunc("GET /applications/{id}", h.needsJobs(h.application))
	mux.HandleFunc("GET /applications/{id}/chain", h.needsJobs(h.chain))
}

type handler struct {
	Options
	jobs store.Jobs // the server's store; nil where that knows of no certificates
}

type status struct {
	Status  string `json:"status"`
	Warning string `json:"warning,omitempty"`
}

func (h handler) ready(w http.ResponseWriter, r *http.Request) {
	if err := h.Server.Ready(r.Context()); err != nil {
		writeError(w, http.StatusServiceUnavailable, err)
		return
	}
	write(w, http.StatusOK, status{Status: "ready", Warning: h.Server.Nonces().Warning()})
}

func (h handler) journal(w http.ResponseWriter, r *http.Request) {
	q, err := readQuery(r.URL.Query(), "request_id", "rule", "after", "limit")
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	entries := h.Server.Journal().All(journal.Query{
		RequestID: q.text("request_id"), Rule: q.text("rule"), After: uint64(q.number("after")), Limit: q.limit(MaxLimit),
	})
	writeList(w, func(yield func(journal.Entry, error) bool) {
		entries(func(e journal.Entry) bool { return yield(e, nil) })
	})
}

func (h handler) usage(w http.ResponseWriter, r *http.Request) {
	q, err := readQuery(r.URL.Query(), "account", "plan", "family", "site_id")
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	usage, err := h.Server.Store().Usage(r.Context(), q.text("account"), q.text("plan"), q.text("family"), q.number("site_id"))
	if err != nil {
		writeError(w, http.StatusInternalServerError, err)
		return
	}
	write(w, http.StatusOK, struct {
		Quota   int `json:"quota"`
		Records int `json:"records"`
	}{usage.Quota, usage.Records})
}

// scenarioJSON is a scenario as it is sent and shown.
type scenarioJSON struct {
	Row          string `json:"row,omitempty"`
	Fault        string `json:"fault,omitempty"`
	Times        int    `json:"times,omitempty"`
	RetryAfterMS int64  `json:"retry_after_ms,omitempty"`
}

func (h handler) listScenarios(w http.ResponseWriter, _ *http.Request) {
	shown := []scenarioJSON{}
	for _, a := range h.Server.Scenarios().Waiting() {
		s := scenarioJSON{Fault: string(a.Fault), Times: a.Times, RetryAfterMS: a.RetryAfter.Milliseconds()}
		if a.Error != nil {
			s.Row = a.Error.Key
		}
		shown = append(shown, s)
	}
	write(w, http.StatusOK, shown)
}

const mostScenarioBytes = 64 << 10

func (h handler) addScenario(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostScenarioBytes))
	decoder.DisallowUnknownFields()
	var sent scenarioJSON
	if err := decoder.Decode(&sent); err != nil {
		writeError(w, http.StatusBadRequest, fmt.Errorf("the scenario cannot be read: %w", err))
		return
	}
	answer := scenario.Answer{
		Fault: scenario.Fault(sent.Fault), Times: sent.Times, RetryAfter: time.Duration(sent.RetryAfterMS) * time.Millisecond,
	}
	if sent.Row != "" {
		row, err := findRow(sent.Row)
		if err != nil {
			writeError(w, http.StatusBadRequest, err)
			return
		}
		answer.Error = row
	}
	if err := h.Server.Scenarios().Push(answer); err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	write(w, http.StatusCreated, sent)
}

// findRow takes the key of an error. A code is one too, unless it has several
// messages.
func findRow(key string) (*esaerrors.Error, error) {
	if row, ok := esaerrors.ByKey(key); ok {
		return row, nil
	}
	var keys []string
	for _, row := range slices.Concat(esaerrors.Rows(), esaerrors.Gateway()) {
		if row.Code == key {
			keys = append(keys, row.Key)
		}
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("row: %s is the code of %d errors: name one of %s", key, len(keys), strings.Join(keys, ", "))
	}
	return nil, fmt.Errorf("row: there is no error %q in the contract", key)
}

func (h handler) clearScenarios(w http.ResponseWriter, _ *http.Request) {
	h.Server.Scenarios().Clear()
	w.WriteHeader(http.StatusNoContent)
}

func (h handler) reload(w http.ResponseWriter, r *http.Request) {
	if h.Reload == nil {
		writeError(w, http.StatusConflict, errors.New("the server runs the built-in example: there is no file to read again"))
		return
	}
	if err := h.Reload(r.Context()); err != nil {
		writeError(w, http.StatusUnprocessableEntity, fmt.Errorf("the old configuration stays in force: %w", err))
		return
	}
	write(w, http.StatusOK, status{Status: "reloaded"})
}

// query is a decoded query whose numbers are known to be numbers.
type query struct {
	values  url.Values
	numbers map[string]int64
}

// readQuery refuses names and numbers that make no sense, so that a slip of
// the pen does not select everything.
func readQuery(values url.Values, names ...string) (query, error) {
	q := query{values, map[string]int64{}}
	for name, list := range values {
		switch {
		case !slices.Contains(names, name):
			return q, fmt.Errorf("unknown parameter %q: there are %s", name, strings.Join(names, ", "))
		case len(list) > 1:
			return q, fmt.Errorf("%s comes %d times", name, len(list))
		}
		if name == "after" || name == "limit" || name == "site_id" {
			n, err := strconv.ParseInt(list[0], 10, 64)
			if tooLarge := errors.Is(err, strconv.ErrRange) && n > 0; (err != nil && (!tooLarge || name != "limit")) || n < 0 {
				return q, fmt.Errorf("%s: %q is no number of 0 or more", name, list[0])
			}
			q.numbers[name] = n
		}
	}
	return q, nil
}

func (q query) text(name string) string  { return q.values.Get(name) }
func (q query) number(name string) int64 { return q.numbers[name] }

// limit returns how many items the list may have: standard if the query has no
// limit or 0, and at most MaxLimit.
func (q query) limit(standard int) int {
	if n := q.numbers["limit"]; n > 0 {
		return int(min(n, MaxLimit))
	}
	return standard
}

func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	// The caller is gone if this fails, and there is nobody else to tell.
	_ = encoder.Encode(v)
}

func writeError(w http.ResponseWriter, code int, err error) {
	write(w, code, struct {
		Error string `json:"error"`
	}{err.Error()})
}
