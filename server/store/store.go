// Package store defines what a server keeps: applications, the counters of their
// quotas, and used nonces.
//
// The package holds the interfaces, their types and their errors. Each
// implementation is a package (sqlite) and passes the suite in storetest, which
// tests every requirement stated below.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Status is the state of an application. Its values are those that the service
// returns in Result[].Status and in its certificate lists.
type Status string

// An application starts as Applying and becomes Issued, Failed or, by the operator,
// Canceled. An uploaded certificate starts as Issued. Any of them can be Deleted.
const (
	Applying Status = "Applying"
	Issued   Status = "Issued"
	Failed   Status = "Failed"
	Canceled Status = "Canceled"
	Deleted  Status = "Deleted"
)

// FirstID is the ID of the first application of an empty store. It is the ID in
// the documented example, so that the documented request returns the documented
// response.
const FirstID int64 = 30000478

// Application is an application for the certificate of one domain name. Its times
// are in UTC, truncated to the microsecond.
type Application struct {
	ID         int64  // unique in the store, ascending
	Account    string // account that owns the site
	SiteID     int64
	Domain     string // normal form: lower case, punycode; the common name if uploaded
	Name       string // of an uploaded certificate; "" for others
	Names      string // subject alternative names of an uploaded certificate, comma-separated; "" for others
	Region     string // of an uploaded certificate, as its uploader named it; "" if it did not, and for others
	Type       string // certificate type, as in the contract, or Uploaded
	AlgType    string // the parameter, verbatim; "" if omitted
	Plan       string // plan whose quota it uses
	Family     string // certificate family whose quota it uses
	DNSRecords int    // DNS records of the site that it needs
	Status     Status
	RequestID  string // ID of the accepted request
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// NonceKey is a digest of an access key ID and a nonce. Two requests with the same
// key are one request sent twice.
type NonceKey [16]byte

// Nonce is a used nonce. It may be deleted after Expires. The zero value expired
// long ago, so a request without a nonce is not a special case.
type Nonce struct {
	Key         NonceKey
	Expires     time.Time // whole seconds
	Account     string    // account of the access key; "" if saved by an earlier version
	AccessKeyID string    // "" likewise
}

// Unlimited as a limit disables it.
const Unlimited = -1

// ApplyRequest is the argument of Apply: the applications to create, and the
// limits to keep. Its strings are valid UTF-8 without NUL: every engine stores
// those, and compares them byte by byte.
type ApplyRequest struct {
	Account   string
	SiteID    int64
	Domains   []string // normal form, without duplicates, in the order of the response
	Type      string
	AlgType   string
	RequestID string
	At        time.Time

	Plan   string // quota is counted per account, plan and family
	Family string
	Quota  int // certificates of the family that the plan includes, or Unlimited

	DNSRecordsEach  int // DNS records that each name needs; if 0, as on CNAME sites, the limit is not checked
	DNSRecordsInUse int // records of the site besides those of applications
	DNSRecordLimit  int // records that the plan allows a site, or Unlimited

	Nonce Nonce // nonce of the request, stored in the same transaction
}

// QuotaUsage is what the applications of a plan and a site use. Only those that are
// Applying or Issued use anything.
type QuotaUsage struct {
	Quota      int // Applying and Issued applications of account, plan, family
	DNSRecords int // DNS records of Applying and Issued applications of account, site
}

// Query selects applications. The zero value selects all.
type Query struct {
	Account string // "" for every account
	SiteID  int64  // 0 for every site
	Domain  string // "" for every domain name
	Status  Status // "" for every status except Deleted
	After   int64  // only IDs greater than this: the last ID of the previous page
	Limit   int    // maximum number of results, which are ordered by ID; DefaultLimit if 0 or less, at most MaxLimit
}

const (
	// DefaultLimit is the page size if Query sets no limit.
	DefaultLimit = 100
	// MaxLimit is the largest page size. A longer list needs several pages, each
	// with Query.After set to the last ID of the previous page.
	MaxLimit = 1000
)

// Store keeps applications and nonces. All methods are safe for concurrent use.
// An error that is not named below is a failure of the store itself.
//
// If the context is done before a write has started, the method returns the
// context's error and writes nothing. A write that has started is completed and
// its outcome returned, even if the context is done meanwhile. So the context's
// error always means that nothing was stored.
type Store interface {
	Certificates

	// Apply checks, in this order, that the nonce does not expire before the
	// horizon (see DeleteExpiredNonces), that no domain name has an application
	// in Applying on the site, that the record limit is kept, and that the quota
	// is kept. It then writes the applications with consecutive IDs, the counters
	// and the nonce in one durable transaction, and returns the applications in
	// the order of r.Domains. A rejected request uses no ID.
	//
	// Errors, with nothing written: ErrInvalidBatch, ErrNonceForgotten (never for
	// the zero Nonce), *AlreadySubmittedError for the first pending name,
	// ErrRecordLimitExceeded, ErrQuotaExceeded.
	Apply(ctx context.Context, r ApplyRequest) ([]Application, error)

	// Finish moves an application from Applying to Issued or Failed, or from
	// Issued to Failed, and sets UpdatedAt. A failed application releases its
	// quota and records.
	//
	// Errors, with nothing written: ErrNotFound, ErrInvalidTransition.
	Finish(ctx context.Context, id int64, to Status, at time.Time) error

	// Applications lists applications by ascending ID. Deleted ones are listed only
	// if q.Status is Deleted. An empty list is not an error.
	Applications(ctx context.Context, q Query) ([]Application, error)

	// Usage returns the counters, which are zero for unknown keys.
	Usage(ctx context.Context, account, plan, family string, site int64) (QuotaUsage, error)

	// SaveNonces saves used nonces. They may become durable later, but not after
	// Close returns.
	SaveNonces(ctx context.Context, nonces []Nonce) error

	// Nonces calls yield with every nonce that expires after now: those saved
	// and those of accepted requests. A key may be repeated. Nonces stops at the
	// first error of yield and returns it.
	Nonces(ctx context.Context, now time.Time, yield func(Nonce) error) error

	// DeleteExpiredNonces deletes nonces that expired before now. Some may stay
	// while they share a block with one that has not expired; none that has not
	// expired is deleted. From then on now is the horizon, unless it is later
	// already: a clock that is set back does not lower it. The horizon is durable
	// no later than the first deletion.
	DeleteExpiredNonces(ctx context.Context, now time.Time) error

	// NonceHorizon returns the latest time up to which nonces were deleted,
	// rounded up to a whole second; the zero time if none were. A request whose
	// nonce expires earlier must be rejected, because it may have been processed
	// before. If several servers share the store, each may raise the horizon, so
	// each has to read it periodically.
	NonceHorizon(ctx context.Context) (time.Time, error)

	// LowerNonceHorizon durably sets the horizon to a time, if it is later. A
	// deleted nonce that expires in between is then accepted once more.
	LowerNonceHorizon(ctx context.Context, to time.Time) error

	// Ping reports whether the store can be read and written.
	Ping(ctx context.Context) error

	// Close completes the writes that have started and releases the store. A
	// second Close does nothing and returns nil; all other calls after Close
	// return ErrClosed.
	Close() error
}

// JobStore is a store that also fulfills applications.
type JobStore interface {
	Store
	Jobs
}

// Errors of Store. Compare with errors.Is.
var (
	ErrAlreadySubmitted    = errors.New("store: an application for the domain name is pending")
	ErrRecordLimitExceeded = errors.New("store: DNS record limit of the plan exceeded")
	ErrQuotaExceeded       = errors.New("store: certificate quota of the plan exceeded")
	ErrNotFound            = errors.New("store: application not found")
	ErrInvalidTransition   = errors.New("store: invalid status transition")
	ErrInvalidBatch        = errors.New("store: invalid request to apply")
	ErrNonceForgotten      = errors.New("store: nonce expires before the horizon")
	ErrClosed              = errors.New("store: closed")
)

// AlreadySubmittedError identifies the pending application of a domain name. It
// matches ErrAlreadySubmitted.
type AlreadySubmittedError struct {
	Domain string
	ID     int64 // the pending application
}

func (e *AlreadySubmittedError) Error() string {
	return fmt.Sprintf("%v: %s (application %d)", ErrAlreadySubmitted, e.Domain, e.ID)
}

// Is reports whether target is ErrAlreadySubmitted.
func (e *AlreadySubmittedError) Is(target error) bool { return target == ErrAlreadySubmitted }
