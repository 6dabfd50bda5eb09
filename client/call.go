package client

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/esacert/esacert/client/internal/ctxerr"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaclient"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// call is one operation with its attempts.
type call struct {
	*settings
	op            *esaops.Operation
	input         input
	output        output
	credentials   Credentials
	started       time.Time
	schedule      schedule
	maybeAccepted bool // an attempt was sent and received no valid response
}

// input is the input of an operation.
type input interface {
	// check returns everything that is wrong with the input.
	check() []Problem
	// logAttrs returns the attributes that identify the call in a log; no secret.
	logAttrs() []slog.Attr
	// send sends the request. Checked reports whether check was called.
	send(ctx context.Context, c *esaclient.Client, checked bool, editor esaclient.RequestEditorFn) (*http.Response, error)
}

// output is the output of an operation.
type output interface {
	// decode reads a response with a status of success.
	decode(r *response) attemptError
	setAttempts(n int)
	requestID() string // of the decoded body
}

// run sends attempts until one is accepted or rejected permanently.
func (c *call) run(ctx context.Context) error {
	c.started = c.clock()
	c.schedule = schedule{policy: c.retry, random: c.jitter}
	var last attemptError
	for number := 1; ; number++ {
		failed, err := c.attempt(ctx, number)
		switch {
		case err != nil && last != nil:
			last.setOutcome(number-1, c.maybeAccepted, err)
			return last
		case err != nil:
			return err
		case failed == nil:
			c.output.setAttempts(number)
			return nil
		}
		last = failed
		c.maybeAccepted = c.maybeAccepted || failed.maybeAccepted()
		if stopped := c.waitForRetry(ctx, number, failed); stopped != nil {
			if errors.Is(stopped, errNoMoreAttempts) {
				stopped = nil
			}
			failed.setOutcome(number, c.maybeAccepted, stopped)
			return failed
		}
	}
}

// errNoMoreAttempts means that the call must not be retried.
var errNoMoreAttempts = errors.New("enough attempts")

// waitForRetry waits until the next attempt. It returns errNoMoreAttempts if
// the call must not be retried, or the reason why the wait was interrupted.
func (c *call) waitForRetry(ctx context.Context, number int, failed attemptError) error {
	if number >= c.retry.MaxAttempts || !failed.retryable() || errors.Is(failed, ctxerr.Err(ctx)) {
		return errNoMoreAttempts
	}
	if ctxerr.Err(ctx) != nil {
		return contextErr(ctx)
	}
	var requested time.Duration
	if known, ok := failed.(interface{ RetryAfter() (time.Duration, bool) }); ok {
		requested, _ = known.RetryAfter()
	}
	wait := c.schedule.next(requested)
	if c.clock().Sub(c.started)+wait > c.retry.MaxElapsed {
		return errNoMoreAttempts
	}
	// A wait beyond the caller's deadline would only delay the error.
	if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
		return errNoMoreAttempts
	}
	c.logRetry(ctx, number, failed, wait)
	err := c.sleep(ctx, wait)
	if ctxerr.Err(ctx) != nil {
		return contextErr(ctx)
	}
	return err
}

// attempt is one request and its response.
type attempt struct {
	*call
	number  int
	at      time.Time
	nonce   string
	query   string // before it was signed
	body    []byte // form, or nil
	req     *http.Request
	trace   connectionTrace
	signErr error // why the request could not be signed
	read    response
}

// attempt sends the call once. The last result reports a request that could not be
// created. If both are nil, the output is set.
func (c *call) attempt(ctx context.Context, number int) (attemptError, error) {
	a := &attempt{call: c, number: number, at: c.clock()}
	if err := ctxerr.Err(ctx); err != nil {
		return a.connectionError(ctx, err, false), nil
	}
	within := ctx
	if c.timeout > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	resp, err := a.send(a.trace.watch(within))
	switch {
	case a.signErr != nil:
		return nil, invalid(c.op.Action, []Problem{{Field: "request", Message: "cannot be signed: " + a.signErr.Error()}})
	case err != nil:
		return a.connectionError(ctx, err, a.trace.maybeReceived(err)), nil
	}
	a.read = readResponse(resp)
	read := &a.read
	read.operation, read.redactor = c.op.Action, a.redactor()
	if read.err != nil && (ctxerr.Err(within) != nil || timedOut(read.err)) {
		return a.connectionError(ctx, cmp.Or(ctxerr.Err(within), read.err), true), nil
	}
	if failed := read.decode(c.output); failed != nil {
		a.enrich(failed)
		a.logFailure(ctx, failed)
		return failed, nil
	}
	a.logSuccess(ctx, read)
	return nil, nil
}

// send sends the request by the generated client.
func (a *attempt) send(ctx context.Context) (*http.Response, error) {
	return a.input.send(ctx, a.generated, a.checkInput, a.prepare)
}

// prepare sets the headers of a request and signs it. It is called by the
// generated client right before it sends.
func (a *attempt) prepare(ctx context.Context, req *http.Request) error {
	req.Method = a.op.Methods[0]
	if slices.Contains(a.op.Methods, a.method) {
		req.Method = a.method
	}
	req.URL.Fragment = "" // the generated path is /#Action
	a.nonce, a.req, a.query = a.newNonce(), req, req.URL.RawQuery
	h := req.Header
	h["Accept"] = a.constant.accept
	h["User-Agent"] = a.userAgent
	h["X-Acs-Action"] = a.constant.action(a.op.Action)
	h["X-Acs-Version"] = a.constant.version
	if !printable(a.nonce) {
		a.signErr = errors.New("nonce contains a space, control or non-ASCII character")
		return a.signErr
	}
	if a.body, a.signErr = bodyOf(req); a.signErr != nil {
		return a.signErr
	}
	if a.signErr = a.signer.sign(req, a.body, a.op.Action, &a.credentials, a.at, a.nonce); a.signErr != nil {
		return a.signErr
	}
	a.logRequest(ctx)
	a.callDebug()
	return nil
}

// connectionError returns the error of an attempt without a response. If the
// caller's context is done, that is the cause, whatever the transport reports.
func (a *attempt) connectionError(ctx context.Context, err error, maybeReceived bool) attemptError {
	err = unwrapURLError(err)
	if ctxerr.Err(ctx) != nil {
		err = contextErr(ctx)
	}
	failed := &ConnectionError{
		Operation: a.op.Action, Host: a.host, MaybeReceived: maybeReceived, Err: err, detail: a.redactor().redact(err.Error()),
	}
	a.logFailure(ctx, failed)
	return failed
}

// enrich adds what only the client knows to a ServiceError, and redacts its
// secrets.
func (a *attempt) enrich(failed attemptError) {
	refused, ok := failed.(*ServiceError)
	if !ok {
		return
	}
	row, _ := refused.Documented()
	switch row {
	case esaerrors.SignatureDoesNotMatchACS3, esaerrors.SignatureDoesNotMatchRPC:
		if theirs, ok := signature.ParseMismatchMessage(refused.Message); ok {
			d := a.transcript().Explain(theirs)
			d.Ours, d.Theirs = a.redactor().redact(d.Ours), a.redactor().redact(d.Theirs)
			refused.difference = &d
		}
	case esaerrors.UnauthorizedInvalidTime, esaerrors.InvalidTimeStampExpired:
		if theirs, err := http.ParseTime(refused.Header.Get("Date")); err == nil {
			refused.skew = a.at.Sub(theirs)
		}
	}
	a.redactor().serviceError(refused)
}

// transcript returns what this attempt signed.
func (a *attempt) transcript() signature.Transcript {
	return a.signer.transcript(a.req, a.query, a.body, a.op.Action, &a.credentials, a.at, a.nonce)
}

// bodyOf returns the body of a generated request, which can be read again.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.GetBody == nil {
		return nil, nil
	}
	again, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(again)
}

// secretInput is an input with parameters that must not be shown.
type secretInput interface{ secrets() []string }

func (a *attempt) redactor() redactor {
	r := redactor{credentials: &a.credentials}
	if in, ok := a.input.(secretInput); ok {
		r.more = in.secrets()
	}
	return r
}
