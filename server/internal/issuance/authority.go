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

// Words of the configuration.
const (
	LocalAuthority = "local" // name of the embedded authority
	AutoSealingKey = "auto"  // sealing key that is created at the first start
)

// Authority is a certificate authority. It must be safe for concurrent use.
// Methods may be called again for the same order: after a crash, after an
// expired lease, or by two workers simultaneously.
//
// An error is one of four kinds, which decide what the loop does:
//
//   - *RejectedError: the authority refused. It counts as a failure.
//   - *RetryLaterError: the authority is still processing, or its rate limit is
//     reached. It does not count as a failure; the order stays.
//   - the context's error: the step timed out. The job is released.
//   - any other: the authority is unavailable. The step is retried,
//     and it does not count as a failure.
type Authority interface {
	// Order opens an order for one name and returns the URL of the order.
	Order(ctx context.Context, r OrderRequest) (url string, err error)

	// Fulfill processes an order as far as possible: it responds to the challenges,
	// finalizes the order with the certificate request, and returns the chain (PEM,
	// leaf first). A finalized order is not finalized again.
	Fulfill(ctx context.Context, r FulfillRequest) (chain []byte, err error)

	// RenewalInfo returns when the certificate should be renewed (RFC 9773). It
	// returns errors.ErrUnsupported if the authority does not provide that.
	RenewalInfo(ctx context.Context, leaf *x509.Certificate) (RenewalInfo, error)

	// Revoke revokes a certificate that the authority issued, because its application
	// was deleted (reason cessationOfOperation). It returns nil if the certificate is
	// revoked already, and errors.ErrUnsupported if the authority revokes none.
	Revoke(ctx context.Context, leaf *x509.Certificate) error
}

// OrderRequest requests a certificate.
type OrderRequest struct {
	ID       int64             // of the application
	Name     string            // domain name, normal form; may begin with "*."
	Replaces *x509.Certificate // certificate to renew; nil for the first one
}

// FulfillRequest is an order and the data to fulfill it.
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
	RetryAfter time.Duration // until the next query; 0 if the authority does not set it
}

// RejectedError is a refusal by the authority.
type RejectedError struct {
	Problem store.Problem
	// OrderInvalid reports whether the order is unusable: invalid, expired, or
	// unknown to the authority.
	OrderInvalid bool
}

// Error returns the type and the detail of the problem.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("the authority refuses: %s: %s", e.Problem.Type, e.Problem.Detail)
}

// RetryLaterError reports that the authority is not ready yet.
type RetryLaterError struct {
	After time.Duration // until the next attempt; 0 if unknown
	// Problem is the reason if the authority is rate limiting. It is nil while the
	// order is being processed.
	Problem *store.Problem
}

// Error returns the reason for the wait.
func (e *RetryLaterError) Error() string {
	if e.Problem == nil {
		return fmt.Sprintf("the authority is processing the order; retry in %v", e.After)
	}
	return fmt.Sprintf("the authority requires a wait of %v: %s: %s", e.After, e.Problem.Type, e.Problem.Detail)
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
