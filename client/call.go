package client

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/esacert/esacert/client/deadline"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// call is one ApplyCertificate with its attempts.
type call struct {
	*settings
	params      esaapi.ApplyCertificateParams
	credentials Credentials
	started     time.Time
	schedule    schedule
	lost        bool // an attempt was sent and got no proper answer
}

// run makes attempts until one is accepted or refused for good.
func (c *call) run(ctx context.Context) (*ApplyCertificateOutput, error) {
	c.started = c.clock()
	c.schedule = schedule{policy: c.retry, random: c.jitter}
	var last attemptError
	for number := 1; ; number++ {
		output, failed, err := c.attempt(ctx, number)
		switch {
		case err != nil && last != nil:
			last.conclude(number-1, c.lost, err)
			return nil, last
		case err != nil:
			return nil, err
		case failed == nil:
			output.Attempts = number
			return output, nil
		}
		last = failed
		c.lost = c.lost || failed.lost()
		if stopped := c.pause(ctx, number, failed); stopped != nil {
			if errors.Is(stopped, errEnough) {
				stopped = nil
			}
			failed.conclude(number, c.lost, stopped)
			return nil, failed
		}
	}
}

// errEnough says that another attempt is not wanted.
var errEnough = errors.New("enough attempts")

// pause waits for the time of the next attempt. It returns errEnough where there
// is to be none, and what ended the wait where there was to be one.
func (c *call) pause(ctx context.Context, number int, failed attemptError) error {
	if number >= c.retry.MaxAttempts || !failed.Retryable() || errors.Is(failed, deadline.Ended(ctx)) {
		return errEnough
	}
	if deadline.Ended(ctx) != nil {
		return ended(ctx)
	}
	var asked time.Duration
	if told, ok := failed.(interface{ RetryAfter() (time.Duration, bool) }); ok {
		asked, _ = told.RetryAfter()
	}
	wait := c.schedule.next(asked)
	if c.clock().Sub(c.started)+wait > c.retry.MaxElapsed {
		return errEnough
	}
	// A wait beyond the caller's deadline would only delay the bad news.
	if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
		return errEnough
	}
	c.logRetry(ctx, number, failed, wait)
	err := c.sleep(ctx, wait)
	if deadline.Ended(ctx) != nil {
		return ended(ctx)
	}
	return err
}

// attempt is one request with its answer.
type attempt struct {
	*call
	number int
	at     time.Time
	nonce  string
	query  string // before it was signed
	req    *http.Request
	trace  connectionTrace
	failed error // why the request could not be signed
}

// attempt sends the call once. Exactly one of its three results is not nil; the
// last is for a request that could not be made.
func (c *call) attempt(ctx context.Context, number int) (*ApplyCertificateOutput, attemptError, error) {
	a := &attempt{call: c, number: number, at: c.clock()}
	if err := deadline.Ended(ctx); err != nil {
		return nil, a.noAnswer(ctx, err, false), nil
	}
	within := ctx
	if c.timeout > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	resp, err := a.send(a.trace.watch(within))
	switch {
	case a.failed != nil:
		return nil, nil, invalid([]Problem{{Field: "request", Message: "cannot be signed: " + a.failed.Error()}})
	case err != nil:
		return nil, a.noAnswer(ctx, err, a.trace.maybeReceived(err)), nil
	}
	read := readResponse(resp)
	read.redactor = a.redactor()
	if read.err != nil && (deadline.Ended(within) != nil || timedOut(read.err)) {
		return nil, a.noAnswer(ctx, cmp.Or(deadline.Ended(within), read.err), true), nil
	}
	output, failed := read.decode()
	if failed != nil {
		a.complete(failed)
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
		return a.stub.ApplyCertificateGet(ctx, &params, a.prepare)
	}
	return a.stub.ApplyCertificate(ctx, &a.params, a.prepare)
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
		a.failed = errors.New("the nonce holds a blank or another character that none has")
		return a.failed
	}
	if a.failed = a.signer.sign(req, &a.credentials, a.at, a.nonce); a.failed != nil {
		return a.failed
	}
	a.logRequest(ctx)
	a.callDebug()
	return nil
}

// noAnswer makes the error of an attempt without an answer. Where the caller's
// context has ended, that is the cause, however the transport puts it.
func (a *attempt) noAnswer(ctx context.Context, err error, maybeReceived bool) attemptError {
	err = withoutURL(err)
	if deadline.Ended(ctx) != nil {
		err = ended(ctx)
	}
	failed := &ConnectionError{
		Host: a.host, MaybeReceived: maybeReceived, Err: err, detail: a.redactor().text(err.Error()),
	}
	a.logFailure(ctx, failed)
	return failed
}

// complete adds to a refusal what only the client knows, and takes secrets out
// of it.
func (a *attempt) complete(failed attemptError) {
	refused, ok := failed.(*ServiceError)
	if !ok {
		return
	}
	row, _ := refused.Row()
	switch row {
	case esaerrors.SignatureDoesNotMatchACS3, esaerrors.SignatureDoesNotMatchRPC:
		if theirs, ok := signature.ParseMismatchMessage(refused.Message); ok {
			d := a.transcript().Explain(theirs)
			d.Ours, d.Theirs = a.redactor().text(d.Ours), a.redactor().text(d.Theirs)
			refused.difference = &d
		}
	case esaerrors.UnauthorizedInvalidTime, esaerrors.InvalidTimeStampExpired:
		if theirs, err := http.ParseTime(refused.Header.Get("Date")); err == nil {
			refused.skew = a.at.Sub(theirs)
		}
	}
	a.redactor().serviceError(refused)
}

// transcript gives what this attempt has signed.
func (a *attempt) transcript() signature.Transcript {
	return a.signer.transcript(a.req, a.query, &a.credentials, a.at, a.nonce)
}

func (a *attempt) redactor() redactor { return redactor{&a.credentials} }
