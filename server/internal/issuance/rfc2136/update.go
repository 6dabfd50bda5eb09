package rfc2136

import (
	"context"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/ctxerr"
)

// fudge is the permitted clock difference in seconds. Source: RFC 8945, section 10
// recommends this value.
const fudge = 300

// Error reports that a server rejected a query or update, or did not respond.
type Error struct {
	Server string
	Op     string // operation that failed
	Rcode  int    // DNS response code; 0 if the error is not a response code
	Reason string
	Hint   string // remedy
	Err    error  // network error if no response arrived
}

// Error returns the operation, server, reason and hint in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("rfc2136: %s at %s: %s: %s", e.Op, e.Server, e.Reason, e.Hint)
}

// Unwrap returns the network error. It hides context.DeadlineExceeded, because a
// timeout of one exchange is not the deadline of the caller.
func (e *Error) Unwrap() error {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return nil
	}
	return e.Err
}

// update sends a signed update and checks the signature of the response.
func (c *Client) update(ctx context.Context, zone, name string, m *dns.Msg) error {
	op := "update " + name
	m.SetTsig(c.key, c.o.Key.algorithm(), fudge, c.o.Now().Unix())
	response, _, err := c.dns.ExchangeContext(ctx, m, c.o.Server)
	if ctxErr := ctxerr.Err(ctx); ctxErr != nil {
		return fmt.Errorf("rfc2136: %s at %s: %w", op, c.o.Server, ctxErr)
	}
	if response == nil || err != nil && response.IsTsig() == nil {
		return unreachable(c.o.Server, op, err)
	}
	fail := func(reason, hint string) error {
		return &Error{Server: c.o.Server, Op: op, Rcode: response.Rcode, Reason: reason, Hint: hint}
	}
	signature := response.IsTsig()
	switch {
	case signature != nil && signature.Error != dns.RcodeSuccess:
		return fail("got "+rcode(int(signature.Error)), c.signatureHint(signature.Error))
	case errors.Is(err, dns.ErrTime):
		return fail("response signature is outside the permitted time", "synchronize the clocks of client and server")
	case response.Rcode == dns.RcodeNotAuth:
		// The library does not verify the signature of NOTAUTH. The update has failed
		// regardless.
		return fail("got "+rcode(response.Rcode), c.updateHint(response.Rcode, zone, name))
	case err != nil:
		return fail("invalid response signature", "check the secret of the key "+c.key)
	case response.Rcode != dns.RcodeSuccess:
		return fail("got "+rcode(response.Rcode), c.updateHint(response.Rcode, zone, name))
	case signature == nil:
		return fail("response is not signed", "the server must sign its responses with the key (RFC 8945, section 5.3)")
	}
	return nil
}

func (c *Client) signatureHint(code uint16) string {
	switch int(code) {
	case dns.RcodeBadKey:
		return fmt.Sprintf("the server has no key %s with %s; correct the name and algorithm", c.key, c.o.Key.algorithm())
	case dns.RcodeBadSig:
		return fmt.Sprintf("the server has a different secret for the key %s", c.key)
	case dns.RcodeBadTime:
		return "the clocks differ by more than five minutes; synchronize them"
	}
	return "see RFC 8945, section 5.2"
}

func (c *Client) updateHint(code int, zone, name string) string {
	switch code {
	case dns.RcodeRefused:
		return fmt.Sprintf("the server must allow the key %s to update TXT records at %s", c.key, name)
	case dns.RcodeNotAuth:
		return fmt.Sprintf("the server is not the primary of the zone %s, or does not know the key %s", zone, c.key)
	case dns.RcodeNotZone:
		return fmt.Sprintf("%s is not in the zone %s; correct the zone, or unset it to detect it", name, zone)
	case dns.RcodeNotImplemented:
		return "the server does not support dynamic updates (RFC 2136)"
	}
	return "check the log of the server"
}

// rcode returns the name of a response code, for example REFUSED. TSIG error codes
// begin at 16, for which the library has the name of another code.
func rcode(code int) string {
	if code == dns.RcodeBadSig {
		return "BADSIG"
	}
	if name, found := dns.RcodeToString[code]; found {
		return name
	}
	return fmt.Sprintf("response code %d", code)
}
