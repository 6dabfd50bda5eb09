package store

import (
	"context"
	"errors"
	"time"
)

// Jobs is the side of a store that fulfils applications. The applications are
// the queue: each has a time when its next step is due, and whoever takes the
// step holds a lease on it. A worker that dies leaves nothing to clean up: its
// lease ends, and the step is due again.
//
// What is said of Store about contexts and goroutines holds here too.
type Jobs interface {
	// Lease gives applications whose next step is due at now, those that have
	// waited longest first, limit at most, each until the time given. A lease
	// raises Attempt, so an earlier one on the same application is fenced off.
	// The time until which it is leased is its new due time.
	//
	// A due time that is later than now by more than 48 hours was written by a
	// clock that has since been set back; it counts as due.
	Lease(ctx context.Context, now, until time.Time, limit int) ([]Job, error)

	// NextDue is the earliest due time of all applications; zero when nothing
	// is to be done. A due time of a clock that was set back is told as it is.
	NextDue(ctx context.Context) (time.Time, error)

	// SaveOrder writes down the order that the application is carried out by.
	// It replaces the order that was there, if any.
	//
	// Errors, here and wherever a Lease is taken: ErrFenced when the lease is
	// not the latest one of the application; then nothing was written.
	SaveOrder(ctx context.Context, l Lease, o Order) error

	// Reschedule ends a lease with the application not fulfilled, or with
	// nothing to do for its certificate now.
	//
	// Errors: ErrFenced, ErrNoDueTime.
	Reschedule(ctx context.Context, l Lease, n Rescheduling) error

	// Complete puts a certificate in use, in place of the one before, and ends
	// the lease: the application is Issued, its order is gone, failures and
	// problem are forgotten, the next step is due at the time given (never, if
	// that is zero). Certificate.Renewals is counted by the store.
	//
	// Errors: ErrFenced, ErrInvalidTransition when the application is Failed.
	Complete(ctx context.Context, l Lease, c Certificate, due, at time.Time) error

	// Fail ends a lease and the application with it: Applying becomes Failed,
	// and its units are given back, as by Finish.
	//
	// Errors: ErrFenced, ErrInvalidTransition when the application is not Applying.
	Fail(ctx context.Context, l Lease, p Problem, at time.Time) error

	// Cancel ends an application on behalf of the operator: Applying becomes
	// Failed with the problem given, its order is gone, and its units are given
	// back. It needs no lease, and fences off the one in progress: of Cancel and
	// a call that ends the lease, the first to be written wins, and the other
	// writes nothing.
	//
	// Errors: ErrNotFound before ErrInvalidTransition, which it returns unless the
	// application is Applying.
	Cancel(ctx context.Context, id int64, p Problem, at time.Time) error

	// Retire ends a lease on an application whose certificate another one has
	// taken the place of: it stays Issued, its order is gone, and nothing is due
	// any more.
	//
	// Errors: ErrFenced, ErrInvalidTransition when the application is not Issued.
	Retire(ctx context.Context, l Lease) error

	// Hasten makes the next step of an application due at the time given, unless
	// it is due earlier or nothing is to be done.
	//
	// Errors: ErrNotFound, ErrNoDueTime for the zero time.
	Expedite(ctx context.Context, id int64, due time.Time) error

	// ListRecords lists applications as Store.Applications does, with what has
	// become of them.
	ListRecords(ctx context.Context, q Query) ([]JobRecord, error)

	// Certificate gives the certificate in use, with its sealed key.
	//
	// Errors: ErrNotFound, ErrNoCertificate.
	Certificate(ctx context.Context, id int64) (Certificate, error)

	// Ordered names the authorities that have an order for the domain name in
	// progress, each once, the latest order first.
	PendingOrderAuthorities(ctx context.Context, domain string) ([]string, error)

	// Counts reads what is counted of all applications, in a time that does not
	// grow with their number.
	Counts(ctx context.Context) (Counts, error)

	// Spend takes from each of the rates what it costs, all or nothing. It
	// returns zero if all had enough, and else how long to wait until they may;
	// then nothing was taken. What costs less than nothing is given back, however
	// much of the rate is used up. A key that is there twice costs the sum.
	//
	// A rate that would be full again later than an empty one by more than a
	// minute was written by a clock that has since been set back. It is then empty at
	// now and no longer, also when nothing is taken.
	//
	// Errors: ErrInvalidRate for a rate without a key, interval or burst, and for a key that is there twice
	// as two different rates or costs more than its Burst.
	TakeRates(ctx context.Context, now time.Time, rates []Rate) (wait time.Duration, err error)

	// DeleteFullRates drops the rates that are full again at now.
	DeleteFullRates(ctx context.Context, now time.Time) error

	// Account gives the account at an authority.
	//
	// Errors: ErrNotFound.
	Account(ctx context.Context, authority string) (ACMEAccount, error)

	// SaveAccount writes an account at an authority down, unless there is one
	// already, and returns the one that is there then. With a URL it may be
	// called again to add it: an account that has the same sealed key and no URL
	// takes it.
	SaveAccount(ctx context.Context, a ACMEAccount) (ACMEAccount, error)

	// Sealed calls yield with sealed keys in the order of their owners, those of
	// orders, certificates and accounts. It stops at the first error of yield.
	// Reseal puts one in the place of another, if that is still there; it tells
	// whether it was.
	//
	// SealedSamples returns some of them: of orders, certificates and accounts,
	// in this order, and for each mark there, by ascending mark, the key with the
	// first owner and the key with the last one, or the only one. The mark is the
	// first 5 bytes. The time it takes depends on the number of marks,
	// not of keys.
	Sealed(ctx context.Context, yield func(Sealed) error) error
	SealedSamples(ctx context.Context) ([]Sealed, error)
	Reseal(ctx context.Context, old Sealed, sealed []byte) (bool, error)
}

// Lease is the right to take the next step of an application. It ends when a
// later lease on the application begins, or with the call that it is used for
// to reschedule, complete, fail or retire.
type Lease struct {
	ApplicationID int64 // of the application
	Attempt       int64 // counts the leases of the application; the fencing token
}

// Job is an application with a lease on its next step.
type Job struct {
	Application
	Lease       Lease
	LeaseEnd    time.Time // end of the lease
	Progress    Progress
	Order       *Order       // in progress; nil before the first
	Certificate *Certificate // in use; nil before the first
}

// Progress says how far an application is on its way.
type Progress struct {
	Due      time.Time // of the next step; zero when nothing is to be done
	Attempt  int64     // leases so far
	Failures int       // refusals by the authority since the last certificate
	Retries  int       // steps in a row that came to nothing, for whatever reason
	Problem  *Problem  // the last one; nil when there was none since the last certificate
}

// Problem is what went wrong: the problem document of an authority (RFC 7807,
// RFC 8555 section 6.7), or one of our own making with a Type of our own.
type Problem struct {
	Type        string       `json:"type"`
	Title       string       `json:"title,omitempty"`
	Detail      string       `json:"detail,omitempty"`
	Status      int          `json:"status,omitempty"`
	Subproblems []Subproblem `json:"subproblems,omitempty"`
	At          time.Time    `json:"at"`
}

// Subproblem is the part of a problem that is about one domain name.
type Subproblem struct {
	Type   string `json:"type"`
	Detail string `json:"detail,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Order is an order at an authority that is in progress.
type Order struct {
	Authority string // name in the configuration
	URL       string // by which the authority knows the order
	SealedKey []byte // of the certificate to be
	CreatedAt time.Time
}

// Certificate is a certificate that was issued.
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
	Renewals    int  // certificates of this application before this one
	Delivered   bool // to where the operator wants it; see Next
	Superseded  bool // another application's certificate took its place, or its own has Failed
}

// Next is how a lease ends that did not bring a certificate.
type Rescheduling struct {
	Due       time.Time // of the next step; needed
	Failures  int
	Retries   int
	Problem   *Problem // nil leaves the one that is there
	DropOrder bool     // the order leads nowhere; the next step begins a new one
	Delivered bool     // the certificate in use was delivered
}

// Record is an application with what has become of it.
type JobRecord struct {
	Application
	Progress    Progress
	Certificate *Certificate // in use, without chain and key; nil before the first
}

// Counts are numbers of applications.
type Counts struct {
	ByStatus   map[Status]int64
	NextExpiry time.Time // of the certificate in use that expires first; zero when there is none
}

// Rate is a budget of events, as the generic cell rate algorithm (GCRA) keeps
// it: Burst events at once, and one more each Interval.
type Rate struct {
	Key      string // whose budget it is
	Interval time.Duration
	Burst    int
	Cost     int // events to take; 0 only looks whether there is one, less gives events back
}

// Account is an account at an authority.
type ACMEAccount struct {
	Authority string // name in the configuration
	SealedKey []byte
	URL       string // by which the authority knows the account; "" before it was registered
	CreatedAt time.Time
}

// Sealed is a sealed key and whose it is.
type Sealed struct {
	Owner string // like "order/30000478", "certificate/30000478", "account/letsencrypt"
	Key   []byte
}

// Errors of Jobs. Compare with errors.Is.
var (
	ErrFenced        = errors.New("store: the lease has ended: another worker has taken the step over")
	ErrNoCertificate = errors.New("store: no certificate was issued for the application yet")
	ErrInvalidRate   = errors.New("store: not a rate")
	ErrNoDueTime     = errors.New("store: the next step has no due time")
)
