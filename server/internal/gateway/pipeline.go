package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// process passes a call through the stages. The first error ends it and becomes the
// response.
func (g *Gateway) process(c *call) error {
	if responded, err := g.injectFault(c); responded || err != nil {
		return err
	}
	if err := checkSizes(c.Request(), c.state.Limits); err != nil {
		return err
	}
	if err := g.authenticate(c); err != nil {
		return err
	}
	if err := c.readParameters(); err != nil {
		return err
	}
	if err := g.injectError(c); err != nil {
		return err
	}
	if err := g.authorize(c); err != nil {
		return err
	}
	// Only a permitted caller learns which parameter is invalid.
	if c.invalid != nil {
		return c.invalid
	}
	return g.operate(c)
}

// injectFault injects the next fault of the scenarios, if one is pending. It reports
// whether that was the response.
func (g *Gateway) injectFault(c *call) (responded bool, err error) {
	injected, ok := g.Scenarios.NextFault()
	if !ok {
		return false, nil
	}
	c.entry.Scenario = injected.Name()
	switch injected.Fault {
	case scenario.CutBody:
		c.fault = scenario.CutBody // send cuts the response
	case scenario.ConnectionReset:
		c.entry.Rule = string(injected.Fault)
		return true, reset(c.Response().Writer, func() { g.record(c) })
	case scenario.HTML503:
		c.entry.Rule, c.entry.Status = string(injected.Fault), http.StatusServiceUnavailable
		return true, g.writeHTML503(c)
	}
	return false, nil
}

// authenticate reads the body and identifies the caller. After that, the body no
// longer counts against the share of unauthenticated callers.
func (g *Gateway) authenticate(c *call) error {
	r := c.Request()
	body, held, err := c.state.bodies.read(r)
	defer c.state.bodies.share.Release(held)
	if err != nil {
		return err
	}
	c.message = signature.MessageOf(r, body)
	// Read the clock after the body: the caller may have withheld the body until a
	// nonce that it used before was forgotten.
	err = g.Authenticator.Authenticate(c.state.Directory, &c.message, c, g.Clock(), &c.caller)
	claim := &c.caller.Claim
	c.entry.Scheme, c.entry.AccessKeyID, c.entry.Action = claim.Scheme.String(), cloneTruncated(claim.AccessKeyID), cloneTruncated(claim.Action)
	if errors.Is(err, store.ErrNonceForgotten) {
		g.Nonces.CheckHorizon()
	}
	if c.caller.Principal != nil {
		c.entry.Principal = c.caller.Principal.ARN
	}
	return err
}

// readParameters joins the parameters of query and body, finds the operation and
// checks the parameters that it has. Errors of a single parameter are kept in
// c.invalid.
func (c *call) readParameters() (err error) {
	claim := &c.caller.Claim
	if c.values, c.entry.Detail, err = joinParameters(c.Request(), &c.message, claim); err != nil {
		return err
	}
	c.entry.SiteID = cloneTruncated(c.values.Get(paramSiteID))
	if c.facts, err = findOperation(claim, c.Request().Method); err != nil {
		return err
	}
	if err := checkFormat(c.values); err != nil {
		return err
	}
	c.invalid = checkParameters(c.facts, c.values)
	if list := c.values[paramSiteID]; len(list) > 0 {
		c.site, err = strconv.ParseInt(list[0], 10, 64)
		c.hasSite = err == nil
	}
	return nil
}

// injectError returns the next error of the scenarios, or that of a scenario site.
func (g *Gateway) injectError(c *call) error {
	if injected, ok := g.Scenarios.NextError(); ok {
		c.entry.Scenario = injected.Name()
		return &refusal.Error{Row: injected.Response, Detail: "injected by a scenario", RetryAfter: injected.RetryAfter}
	}
	if !c.hasSite {
		return nil
	}
	if row, ok := c.state.Directory.Scenario(c.facts, c.site); ok {
		c.entry.Scenario = "site " + strconv.FormatInt(c.site, 10)
		return refusal.New(row, "scenario site")
	}
	return nil
}

// operate has the generated stub bind the parameters and call the rule.
func (g *Gateway) operate(c *call) error {
	c.operation = operations.Call{
		Context: c.Request().Context(), Account: c.caller.Principal.Account,
		RequestID: c.ids.RequestID, At: c.receivedAt, Nonce: c.caller.Nonce,
	}
	return c.state.handlers[c.facts.Action](c)
}

// respond writes the response to an accepted call. The generated stub calls it with
// the result of the rule.
func (g *Gateway) respond(ec echo.Context, body any) error {
	c, ok := ec.(*call)
	if !ok {
		return fmt.Errorf("gateway: got a %T from the stub, want a call", ec)
	}
	done := &c.operation
	c.entry.Rule, c.entry.Domains, c.entry.IDs = journal.RuleAccepted, done.Domains, done.IDs
	c.entry.Detail = joined(done.Note, c.entry.Detail)
	if done.NonceStored {
		g.OnAccepted()
	}
	return g.writeAccepted(c, body)
}

// refuse writes the response to a call that a stage rejected with an error, unless a
// response was sent already.
func (g *Gateway) refuse(c *call, err error) {
	switch {
	case err == nil:
	case c.Response().Committed || c.entry.Status != 0:
		// The caller has disconnected, or a part of the response is sent.
		c.entry.Detail = err.Error()
	case errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil:
		c.entry.Rule, c.entry.Detail = ruleClientClosed, err.Error()
	default:
		refused := refusalOf(err)
		if refused.IsFailure() {
			g.Logger.Error("request failed", "request_id", c.ids.RequestID, "rule", refused.Row.Key, "error", journalDetail(refused))
		}
		if err := g.writeRefusal(c, refused); err != nil {
			c.entry.Detail = err.Error()
		}
	}
}

// ruleClientClosed is the rule of a call whose caller disconnected before the
// response.
const ruleClientClosed = "caller-gone"

// handle runs the pipeline.
func (g *Gateway) handle(ec echo.Context) error {
	c := g.begin(ec)
	defer g.finish(c)
	defer func() {
		if v := recover(); v != nil {
			// A bug of the server must not end the connection without a response.
			g.Logger.Error("panic", "request_id", c.ids.RequestID, "panic", v, "stack", string(debug.Stack()))
			g.refuse(c, fmt.Errorf("panic: %v", v))
		}
	}()
	g.refuse(c, g.process(c))
	return nil
}

// respondRoutingError responds to an unknown path or method, for which echo runs no
// middleware.
func (g *Gateway) respondRoutingError(err error, ec echo.Context) {
	c := g.begin(ec)
	defer g.finish(c)
	g.refuse(c, err)
}
