package store

import (
	"context"
	"errors"
	"time"
)

// Jobs is the part of a store that fulfills applications. The applications are the
// queue: each has a time when its next step is due, and a worker leases it to take
// the step. A worker that dies leaves nothing to clean up: its lease expires, and
// the step is due again.
//
// Contexts and concurrency are as for Store.
type Jobs interface {
	// Lease leases at most limit applications whose next step is due at now until
	// the given time, and returns those that are due longest first. A lease
	// increments Attempt, which fences off earlier leases. The end of the lease
	// is the new due time.
	//
	// A due time that is later than now by more than 48 hours was written by a
	// clock that has since been set back; it counts as due.
	Lease(ctx context.Context, now, until time.Time, limit int) ([]Job, error)

	// NextDue returns the earliest due time of all applications; zero if nothing
	// is due at any time. A due time written by a clock that was set back is
	// returned unchanged.
	NextDue(ctx context.Context) (time.Time, error)

	// SaveOrder saves the order that fulfills the application. It replaces an
	// existing order.
	//
	// Errors, here and of each method with a Lease: ErrFenced if the lease is not
	// the latest one of the application; then nothing was written.
	SaveOrder(ctx context.Context, l Lease, o Order) error

	// Reschedule ends a lease when the application is not fulfilled yet, or when
	// nothing needs to be done for its certificate now.
	//
	// Errors: ErrFenced, ErrNoDueTime.
	Reschedule(ctx context.Context, l Lease, r Rescheduling) error

	// Complete puts a certificate in use, which replaces the previous one, and
	// ends the lease: the application is Issued, its order is deleted, failures
	// and problem are reset, and the next step is due at the given time (never, if
	// zero). The store counts Certificate.Renewals.
	//
	// Errors: ErrFenced; ErrInvalidTransition if the application is Failed.
	Complete(ctx context.Context, l Lease, c Certificate, due, at time.Time) error

	// Fail ends a lease and moves the application from Applying to Failed. Its
	// quota and records are released, as by Finish.
	//
	// Errors: ErrFenced; ErrInvalidTransition if the application is not Applying.
	Fail(ctx context.Context, l Lease, p Problem, at time.Time) error

	// Cancel moves an application from Applying to Canceled on behalf of the
	// operator, with the given problem, deletes its order and releases its quota
	// and records. It needs no lease, and fences off the current one: of Cancel
	// and a call that ends the lease, the first to be written wins, and the other
	// writes nothing.
	//
	// Errors: ErrNotFound; ErrInvalidTransition if the application is not
	// Applying.
	Cancel(ctx context.Context, id int64, p Problem, at time.Time) error

	// Retire ends a lease on an application whose certificate was superseded by
	// that of another application: it stays Issued, its order is deleted, and
	// nothing is due.
	//
	// Errors: ErrFenced; ErrInvalidTransition if the application is not Issued.
	Retire(ctx context.Context, l Lease) error

	// Expedite makes the next step of an application due at the given time,
	// unless it is due earlier or nothing is due.
	//
	// Errors: ErrNotFound; ErrNoDueTime for the zero time.
	Expedite(ctx context.Context, id int64, due time.Time) error

	// ListRecords lists applications, as Store.Applications does, with their
	// progress and certificates.
	ListRecords(ctx context.Context, q Query) ([]JobRecord, error)

	// Certificate returns the certificate in use, with its sealed key.
	//
	// Errors: ErrNotFound, ErrNoCertificate.
	Certificate(ctx context.Context, id int64) (Certificate, error)

	// PendingOrderAuthorities returns the authorities that have a pending order
	// for the domain name, each once, that of the latest order first.
	PendingOrderAuthorities(ctx context.Context, domain string) ([]string, error)

	// Counts returns counts of all applications, in a time that does not depend
	// on their number.
	Counts(ctx context.Context) (Counts, error)

	// TakeRates takes the cost of each rate, from all or from none. It returns
	// zero if all had enough, otherwise how long to wait until they do. A negative
	// cost returns events, even to a rate that is used up. If a key is repeated,
	// the costs are added.
	//
	// A rate that would be full again later than an empty one by more than a
	// minute was written by a clock that has since been set back. It then counts
	// as empty at now, even if nothing is taken.
	//
	// Errors: ErrInvalidRate for a rate without a key, interval or burst, for a
	// cost above the burst, and for a key repeated with another interval or burst.
	TakeRates(ctx context.Context, now time.Time, rates []Rate) (wait time.Duration, err error)

	// DeleteFullRates deletes the rates that are full again at now.
	DeleteFullRates(ctx context.Context, now time.Time) error

	// Account returns the account at an authority.
	//
	// Errors: ErrNotFound.
	Account(ctx context.Context, authority string) (ACMEAccount, error)

	// SaveAccount saves an account at an authority unless one exists, and returns
	// the stored account. A second call adds a URL: an account with the same
	// sealed key and no URL is updated.
	SaveAccount(ctx context.Context, a ACMEAccount) (ACMEAccount, error)

	// Sealed calls yield with the sealed keys of orders, certificates and
	// accounts, in this order, each group ordered by owner. It stops at the first
	// error of yield and returns it.
	Sealed(ctx context.Context, yield func(Sealed) error) error

	// SealedSamples returns some of the sealed keys of orders, certificates and
	// accounts, in this order: for each mark, ascending, the key with the first
	// owner and the key with the last one, or the only one. The mark is the first
	// 5 bytes. The time depends on the number of marks, not of keys.
	SealedSamples(ctx context.Context) ([]Sealed, error)

	// Reseal replaces a sealed key, and reports whether the old one still existed.
	Reseal(ctx context.Context, old Sealed, sealed []byte) (bool, error)
}

// Lease is the right to take the next step of an application. It ends when a
// later lease on the application starts, or with the call that reschedules,
// completes, fails or retires it.
type Lease struct {
	ApplicationID int64
	Attempt       int64 // number of leases of the application so far; the fencing token
}

// Job is an application with a lease on its next step.
type Job struct {
	Application
	Lease       Lease
	LeaseEnd    time.Time
	Progress    Progress
	Order       *Order       // pending; nil before the first
	Certificate *Certificate // in use; nil before the first
}

// Progress is the progress of an application.
type Progress struct {
	Due      time.Time // of the next step; zero if nothing is due
	Attempt  int64     // leases so far
	Failures int       // rejections by the authority since the last certificate
	Retries  int       // consecutive steps without a result, for any reason
	Problem  *Problem  // the last one since the last certificate; nil if none
}

// Problem is the problem document of an authority (RFC 7807, RFC 8555 section
// 6.7), or one of the server, with a Type that the server defines.
type Problem struct {
	Type        string       `json:"type"`
	Title       string       `json:"title,omitempty"`
	Detail      string       `json:"detail,omitempty"`
	Status      int          `json:"status,omitempty"`
	Subproblems []Subproblem `json:"subproblems,omitempty"`
	At          time.Time    `json:"at"`
}

// Subproblem is a part of a problem that concerns one domain name.
type Subproblem struct {
	Type   string `json:"type"`
	Detail string `json:"detail,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Order is a pending order at an authority.
type Order struct {
	Authority string // name in the configuration
	URL       string // of the order at the authority
	SealedKey []byte // of the certificate to be issued
	CreatedAt time.Time
}

// Certificate is an issued certificate.
type Certificate struct {
	Authority   string // name in the configuration
	Chain       []byte // PEM, leaf first
	SealedKey   []byte
	Serial      string // hexadecimal
	Issuer      string // distinguished name
	Fingerprint string // SHA-256 of the leaf's DER, hexadecimal
	NotBefore   time.Time
	NotAfter    time.Time
	IssuedAt    time.Time
	Renewals    int  // earlier certificates of this application
	Delivered   bool // to the configured destination; see Rescheduling
	Superseded  bool // by another application's certificate, or the application is Failed
}

// Rescheduling is the argument of Jobs.Reschedule.
type Rescheduling struct {
	Due       time.Time // of the next step; required
	Failures  int
	Retries   int
	Problem   *Problem // if nil, the problem is unchanged
	DropOrder bool     // delete the order; the next step creates another
	Delivered bool     // the certificate in use was delivered
}

// JobRecord is an application with its progress and certificate.
type JobRecord struct {
	Application
	Progress    Progress
	Certificate *Certificate // in use, without chain and key; nil before the first
}

// Counts are numbers of applications.
type Counts struct {
	ByStatus   map[Status]int64
	NextExpiry time.Time // earliest expiry of the certificates in use; zero if none
}

// Rate is a rate limit as the generic cell rate algorithm (GCRA) defines it: a
// burst of Burst events, and one more each Interval.
type Rate struct {
	Key      string // identifies the limited subject
	Interval time.Duration
	Burst    int
	Cost     int // events to take; 0 only checks for one, a negative cost returns events
}

// ACMEAccount is an account at an authority.
type ACMEAccount struct {
	Authority string // name in the configuration
	SealedKey []byte
	URL       string // of the account at the authority; "" before registration
	CreatedAt time.Time
}

// Sealed is a sealed key and its owner.
type Sealed struct {
	Owner string // "order/30000478", "certificate/30000478" or "account/letsencrypt"
	Key   []byte
}

// Errors of Jobs. Compare with errors.Is.
var (
	ErrFenced        = errors.New("store: lease lost to another worker")
	ErrNoCertificate = errors.New("store: application has no certificate yet")
	ErrInvalidRate   = errors.New("store: invalid rate limit")
	ErrNoDueTime     = errors.New("store: missing due time")
)
