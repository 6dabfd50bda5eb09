package client

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/esacert/esacert/client/internal/ctxerr"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// call is one ApplyCertificate with its attempts.
type call struct {
	*settings
	params        esaapi.ApplyCertificateParams
	credentials   Credentials
	started       time.Time
	schedule      schedule
	maybeAccepted bool // an attempt was sent and received no valid response
}

// run sends attempts until one is accepted or rejected permanently.
func (c *call) run(ctx context.Context) (*ApplyCertificateOutput, error) {
	c.started = c.clock()
	c.schedule = schedule{policy: c.retry, random: c.jitter}
	var last attemptError
	for number := 1; ; number++ {
		output, failed, err := c.attempt(ctx, number)
		switch {
		case err != nil && last != nil:
			last.setOutcome(number-1, c.maybeAccepted, err)
			return nil, last
		case err != nil:
			return nil, err
		case failed == nil:
			output.Attempts = number
			return output, nil
		}
		last = failed
		c.maybeAccepted = c.maybeAccepted || failed.maybeAccepted()
		if stopped := c.waitForRetry(ctx, number, failed); stopped != nil {
			if errors.Is(stopped, errNoMoreAttempts) {
				stopped = nil
			}
			failed.setOutcome(number, c.maybeAccepted, stopped)
			return nil, failed
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
	req     *http.Request
	trace   connectionTrace
	signErr error // why the request could not be signed
}

// attempt sends the call once. Exactly one of its three results is not nil; the
// last reports a request that could not be created.
func (c *call) attempt(ctx context.Context, number int) (*ApplyCertificateOutput, attemptError, error) {
	a := &attempt{call: c, number: number, at: c.clock()}
	if err := ctxerr.Err(ctx); err != nil {
		return nil, a.connectionError(ctx, err, false), nil
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
		return nil, nil, invalid([]Problem{{Field: "request", Message: "cannot be signed: " + a.signErr.Error()}})
	case err != nil:
		return nil, a.connectionError(ctx, err, a.trace.maybeReceived(err)), nil
	}
	read := readResponse(resp)
	read.redactor = a.redactor()
	if read.err != nil && (ctxerr.Err(within) != nil || timedOut(read.err)) {
		return nil, a.connectionError(ctx, cmp.Or(ctxerr.Err(within), read.err), true), nil
	}
	output, failed := read.decode()
	if failed != nil {
		a.enrich(failed)
		a.logFailure(ctx, failed)
		return nil, failed, nil
	}
	a.logSuccess(ctx, output)
	return output, nil, nil
}

// send sends the request by the generated client.
func (a *attempt) send(ctx context.Context) (*http.Response, error) {
	if a.method == http.MethodGet {
		params := esaapi.ApplyCertificateGetParams(a.params)
		return a.generated.ApplyCertificateGet(ctx, &params, a.prepare)
	}
	return a.generated.ApplyCertificate(ctx, &a.params, a.prepare)
}

// prepare sets the headers of a request and signs it. It is called by the
// generated client right before it sends.
func (a *attempt) prepare(ctx context.Context, req *http.Request) error {
	a.nonce, a.req, a.query = a.newNonce(), req, req.URL.RawQuery
	h := req.Header
	h["Accept"] = a.constant.accept
	h["User-Agent"] = a.userAgent
	h["X-Acs-Action"] = a.constant.action
	h["X-Acs-Version"] = a.constant.version
	if !printable(a.nonce) {
		a.signErr = errors.New("nonce contains a space, control or non-ASCII character")
		return a.signErr
	}
	if a.signErr = a.signer.sign(req, &a.credentials, a.at, a.nonce); a.signErr != nil {
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
		Host: a.host, MaybeReceived: maybeReceived, Err: err, detail: a.redactor().redact(err.Error()),
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
	return a.signer.transcript(a.req, a.query, &a.credentials, a.at, a.nonce)
}

func (a *attempt) redactor() redactor { return redactor{&a.credentials} }
