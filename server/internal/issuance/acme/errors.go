package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/ctxerr"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// UnavailableError says what is between us and an authority. It is no refusal: the
// step is tried again.
type UnavailableError struct {
	Authority    string // name in the configuration
	DirectoryURL string // its URL
	Op           string // what was being done
	Problem      *store.Problem
	Hint         string // what would be right; may be empty
	Err          error  // nil if there is a problem
}

// Error says all of it in one line.
func (e *UnavailableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "acme: %s at %s (%s): ", e.Op, e.Authority, e.DirectoryURL)
	if e.Problem != nil {
		fmt.Fprintf(&b, "%s: %s", e.Problem.Type, e.Problem.Detail)
	} else {
		b.WriteString(e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString(": " + e.Hint)
	}
	return b.String()
}

// Unwrap gives the cause. A time-out of a single request is not the end of the
// step's time, so it does not look like one, and what a store says of an account
// says nothing of an application.
func (e *UnavailableError) Unwrap() error {
	for _, other := range []error{context.DeadlineExceeded, context.Canceled, store.ErrNotFound, store.ErrInvalidTransition, store.ErrFenced} {
		if errors.Is(e.Err, other) {
			return nil
		}
	}
	return e.Err
}

func (a *Client) unavailable(doing, hint string, err error) error {
	return &UnavailableError{Authority: a.o.Name, DirectoryURL: a.o.DirectoryURL, Op: doing, Hint: hint, Err: err}
}

// ended is the error of a step whose time is over; nil when it is not.
func contextErr(ctx context.Context, doing string) error {
	if err := ctxerr.Err(ctx); err != nil {
		return fmt.Errorf("acme: %s: %w", doing, err)
	}
	return nil
}

// failure makes one of the four kinds of errors (see issuance.Authority) of what
// a request came to. With ofAccount nothing is a refusal: the application is not
// to blame for the account.
func (a *Client) failure(ctx context.Context, doing string, x *lastResponse, err error, ofAccount bool) error {
	if over := contextErr(ctx, doing); over != nil {
		return over
	}
	if x.status < 400 {
		return a.invalidResponse(doing, x, err)
	}
	p, kind := x.verdict()
	switch {
	case kind == classRetryLater:
		return &issuance.RetryLaterError{After: x.after, Problem: &p}
	case kind == classReject && !ofAccount:
		return &issuance.RejectedError{Problem: p}
	}
	return &UnavailableError{Authority: a.o.Name, DirectoryURL: a.o.DirectoryURL, Op: doing, Problem: &p, Hint: a.hint(&p, x, ofAccount)}
}

// unreadable is for what has no answer, or one that is not ACME.
func (a *Client) invalidResponse(doing string, x *lastResponse, err error) error {
	switch {
	case x.status == 0:
		return a.unavailable(doing, connectionHint(err), fmt.Errorf("no response: %w", err))
	case x.status >= 300:
		err = fmt.Errorf("HTTP status %d: %s", x.status, x.snippet)
	default:
		err = errors.New(printable(err.Error(), 300))
	}
	return a.unavailable(doing, "this is not what ACME (RFC 8555) says; is there something else between us and the authority?", err)
}

// connectionHint says what would be right where there was no answer.
func connectionHint(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		header   tls.RecordHeaderError
		noName   *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return "its TLS certificate is not trusted; if the authority is one's own, configure its root certificates"
	case errors.As(err, &hostname):
		return "its TLS certificate is for another name; the directory must be the URL that the authority gives out"
	case errors.As(err, &invalid):
		return "its TLS certificate is not valid; is the clock right?"
	case errors.As(err, &header):
		return "it does not speak TLS; is the port of the directory right?"
	case errors.As(err, &noName):
		return "its name is not known to the DNS; is the directory right?"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "it takes too long; can it be reached from here, and is a proxy needed (HTTPS_PROXY)?"
	}
	return "can it be reached from here, and is a proxy needed (HTTPS_PROXY)?"
}

// problemClass of a problem: what the loop is to do about it.
type problemClass int

const (
	classReject      problemClass = iota // count a failure
	classRetryLater                      // come again later
	classUnavailable                     // an operator or the authority has something to mend
)

// verdict judges an answer with an error status.
func (x *lastResponse) verdict() (store.Problem, problemClass) {
	if x.problem == nil {
		p := store.Problem{Type: typeAboutBlank, Title: http.StatusText(x.status), Status: x.status, Detail: x.snippet}
		switch {
		case x.status == http.StatusTooManyRequests:
			return p, classRetryLater
		case x.hasRetryAfter && x.status == http.StatusServiceUnavailable:
			return p, classRetryLater
		}
		// Whoever speaks ACME says what is wrong in a problem document.
		return p, classUnavailable
	}
	p := *x.problem
	switch {
	case p.Type == issuance.ProblemRateLimited || x.status == http.StatusTooManyRequests:
		return p, classRetryLater
	case x.hasRetryAfter && x.status == http.StatusServiceUnavailable:
		return p, classRetryLater
	case isUnavailable(p.Type), x.status >= http.StatusInternalServerError && !isRejection(p.Type):
		return p, classUnavailable
	}
	return p, classReject
}

// problemInvalidProfile is of draft-ietf-acme-profiles.
const problemInvalidProfile = acme.ProblemTypeNamespace + "invalidProfile"

// troubles tells the types that say nothing of the name or the request for its
// certificate. Source: RFC 8555, section 6.7.
func isUnavailable(typ string) bool {
	switch typ {
	case acme.ProblemTypeAccountDoesNotExist, acme.ProblemTypeBadNonce, acme.ProblemTypeBadPublicKey,
		acme.ProblemTypeBadSignatureAlgorithm, acme.ProblemTypeExternalAccountRequired,
		acme.ProblemTypeInvalidContact, acme.ProblemTypeUnsupportedContact,
		acme.ProblemTypeUserActionRequired, acme.ProblemTypeServerInternal, problemInvalidProfile:
		return true
	}
	return false
}

// refuses tells the types that are about a name, with whatever status they come.
func isRejection(typ string) bool {
	switch typ {
	case acme.ProblemTypeBadCSR, acme.ProblemTypeCAA, acme.ProblemTypeCompound, acme.ProblemTypeConnection,
		acme.ProblemTypeDNS, acme.ProblemTypeIncorrectResponse, acme.ProblemTypeRejectedIdentifier,
		acme.ProblemTypeTLS, acme.ProblemTypeUnauthorized, acme.ProblemTypeUnsupportedIdentifier:
		return true
	}
	return false
}

// hint says what would be right.
func (a *Client) hint(p *store.Problem, x *lastResponse, ofAccount bool) string {
	switch p.Type {
	case acme.ProblemTypeAccountDoesNotExist:
		return "the authority does not know our account, and no other one is made by itself: if it is lost for good, " +
			"give the authority another name in the configuration, which makes a new one"
	case acme.ProblemTypeExternalAccountRequired:
		return "ask the authority for a key id and an HMAC key, and configure them as the external account"
	case acme.ProblemTypeUserActionRequired:
		if x.instance != "" {
			return "the authority says what is to be done at " + x.instance
		}
		return "the authority wants its terms of service to be agreed to"
	case acme.ProblemTypeInvalidContact, acme.ProblemTypeUnsupportedContact:
		return "correct the contacts, which are mail addresses like ops@example.com"
	case acme.ProblemTypeBadNonce:
		return "it has refused every nonce; does something between us and the authority keep its answers?"
	case acme.ProblemTypeBadPublicKey, acme.ProblemTypeBadSignatureAlgorithm:
		return "it does not take the account's key, which is ECDSA P-256"
	}
	if x.problem == nil {
		return "it answers without a problem document (RFC 8555, section 6.7); is this the directory of an ACME service?"
	}
	if ofAccount && p.Type == acme.ProblemTypeUnauthorized {
		return a.unauthorizedHint()
	}
	return ""
}

func (a *Client) unauthorizedHint() string {
	const deactivated = "if the account was deactivated, give the authority another name in the configuration, which makes a new one"
	if a.o.ExternalAccount == nil {
		return deactivated
	}
	return fmt.Sprintf("are the key id %q and the HMAC key of the external account right, and not used up? ", a.o.ExternalAccount.KeyID) + deactivated
}
