package gateway

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/excerpt"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// call is one request in the pipeline. It replaces echo's context, so that the
// generated stub binds the parameters of query and body together.
type call struct {
	echo.Context
	state      *state // at the time of the request; Configure does not change it
	ids        IDs
	hostID     string
	recommend  string // a field, to save an allocation
	receivedAt time.Time
	message    signature.Message
	caller     auth.Identity

	facts   *esaops.Operation
	values  url.Values // of query and body
	site    int64      // parameter SiteId, if hasSite
	hasSite bool
	invalid error // first invalid parameter; nil if all are valid

	operation operations.Call
	entry     journal.Entry
	fault     scenario.Fault
	recorded  bool      // entry is in the journal
	headers   [3]string // values of header fields that differ between responses
}

// QueryParams returns the parameters of query and body to the stub.
func (c *call) QueryParams() url.Values { return c.values }

// FormParams returns them to the stub of an operation whose parameters are a form.
func (c *call) FormParams() (url.Values, error) { return c.values, nil }

// callOf returns the call that the stub passes to the rules. The pipeline calls the
// stub with nothing else.
func callOf(ec echo.Context) *operations.Call {
	c, _ := ec.(*call)
	return &c.operation
}

func (g *Gateway) begin(ec echo.Context) *call {
	g.Metrics.Begin()
	r, state := ec.Request(), g.state.Load()
	c := &call{Context: ec, state: state, ids: g.NewIDs(), receivedAt: g.Clock(), hostID: state.HostID}
	if c.hostID == "" {
		c.hostID = truncate(r.Host)
	}
	c.entry = journal.Entry{
		Time: c.receivedAt, RequestID: c.ids.RequestID, Remote: r.RemoteAddr, Method: cloneTruncated(r.Method),
		Path: cloneTruncated(r.URL.Path), UserAgent: truncate(r.UserAgent()),
	}
	return c
}

// record adds a call to the journal and the metrics, once. It is called before the
// response is sent, so that a caller that has the response finds the journal entry.
func (g *Gateway) record(c *call) {
	if c.recorded {
		return
	}
	c.recorded = true
	c.entry.Duration = g.Clock().Sub(c.receivedAt)
	g.Journal.Add(c.entry)
	g.Metrics.Observe(c.entry.Rule, c.entry.Duration)
}

// finish ends a call, and records one without a response.
func (g *Gateway) finish(c *call) {
	if c.caller.Nonce != (store.Nonce{}) && !c.operation.NonceStored {
		g.Nonces.SaveLater(c.caller.Nonce)
	}
	g.record(c)
	if ctx := c.Request().Context(); g.Logger.Enabled(ctx, slog.LevelDebug) {
		g.Logger.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("request_id", c.ids.RequestID),
			slog.String("rule", c.entry.Rule), slog.Int("status", c.entry.Status), slog.String("access_key_id", c.entry.AccessKeyID),
			slog.String("site_id", c.entry.SiteID), slog.String("detail", c.entry.Detail))
	}
}

// maxJournalText bounds the caller's strings in the journal, in bytes.
const maxJournalText = 256

// cloneTruncated truncates and copies a string that shares memory with the request,
// so that a journal entry does not keep the whole request in memory.
func cloneTruncated(s string) string {
	if op, ok := esaops.Find(s); ok {
		return op.Action
	}
	switch s {
	case http.MethodPost:
		return http.MethodPost
	case http.MethodGet:
		return http.MethodGet
	case "/":
		return "/"
	}
	return strings.Clone(truncate(s))
}

func truncate(s string) string { return excerpt.Truncate(s, maxJournalText) }
