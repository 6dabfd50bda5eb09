package issuance

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// Authority is a certificate authority. Its methods may be called from many
// goroutines, and again for the same order: after a crash, after a lease that
// ran out, by two workers at once.
//
// An error is one of four kinds, and the loop acts on the kind:
//
//   - *RejectedError: the authority said no. It counts as a failure.
//   - *RetryLaterError: the authority is not done yet, or its budget is used up. It
//     is no failure; the order stays.
//   - the context's: the time of the step is over. The job is released.
//   - any other: something between us and the authority. The step is tried
//     again, and the application is not failed for it.
type Authority interface {
	// Order opens an order for one name and returns the URL that the authority
	// knows it by.
	Order(ctx context.Context, r OrderRequest) (url string, err error)

	// Fulfill takes an order as far as it gets: it answers the challenges,
	// finalizes the order with the request for the certificate, and returns the
	// chain (PEM, leaf first). An order that was finalized before is not
	// finalized again.
	Fulfill(ctx context.Context, r FulfillRequest) (chain []byte, err error)

	// RenewalInfo tells when the certificate should be renewed (RFC 9773). The
	// error is errors.ErrUnsupported when the authority does not say.
	RenewalInfo(ctx context.Context, leaf *x509.Certificate) (RenewalInfo, error)
}

// OrderRequest asks for a certificate.
type OrderRequest struct {
	ID       int64             // of the application
	Name     string            // domain name, normal form; may begin with "*."
	Replaces *x509.Certificate // that is renewed; nil for the first one
}

// FulfillRequest is an order and what it needs.
type FulfillRequest struct {
	ID        int64  // of the application
	URL       string // of the order
	Name      string
	Access    operations.AccessType // of the site: NS is validated by DNS, CNAME by HTTP
	CSR       []byte                // DER, signed by the key of the certificate to be
	CreatedAt time.Time             // of the order
	AppliedAt time.Time             // of the application; zero when a certificate is renewed
}

// RenewalInfo is the window in which a certificate should be renewed.
type RenewalInfo struct {
	Start, End time.Time
	RetryAfter time.Duration // until it should be asked for again; 0 when the authority does not say
}

// RejectedError is a refusal by the authority.
type RejectedError struct {
	Problem store.Problem
	// OrderInvalid says that the order leads nowhere: it is invalid, has expired, or
	// the authority does not know it.
	OrderInvalid bool
}

// Error gives the problem's type and detail.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("the authority refuses: %s: %s", e.Problem.Type, e.Problem.Detail)
}

// RetryLaterError says that nothing can be done now.
type RetryLaterError struct {
	After time.Duration // until it is worth asking again; 0 when nobody said
	// Problem says why, where the authority refuses for now (a rate limit). Nil
	// where the order is being processed.
	Problem *store.Problem
}

// Error says what is being waited for.
func (e *RetryLaterError) Error() string {
	if e.Problem == nil {
		return fmt.Sprintf("the authority is processing the order, ask again in %v", e.After)
	}
	return fmt.Sprintf("the authority asks to wait %v: %s: %s", e.After, e.Problem.Type, e.Problem.Detail)
}

// Types of problem documents that the loop acts on. Source: RFC 8555, section
// 6.7.
const (
	ProblemRejectedIdentifier = "urn:ietf:params:acme:error:rejectedIdentifier"
	ProblemRateLimited        = "urn:ietf:params:acme:error:rateLimited"
)

// Types of problems that this program reports itself. Applications stored by
// earlier versions may still hold the former types of ProblemUnavailable
// (urn:esacert:error:trouble) and ProblemTimeout (urn:esacert:error:time).
const (
	ProblemChain       = "urn:esacert:error:chain"       // certificate chain does not match the request
	ProblemOrder       = "urn:esacert:error:order"       // the order is no longer usable
	ProblemSite        = "urn:esacert:error:site"        // the site is no longer configured
	ProblemUnavailable = "urn:esacert:error:unavailable" // the authority could not be reached or used
	ProblemTimeout     = "urn:esacert:error:timeout"     // a step took longer than its lease
	ProblemBudget      = "urn:esacert:error:budget"      // a configured rate limit was reached
	ProblemDelivery    = "urn:esacert:error:delivery"    // the certificate could not be delivered
	ProblemCanceled    = "urn:esacert:error:canceled"    // the operator canceled the application
)

// ErrNoAuthority is returned for a certificate type that no authority is
// configured for.
var ErrNoAuthority = errors.New("issuer: no authority is configured for the certificate type")
