package server

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
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/store"
)

// middleware takes a call through everything that stands before the stub, then
// through the stub, and answers whatever comes of it.
func (s *Server) middleware(stub echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		x := s.begin(c)
		defer s.finish(x)
		defer func() {
			if v := recover(); v != nil {
				// A fault of ours must not end the connection without a word.
				s.logger.Error("panic", "request_id", x.ids.RequestID, "panic", v, "stack", string(debug.Stack()))
				err = s.respond(x, fmt.Errorf("panic: %v", v))
			}
		}()
		err = s.process(x)
		if err == nil && !x.responded {
			err = stub(x)
		}
		return s.respond(x, err)
	}
}

// respondRoutingError answers what never reached the stations: an unknown path or
// method.
func (s *Server) respondRoutingError(err error, c echo.Context) {
	x := s.begin(c)
	defer s.finish(x)
	if err := s.respond(x, err); err != nil {
		s.logger.Debug("answer", "request_id", x.ids.RequestID, "error", err)
	}
}

// ruleClientClosed is the rule of a call whose caller did not wait for the answer.
const ruleClientClosed = "caller-gone"

// respond writes the refusal, if there is one to write.
func (s *Server) respond(x *call, err error) error {
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
	f := toHTTPError(err)
	if f.cause != nil {
		s.logger.Error("request failed", "request_id", x.ids.RequestID, "rule", f.row.Key, "error", f.cause)
	}
	if err := s.refuse(x, f); err != nil {
		x.entry.Detail = err.Error()
	}
	return nil
}

// process takes a call through the stations in their order.
func (s *Server) process(x *call) error {
	r, limits := x.Request(), x.state.limits
	if ordered, ok := s.scenarios.NextFault(); ok {
		x.entry.Scenario = ordered.Name()
		if err := s.injectFault(x, ordered); err != nil || x.responded {
			return err
		}
	}
	if err := checkSizes(r, limits); err != nil {
		return err
	}
	if err := s.receive(x, r); err != nil {
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
	if ordered, ok := s.scenarios.NextError(); ok {
		x.entry.Scenario = ordered.Name()
		return &httpError{row: ordered.Response, detail: "ordered by a scenario", retryAfter: ordered.RetryAfter}
	}
	if err := s.scenarioSite(x); err != nil {
		return err
	}
	if err := s.authorize(x); err != nil {
		return err
	}
	return checkParameters(x.params)
}

// receive reads the body and finds out who sent it. Once the caller is known, its
// body takes no more from what all bodies share.
func (s *Server) receive(x *call, r *http.Request) error {
	body, held, err := x.state.bodies.read(r)
	defer x.state.bodies.share.Release(held)
	if err != nil {
		return err
	}
	return s.authenticate(x, r, body)
}

func (s *Server) authenticate(x *call, r *http.Request, body []byte) error {
	x.message = signature.MessageOf(r, body)
	// The clock is read now, and not when the header came: the body may have been
	// held back until a nonce that was spent before is forgotten.
	err := s.authenticator.Authenticate(x.state.directory, &x.message, x, s.clock(), &x.caller)
	x.entry.Scheme, x.entry.AccessKeyID = x.caller.Claim.Scheme.String(), cloneTruncated(x.caller.Claim.AccessKeyID)
	x.entry.Action = cloneTruncated(x.caller.Claim.Action)
	if errors.Is(err, store.ErrNonceForgotten) {
		s.checkHorizon()
	}
	if x.caller.Principal != nil {
		x.entry.Principal = x.caller.Principal.ARN
	}
	return err
}

// scenarioSite answers for the sites that exist to give one row each.
func (s *Server) scenarioSite(x *call) error {
	site, err := strconv.ParseInt(x.params.Get(paramSiteID), 10, 64)
	if err != nil {
		return nil //nolint:nilerr // what is no number is no scenario; it is refused later
	}
	row, ok := x.state.directory.Scenario(site)
	if !ok {
		return nil
	}
	x.entry.Scenario = "site " + strconv.FormatInt(site, 10)
	return newHTTPError(row, "the site is a scenario")
}

// record writes a call into the journal and counts it, once. It is called before
// the answer goes out, so that who has an answer finds the call there.
func (s *Server) record(x *call) {
	if x.recorded {
		return
	}
	x.recorded = true
	x.entry.Duration = s.clock().Sub(x.receivedAt)
	s.journal.Add(x.entry)
	s.metrics.Observe(x.entry.Rule, x.entry.Duration)
}

// finish ends a call, and books one that got no answer.
func (s *Server) finish(x *call) {
	if x.caller.Nonce != (store.Nonce{}) && !x.accepted {
		s.saver.add(x.caller.Nonce)
	}
	s.record(x)
	if ctx := x.Request().Context(); s.logger.Enabled(ctx, slog.LevelDebug) {
		s.logger.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("request_id", x.ids.RequestID),
			slog.String("rule", x.entry.Rule), slog.Int("status", x.entry.Status), slog.String("access_key_id", x.entry.AccessKeyID),
			slog.String("site_id", x.entry.SiteID), slog.String("detail", x.entry.Detail))
	}
}

// recordMalformed books a request that could not be read as HTTP.
func (s *Server) recordMalformed(row *esaerrors.Error, detail string, ids IDs, remote string) {
	s.journal.Add(malformedEntry(row, detail, ids, remote, s.clock()))
	s.metrics.Begin()
	s.metrics.Observe(row.Key, 0)
	s.logger.Debug("request", "request_id", ids.RequestID, "rule", row.Key, "status", row.Status)
}

// spoil carries out what happens to a call before it is looked at.
func (s *Server) injectFault(x *call, ordered scenario.Scenario) error {
	switch ordered.Fault {
	case scenario.CutBody:
		x.fault = scenario.CutBody // the answer is cut when it is written
		return nil
	case scenario.ConnectionReset:
		x.responded, x.entry.Rule = true, string(ordered.Fault)
		return reset(x.Response().Writer, func() { s.record(x) })
	case scenario.HTML503:
		x.responded, x.entry.Rule, x.entry.Status = true, string(ordered.Fault), http.StatusServiceUnavailable
		return s.writeHTML503(x)
	}
	return nil
}
