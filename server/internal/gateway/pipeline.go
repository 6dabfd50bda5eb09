package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// middleware takes a call through everything that stands before the stub, then
// through the stub, and answers whatever comes of it.
func (g *Gateway) middleware(stub echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		x := g.begin(c)
		defer g.finish(x)
		defer func() {
			if v := recover(); v != nil {
				// A fault of ours must not end the connection without a word.
				g.Logger.Error("panic", "request_id", x.ids.RequestID, "panic", v, "stack", string(debug.Stack()))
				err = g.respond(x, fmt.Errorf("panic: %v", v))
			}
		}()
		err = g.process(x)
		if err == nil && !x.responded {
			err = stub(x)
		}
		return g.respond(x, err)
	}
}

// respondRoutingError answers what never reached the stations: an unknown path or
// method.
func (g *Gateway) respondRoutingError(err error, c echo.Context) {
	x := g.begin(c)
	defer g.finish(x)
	if err := g.respond(x, err); err != nil {
		g.Logger.Debug("answer", "request_id", x.ids.RequestID, "error", err)
	}
}

// ruleClientClosed is the rule of a call whose caller did not wait for the answer.
const ruleClientClosed = "caller-gone"

// respond writes the refusal, if there is one to write.
func (g *Gateway) respond(x *call, err error) error {
	if err == nil {
		return nil
	}
	if x.Response().Committed || x.entry.Status != 0 {
		// The caller is gone, or half of an answer is out: nothing can be added.
		x.entry.Detail = err.Error()
		return nil
	}
	if errors.Is(err, context.Canceled) && x.Request().Context().Err() != nil {
		// Not a failure of ours, and nobody is there to be answered.
		x.entry.Rule, x.entry.Detail = ruleClientClosed, err.Error()
		return nil //nolint:nilerr // see above
	}
	refused := refusalOf(err)
	if refused.IsFailure() {
		g.Logger.Error("request failed", "request_id", x.ids.RequestID, "rule", refused.Row.Key, "error", journalDetail(refused))
	}
	if err := g.refuse(x, refused); err != nil {
		x.entry.Detail = err.Error()
	}
	return nil
}

// process takes a call through the stations in their order.
func (g *Gateway) process(x *call) error {
	r, limits := x.Request(), x.state.Limits
	if ordered, ok := g.Scenarios.NextFault(); ok {
		x.entry.Scenario = ordered.Name()
		if err := g.injectFault(x, ordered); err != nil || x.responded {
			return err
		}
	}
	if err := checkSizes(r, limits); err != nil {
		return err
	}
	if err := g.receive(x, r); err != nil {
		return err
	}
	var err error
	if x.params, x.entry.Detail, err = readParameters(r, &x.message, &x.caller.Claim); err != nil {
		return err
	}
	x.entry.SiteID = cloneTruncated(x.params.Get(paramSiteID))
	if err := checkOperation(&x.caller.Claim); err != nil {
		return err
	}
	if err := checkFormat(x.params); err != nil {
		return err
	}
	if ordered, ok := g.Scenarios.NextError(); ok {
		x.entry.Scenario = ordered.Name()
		return &refusal.Error{Row: ordered.Response, Detail: "injected by a scenario", RetryAfter: ordered.RetryAfter}
	}
	if err := g.scenarioSite(x); err != nil {
		return err
	}
	if err := g.authorize(x); err != nil {
		return err
	}
	return checkParameters(x.params)
}

// receive reads the body and finds out who sent it. Once the caller is known, its
// body takes no more from what all bodies share.
func (g *Gateway) receive(x *call, r *http.Request) error {
	body, held, err := x.state.bodies.read(r)
	defer x.state.bodies.share.Release(held)
	if err != nil {
		return err
	}
	return g.authenticate(x, r, body)
}

func (g *Gateway) authenticate(x *call, r *http.Request, body []byte) error {
	x.message = signature.MessageOf(r, body)
	// The clock is read now, and not when the header came: the body may have been
	// held back until a nonce that was spent before is forgotten.
	err := g.Authenticator.Authenticate(x.state.Directory, &x.message, x, g.Clock(), &x.caller)
	x.entry.Scheme, x.entry.AccessKeyID = x.caller.Claim.Scheme.String(), cloneTruncated(x.caller.Claim.AccessKeyID)
	x.entry.Action = cloneTruncated(x.caller.Claim.Action)
	if errors.Is(err, store.ErrNonceForgotten) {
		g.Nonces.CheckHorizon()
	}
	if x.caller.Principal != nil {
		x.entry.Principal = x.caller.Principal.ARN
	}
	return err
}

// scenarioSite answers for the sites that exist to give one row each.
func (g *Gateway) scenarioSite(x *call) error {
	site, err := strconv.ParseInt(x.params.Get(paramSiteID), 10, 64)
	if err != nil {
		return nil //nolint:nilerr // what is no number is no scenario; it is refused later
	}
	row, ok := x.state.Directory.Scenario(site)
	if !ok {
		return nil
	}
	x.entry.Scenario = "site " + strconv.FormatInt(site, 10)
	return refusal.New(row, "scenario site")
}

// record writes a call into the journal and counts it, once. It is called before
// the answer goes out, so that who has an answer finds the call there.
func (g *Gateway) record(x *call) {
	if x.recorded {
		return
	}
	x.recorded = true
	x.entry.Duration = g.Clock().Sub(x.receivedAt)
	g.Journal.Add(x.entry)
	g.Metrics.Observe(x.entry.Rule, x.entry.Duration)
}

// finish ends a call, and books one that got no answer.
func (g *Gateway) finish(x *call) {
	if x.caller.Nonce != (store.Nonce{}) && !x.accepted {
		g.Nonces.SaveLater(x.caller.Nonce)
	}
	g.record(x)
	if ctx := x.Request().Context(); g.Logger.Enabled(ctx, slog.LevelDebug) {
		g.Logger.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("request_id", x.ids.RequestID),
			slog.String("rule", x.entry.Rule), slog.Int("status", x.entry.Status), slog.String("access_key_id", x.entry.AccessKeyID),
			slog.String("site_id", x.entry.SiteID), slog.String("detail", x.entry.Detail))
	}
}

// recordMalformed books a request that could not be read as HTTP.
func (g *Gateway) recordMalformed(row *esaerrors.Error, detail string, ids IDs, remote string) {
	g.Journal.Add(malformedEntry(row, detail, ids, remote, g.Clock()))
	g.Metrics.Begin()
	g.Metrics.Observe(row.Key, 0)
	g.Logger.Debug("request", "request_id", ids.RequestID, "rule", row.Key, "status", row.Status)
}

// spoil carries out what happens to a call before it is looked at.
func (g *Gateway) injectFault(x *call, ordered scenario.Scenario) error {
	switch ordered.Fault {
	case scenario.CutBody:
		x.fault = scenario.CutBody // the answer is cut when it is written
		return nil
	case scenario.ConnectionReset:
		x.responded, x.entry.Rule = true, string(ordered.Fault)
		return reset(x.Response().Writer, func() { g.record(x) })
	case scenario.HTML503:
		x.responded, x.entry.Rule, x.entry.Status = true, string(ordered.Fault), http.StatusServiceUnavailable
		return g.writeHTML503(x)
	}
	return nil
}
