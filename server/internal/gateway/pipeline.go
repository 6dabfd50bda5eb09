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
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// process passes a call through the stages. The first error ends it and becomes the
// response. bind is the generated stub, which parses the parameters.
func (g *Gateway) process(c *call, bind echo.HandlerFunc) error {
	if responded, err := g.injectFault(c); responded || err != nil {
		return err
	}
	if err := checkSizes(c.Request(), c.state.Limits); err != nil {
		return err
	}
	if err := g.authenticate(c); err != nil {
		return err
	}
	if err := c.readParameters(bind); err != nil {
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
	result, err := g.apply(c)
	if err != nil {
		return err
	}
	return g.accept(c, result)
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

// readParameters joins the parameters of query and body and parses them into
// c.params. Errors of a single parameter are kept in c.invalid.
func (c *call) readParameters(bind echo.HandlerFunc) (err error) {
	claim := &c.caller.Claim
	if c.values, c.entry.Detail, err = joinParameters(c.Request(), &c.message, claim); err != nil {
		return err
	}
	c.entry.SiteID = cloneTruncated(c.values.Get(paramSiteID))
	if err := checkOperation(claim); err != nil {
		return err
	}
	if err := checkFormat(c.values); err != nil {
		return err
	}
	c.invalid = c.parse(bind)
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
	if row, ok := c.state.Directory.Scenario(c.params.SiteID); ok {
		c.entry.Scenario = "site " + strconv.FormatInt(c.params.SiteID, 10)
		return refusal.New(row, "scenario site")
	}
	return nil
}

// apply passes the call to the rules.
func (g *Gateway) apply(c *call) (operations.Result, error) {
	request := operations.Request{
		Account: c.caller.Principal.Account, SiteID: c.params.SiteID, Domains: c.params.Domains,
		RequestID: c.ids.RequestID, At: c.receivedAt, Nonce: c.caller.Nonce,
	}
	if c.params.Type != nil {
		request.Type = string(*c.params.Type)
	}
	if c.params.AlgType != nil {
		request.AlgType = *c.params.AlgType
	}
	result, err := c.state.Operations.Apply(c.Request().Context(), request)
	if err != nil {
		return operations.Result{}, err
	}
	c.accepted = true
	c.entry.Detail = joined(ignoredAlgType(request.AlgType), c.entry.Detail)
	g.OnAccepted()
	return result, nil
}

// accept writes the response to an accepted call.
func (g *Gateway) accept(c *call, result operations.Result) error {
	applications := result.Applications
	body := esaapi.ApplyCertificateResponseBody{
		SiteName:   result.SiteName,
		TotalCount: int64(len(applications)),
		Result:     make([]esaapi.CertificateApplication, len(applications)),
		RequestID:  c.ids.RequestID,
	}
	c.recordAccepted(applications)
	for i, application := range applications {
		body.Result[i] = esaapi.CertificateApplication{
			Domain: application.Domain, Status: string(application.Status), ID: strconv.FormatInt(application.ID, 10),
		}
	}
	return g.writeAccepted(c, &body)
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

// middleware runs the pipeline around the generated stub.
func (g *Gateway) middleware(bind echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := g.begin(ec)
		defer g.finish(c)
		defer func() {
			if v := recover(); v != nil {
				// A bug of the server must not end the connection without a response.
				g.Logger.Error("panic", "request_id", c.ids.RequestID, "panic", v, "stack", string(debug.Stack()))
				g.refuse(c, fmt.Errorf("panic: %v", v))
			}
		}()
		g.refuse(c, g.process(c, bind))
		return nil
	}
}

// respondRoutingError responds to an unknown path or method, for which echo runs no
// middleware.
func (g *Gateway) respondRoutingError(err error, ec echo.Context) {
	c := g.begin(ec)
	defer g.finish(c)
	g.refuse(c, err)
}
