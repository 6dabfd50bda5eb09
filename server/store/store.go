// Package store says what the server remembers: applications, the counters
// their quotas are kept in, and nonces that were spent.
//
// The package holds the interface, its types and its errors. An
// implementation lives in a package of its own (sqlite) and passes the suite
// in storetest, which states every promise below as a test.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Status is the state of an application. Its values are the ones that the
// service shows in Result[].Status and in its certificate lists.
type Status string

// An application starts as Applying and ends as Issued or Failed.
const (
	Applying Status = "Applying"
	Issued   Status = "Issued"
	Failed   Status = "Failed"
)

// FirstID is the id of the first application of an empty store. It is the id
// of the documented example, so the documented request gives the documented
// answer.
const FirstID int64 = 30000478

// Application is one application for the certificate of one domain name. Its
// times are in UTC, truncated to the microsecond.
type Application struct {
	ID         int64  // grows with each application, unique in the store
	Account    string // the account that owns the site
	SiteID     int64
	Domain     string // normal form: lower case, punycode
	Type       string // certificate type, as in the contract
	AlgType    string // the parameter as it was sent; "" if it was left out
	Plan       string // the plan whose quota it takes a unit of
	Family     string // the certificate family whose quota it takes a unit of
	DNSRecords int    // DNS records of the site that it takes
	Status     Status
	RequestID  string // the request that was accepted
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// NonceKey is a digest of an access key id and a nonce. Two requests with the
// same key are the same request sent twice.
type NonceKey [16]byte

// Nonce is one spent nonce. It may be forgotten after Expires. The zero value
// has expired long ago, so a batch without a nonce needs no special case.
type Nonce struct {
	Key         NonceKey
	Expires     time.Time // whole seconds
	Account     string    // account of the access key; "" if an earlier version saved the nonce
	AccessKeyID string    // "" likewise
}

// Unlimited as a limit switches the limit off.
const Unlimited = -1

// Batch is one accepted request: the applications it makes, and the limits
// they must keep. Apply writes all of it or nothing. Texts are valid UTF-8
// without NUL: every engine keeps those, and compares them byte by byte.
type ApplyRequest struct {
	Account   string
	SiteID    int64
	Domains   []string // normal form, no name twice, in the order of the answer
	Type      string
	AlgType   string
	RequestID string
	At        time.Time

	Plan   string // quota is counted per account, plan and family
	Family string
	Quota  int // units the plan has for the family; Unlimited for no limit

	DNSRecordsEach  int // DNS records that each name takes; 0 on CNAME sites, and then the limit is not looked at
	DNSRecordsInUse int // records of the site that are not of applications
	DNSRecordLimit  int // records that the plan allows a site; Unlimited for no limit

	Nonce Nonce // used by this batch: stored in the same transaction
}

// Usage is what the live applications of a plan and a site take.
type QuotaUsage struct {
	Quota      int // Applying and Issued applications of account, plan, family
	DNSRecords int // DNS records of Applying and Issued applications of account, site
}

// Query selects applications. The zero value selects all of them.
type Query struct {
	Account string // "" for every account
	SiteID  int64  // 0 for every site
	Domain  string // "" for every name
	Status  Status // "" for every state
	After   int64  // only ids greater than this: the last id of the page before
	Limit   int    // at most this many, ordered by id; DefaultLimit if 0 or less, at most MaxLimit
}

const (
	// DefaultLimit is the size of a page for which Query sets no limit.
	DefaultLimit = 100
	// MaxLimit is the size of the largest page. A longer list takes several
	// pages, each with Query.After set to the last id of the page before.
	MaxLimit = 1000
)

// Store remembers. All methods may be called from many goroutines. An error
// that is none of those named below is a failure of the store itself.
//
// A context that ends before a write has begun stops it: the method returns
// the context's error and nothing was written. A write that has begun is
// finished and its outcome reported as it is, whatever becomes of the context.
// So the context's error always means that nothing was stored.
type Store interface {
	// Apply checks, in this order, that the nonce does not expire before the
	// horizon (see DeleteExpiredNonces), that no domain has an application in Applying
	// on the site, that the record limit holds, that the quota holds;
	// then writes the applications with consecutive ids, the counters and the
	// nonce in one durable transaction. It returns the applications in the
	// order of b.Domains once they would survive a crash. A refused batch
	// leaves no gap in the ids.
	//
	// Errors: ErrNonceForgotten, unless Nonce is the zero value;
	// *AlreadySubmittedError for the first name that is pending, ErrRecordLimitExceeded, ErrQuotaExceeded, ErrInvalidBatch; then nothing was written.
	Apply(ctx context.Context, b ApplyRequest) ([]Application, error)

	// Finish moves an application from Applying to Issued or Failed, or from
	// Issued to Failed, and sets UpdatedAt. A failed application gives its
	// units back.
	//
	// Errors: ErrNotFound before ErrInvalidTransition; then nothing was written.
	Finish(ctx context.Context, id int64, to Status, at time.Time) error

	// Applications lists applications by ascending id. An empty answer is no
	// error.
	Applications(ctx context.Context, q Query) ([]Application, error)

	// Usage reads the counters. What nobody applied for yet is zero.
	Usage(ctx context.Context, account, plan, family string, site int64) (QuotaUsage, error)

	// SaveNonces remembers spent nonces; it may be durable late, but not
	// later than Close.
	SaveNonces(ctx context.Context, nonces []Nonce) error

	// Nonces calls yield with every nonce that expires after now: those saved
	// and those of accepted batches. A key may come more than once. It stops
	// at the first error of yield and returns it.
	Nonces(ctx context.Context, now time.Time, yield func(Nonce) error) error

	// DeleteExpiredNonces drops nonces that expired before now. Some may stay while
	// they share their place with one that has not expired; none that has not
	// expired is dropped. From then on now is the horizon, unless it is later
	// already: a clock that is set back does not lower it. It is durable at the
	// latest together with the first nonce that is dropped.
	DeleteExpiredNonces(ctx context.Context, now time.Time) error

	// NonceHorizon returns the latest time up to which nonces were forgotten,
	// rounded up to a whole second; the zero time if none were. A request whose
	// nonce would expire earlier must be rejected, because it may have been
	// processed before. If several servers share the store, each of them may
	// raise the horizon, so each has to read it from time to time.
	NonceHorizon(ctx context.Context) (time.Time, error)

	// LowerNonceHorizon sets the horizon to a time, durably, if it is later. What
	// was forgotten and expires in between is then accepted again, once.
	LowerNonceHorizon(ctx context.Context, to time.Time) error

	// Ping tells whether the store can be read and written.
	Ping(ctx context.Context) error

	// Close finishes the writes that were begun and releases the store. Calls
	// after Close return ErrClosed, but for Close itself, which does nothing
	// the second time and returns nil.
	Close() error
}

// JobStore is a store that also fulfills applications.
type JobStore interface {
	Store
	Jobs
}

// Errors of the rules that only the store can check. Compare with errors.Is.
var (
	ErrAlreadySubmitted    = errors.New("store: an application for the domain name is pending")
	ErrRecordLimitExceeded = errors.New("store: the site would have more DNS records than its plan allows")
	ErrQuotaExceeded       = errors.New("store: the plan has no certificate left")
	ErrNotFound            = errors.New("store: no such application")
	ErrInvalidTransition   = errors.New("store: the application cannot move to that state")
	ErrInvalidBatch        = errors.New("store: not a batch")
	ErrNonceForgotten      = errors.New("store: nonces that expire this early are forgotten")
	ErrClosed              = errors.New("store: closed")
)

// AlreadySubmittedError names the domain that has a pending application. It
// is an ErrAlreadySubmitted.
type AlreadySubmittedError struct {
	Domain string
	ID     int64 // the pending application
}

func (e *AlreadySubmittedError) Error() string {
	return fmt.Sprintf("%v: %s (application %d)", ErrAlreadySubmitted, e.Domain, e.ID)
}

// Is makes errors.Is(err, ErrAlreadySubmitted) true.
func (e *AlreadySubmittedError) Is(target error) bool { return target == ErrAlreadySubmitted }
