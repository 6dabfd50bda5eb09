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

// UnavailableError reports that a request to an authority could not be fulfilled
// for a reason that does not concern the application. The step is retried.
type UnavailableError struct {
	Authority    string // name in the configuration
	DirectoryURL string
	Op           string         // operation that failed
	Problem      *store.Problem // problem document of the authority; may be nil
	Hint         string         // remedy; may be empty
	Err          error          // cause; nil if Problem is set
}

// Error returns one line with every field that is set.
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

// Unwrap returns the cause. It hides context errors, because a timeout of one
// request is not the timeout of the step, and store errors, because an error
// about the account does not concern the application.
func (e *UnavailableError) Unwrap() error {
	for _, other := range []error{context.DeadlineExceeded, context.Canceled, store.ErrNotFound, store.ErrInvalidTransition, store.ErrFenced} {
		if errors.Is(e.Err, other) {
			return nil
		}
	}
	return e.Err
}

func (a *Client) unavailable(op, hint string, err error) error {
	return &UnavailableError{Authority: a.o.Name, DirectoryURL: a.o.DirectoryURL, Op: op, Hint: hint, Err: err}
}

// contextErr returns an error if the context is done, that is, if the step was
// canceled or its time is over.
func contextErr(ctx context.Context, op string) error {
	if err := ctxerr.Err(ctx); err != nil {
		return fmt.Errorf("acme: %s: %w", op, err)
	}
	return nil
}

// failure converts a failed request to one of the four classes of errors (see
// issuance.Authority). With ofAccount it never returns a RejectedError: a failure
// of the account does not count against the application.
func (a *Client) failure(ctx context.Context, op string, x *lastResponse, err error, ofAccount bool) error {
	if err := contextErr(ctx, op); err != nil {
		return err
	}
	if x.status < 400 {
		return a.invalidResponse(op, x, err)
	}
	p, kind := x.verdict()
	switch {
	case kind == classRetryLater:
		return &issuance.RetryLaterError{After: x.after, Problem: &p}
	case kind == classReject && !ofAccount:
		return &issuance.RejectedError{Problem: p}
	}
	return &UnavailableError{Authority: a.o.Name, DirectoryURL: a.o.DirectoryURL, Op: op, Problem: &p, Hint: a.hint(&p, x, ofAccount)}
}

// invalidResponse returns the error if no response arrived, or one that is not
// ACME.
func (a *Client) invalidResponse(op string, x *lastResponse, err error) error {
	switch {
	case x.status == 0:
		return a.unavailable(op, connectionHint(err), fmt.Errorf("no response: %w", err))
	case x.status >= 300:
		err = fmt.Errorf("HTTP status %d: %s", x.status, x.snippet)
	default:
		err = errors.New(printable(err.Error(), 300))
	}
	return a.unavailable(op, "not a valid ACME response (RFC 8555); check for a proxy in front of the authority", err)
}

// connectionHint returns the remedy for a connection error.
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
		return "TLS certificate is not trusted; for a private authority, configure its root certificates"
	case errors.As(err, &hostname):
		return "TLS certificate is for another name; use the directory URL that the authority publishes"
	case errors.As(err, &invalid):
		return "TLS certificate is not valid; check the local clock"
	case errors.As(err, &header):
		return "server does not support TLS; check the port of the directory URL"
	case errors.As(err, &noName):
		return "host name is not in the DNS; check the directory URL"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "request timed out; check the network, and set HTTPS_PROXY if a proxy is required"
	}
	return "check the network, and set HTTPS_PROXY if a proxy is required"
}

// problemClass is how the loop handles a problem.
type problemClass int

const (
	classReject      problemClass = iota // count a failure
	classRetryLater                      // retry at a later time
	classUnavailable                     // wait for a fix by the operator or the authority
)

// verdict returns the problem and the class of a response with an error status.
func (x *lastResponse) verdict() (store.Problem, problemClass) {
	if x.problem == nil {
		p := store.Problem{Type: typeAboutBlank, Title: http.StatusText(x.status), Status: x.status, Detail: x.snippet}
		switch {
		case x.status == http.StatusTooManyRequests:
			return p, classRetryLater
		case x.hasRetryAfter && x.status == http.StatusServiceUnavailable:
			return p, classRetryLater
		}
		// An ACME server would have sent a problem document.
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

// problemInvalidProfile is the type in draft-ietf-acme-profiles.
const problemInvalidProfile = acme.ProblemTypeNamespace + "invalidProfile"

// isUnavailable reports whether a problem type concerns neither the name nor the
// request for its certificate. Source: RFC 8555, section 6.7.
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

// isRejection reports whether a problem type concerns a name, regardless of the
// status.
func isRejection(typ string) bool {
	switch typ {
	case acme.ProblemTypeBadCSR, acme.ProblemTypeCAA, acme.ProblemTypeCompound, acme.ProblemTypeConnection,
		acme.ProblemTypeDNS, acme.ProblemTypeIncorrectResponse, acme.ProblemTypeRejectedIdentifier,
		acme.ProblemTypeTLS, acme.ProblemTypeUnauthorized, acme.ProblemTypeUnsupportedIdentifier:
		return true
	}
	return false
}

// hint returns the remedy for a problem; empty if unknown.
func (a *Client) hint(p *store.Problem, x *lastResponse, ofAccount bool) string {
	switch p.Type {
	case acme.ProblemTypeAccountDoesNotExist:
		return "the authority does not know the account; if it is permanently lost, " +
			"rename the authority in the configuration to create a new account"
	case acme.ProblemTypeExternalAccountRequired:
		return "request a key id and an HMAC key from the authority, and configure them as the external account"
	case acme.ProblemTypeUserActionRequired:
		if x.instance != "" {
			return "follow the authority's instructions at " + x.instance
		}
		return "agree to the authority's terms of service"
	case acme.ProblemTypeInvalidContact, acme.ProblemTypeUnsupportedContact:
		return "correct the contacts, which must be mail addresses, for example ops@example.com"
	case acme.ProblemTypeBadNonce:
		return "the authority rejected every nonce; check for a proxy that caches its responses"
	case acme.ProblemTypeBadPublicKey, acme.ProblemTypeBadSignatureAlgorithm:
		return "the authority does not accept the account key, which is ECDSA P-256"
	}
	if x.problem == nil {
		return "response is not a problem document (RFC 8555, section 6.7); check whether the directory URL belongs to an ACME service"
	}
	if ofAccount && p.Type == acme.ProblemTypeUnauthorized {
		return a.unauthorizedHint()
	}
	return ""
}

func (a *Client) unauthorizedHint() string {
	const deactivated = "if the account was deactivated, rename the authority in the configuration to create a new account"
	if a.o.ExternalAccount == nil {
		return deactivated
	}
	return fmt.Sprintf("check that the key id %q and the HMAC key of the external account are correct and still usable; ", a.o.ExternalAccount.KeyID) + deactivated
}
