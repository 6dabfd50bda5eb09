package rfc2136

import (
	"context"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/ctxerr"
)

// fudge is how far clocks may be apart, in seconds. Source: RFC 8945, section
// 10 recommends it.
const fudge = 300

// Error is what a server says no to, or does not answer at all.
type Error struct {
	Server string
	Op     string
	Rcode  int // of DNS; 0 where it is not about one
	Reason string
	Hint   string // what would be right
	Err    error  // where there was no answer
}

// Error says all of it in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("rfc2136: %s at %s: %s: %s", e.Op, e.Server, e.Reason, e.Hint)
}

// Unwrap gives what the network said. A time-out of one exchange is not the end
// of the caller's time, so it does not look like one.
func (e *Error) Unwrap() error {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return nil
	}
	return e.Err
}

// update sends a signed update, and checks the signature of the answer.
func (c *Client) update(ctx context.Context, zone, name string, m *dns.Msg) error {
	doing := "updating " + name
	m.SetTsig(c.key, c.o.Key.algorithm(), fudge, c.o.Now().Unix())
	answer, _, err := c.dns.ExchangeContext(ctx, m, c.o.Server)
	if over := ctxerr.Err(ctx); over != nil {
		return fmt.Errorf("rfc2136: %s at %s: %w", doing, c.o.Server, over)
	}
	if answer == nil || err != nil && answer.IsTsig() == nil {
		return unreachable(c.o.Server, doing, err)
	}
	fail := func(reason, hint string) error {
		return &Error{Server: c.o.Server, Op: doing, Rcode: answer.Rcode, Reason: reason, Hint: hint}
	}
	signature := answer.IsTsig()
	switch {
	case signature != nil && signature.Error != dns.RcodeSuccess:
		return fail("it answers "+rcode(int(signature.Error)), c.signatureHint(signature.Error))
	case errors.Is(err, dns.ErrTime):
		return fail("the time in its signature is not ours", "set the clocks of both")
	case answer.Rcode == dns.RcodeNotAuth:
		// The library looks at no signature then. It is a refusal in any case.
		return fail("it answers "+rcode(answer.Rcode), c.updateHint(answer.Rcode, zone, name))
	case err != nil:
		return fail("its answer has a wrong signature", "is the secret of the key "+c.key+" right?")
	case answer.Rcode != dns.RcodeSuccess:
		return fail("it answers "+rcode(answer.Rcode), c.updateHint(answer.Rcode, zone, name))
	case signature == nil:
		return fail("its answer is not signed", "the server must sign its answers with the key (RFC 8945, section 5.3)")
	}
	return nil
}

func (c *Client) signatureHint(code uint16) string {
	switch int(code) {
	case dns.RcodeBadKey:
		return fmt.Sprintf("the server does not know the key %s with %s: correct its name and algorithm", c.key, c.o.Key.algorithm())
	case dns.RcodeBadSig:
		return fmt.Sprintf("the secret of the key %s is another one there", c.key)
	case dns.RcodeBadTime:
		return "the clocks are apart by more than five minutes: set them"
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
		return fmt.Sprintf("%s is not in the zone %s: correct the zone, or leave it out to have it found", name, zone)
	case dns.RcodeNotImplemented:
		return "the server takes no dynamic updates (RFC 2136)"
	}
	return "look into the log of the server"
}

// rcode names a response code like REFUSED. The signatures' codes begin at 16,
// where the library has the name of another one.
func rcode(code int) string {
	if code == dns.RcodeBadSig {
		return "BADSIG"
	}
	if name, found := dns.RcodeToString[code]; found {
		return name
	}
	return fmt.Sprintf("response code %d", code)
}
