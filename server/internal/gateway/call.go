package gateway

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/scenario"
)

// call is one request on its way through the stations. It takes the place of
// echo's context, so that the generated stub binds the parameters of query and
// form together.
type call struct {
	echo.Context
	state      *state // as it was when the request came; a reload does not change it
	ids        IDs
	hostID     string
	recommend  string // here, and not in a variable of its own, to save an allocation
	receivedAt time.Time
	context    callContext
	message    signature.Message
	caller     auth.Identity
	params     url.Values // of query and form
	entry      journal.Entry
	fault      scenario.Fault
	responded  bool      // by a scenario: no answer is to be written any more
	recorded   bool      // in the journal
	accepted   bool      // the nonce was stored with the applications
	values     [3]string // of headers that differ from answer to answer
}

// QueryParams gives the stub the parameters of query and form together.
func (c *call) QueryParams() url.Values { return c.params }

type callKey struct{}

// callContext is the context of a call. It is a part of the call, and of no
// type that the context package makes, to save allocations on every request.
type callContext struct {
	context.Context
	call *call
}

// Value gives the call for callKey.
func (c *callContext) Value(key any) any {
	if _, ok := key.(callKey); ok {
		return c.call
	}
	return c.Context.Value(key)
}

// callOf finds the call of a context that the strict handler was given.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// longestJournalText cuts what a caller may write into the journal.
const maxJournalText = 256

func (g *Gateway) begin(c echo.Context) *call {
	g.Metrics.Begin()
	r := c.Request()
	state := g.state.Load()
	x := &call{Context: c, state: state, ids: g.NewIDs(), receivedAt: g.Clock(), hostID: state.HostID}
	if x.hostID == "" {
		x.hostID = truncate(r.Host)
	}
	x.entry = journal.Entry{
		Time: x.receivedAt, RequestID: x.ids.RequestID, Remote: r.RemoteAddr, Method: cloneTruncated(r.Method),
		Path: cloneTruncated(r.URL.Path), UserAgent: truncate(r.UserAgent()),
	}
	x.context = callContext{r.Context(), x}
	c.SetRequest(r.WithContext(&x.context))
	return x
}

// cloneTruncated is cut for a text that shares its bytes with the request: a copy, so
// that an entry of the journal does not keep the whole request in memory.
func cloneTruncated(text string) string {
	switch text {
	case esaapi.Action:
		return esaapi.Action
	case http.MethodPost:
		return http.MethodPost
	case http.MethodGet:
		return http.MethodGet
	case "/":
		return "/"
	}
	return strings.Clone(truncate(text))
}

func truncate(text string) string {
	if len(text) <= maxJournalText {
		return text
	}
	return strings.ToValidUTF8(text[:maxJournalText], "") + "…"
}
