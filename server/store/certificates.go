package store

import (
	"context"
	"errors"
	"time"
)

// Certificates is the part of a store behind the operations that list, return,
// delete and upload certificates. An application and its certificate are one record
// with one ID. Deleted records stay in the store, but none of these methods returns
// them, and Store.Applications and Jobs.ListRecords do only if asked for them.
//
// Contexts and concurrency are as for Store.
type Certificates interface {
	// ListCertificates lists the records of a site, the highest ID first, and
	// returns how many records match, whatever the page. Both are of the same
	// moment. Chains are included, keys are not. The time does not depend on the
	// records of other sites.
	ListCertificates(ctx context.Context, q CertificateQuery) (page []JobRecord, total int64, err error)

	// FindCertificate returns a record of a site, with the chain of its
	// certificate and without the key.
	//
	// Errors: ErrNotFound.
	FindCertificate(ctx context.Context, account string, site, id int64) (JobRecord, error)

	// DeleteCertificate moves a record of a site in any status to Deleted, deletes
	// its order and its sealed keys, makes nothing due, and releases its quota and
	// DNS records. It fences off the current lease.
	//
	// Errors, with nothing written: ErrNonceForgotten; ErrNotFound, also for a
	// deleted record.
	DeleteCertificate(ctx context.Context, r DeleteRequest) error

	// SetCertificate stores an uploaded certificate under a new ID, or replaces
	// the one of r.ID, and returns the ID. The record is Issued, has the type and
	// the family Uploaded, and its next step is due at r.At, so that it is
	// delivered.
	//
	// A certificate that replaces one is counted in Renewals, deletes the order of
	// the record, resets its failures and its problem, and fences off the current
	// lease. The record keeps its plan and its request ID, and uses its quota again
	// if it was Failed.
	//
	// Errors, with nothing written, in the order of the checks: ErrNonceForgotten;
	// ErrNotFound if the site has no record r.ID; ErrNotUploaded if its type is
	// another; ErrNameInUse if another Issued record of the site has the name;
	// ErrQuotaExceeded; that of r.Seal.
	SetCertificate(ctx context.Context, r UploadRequest) (int64, error)

	// SiteUsage returns, by site ID, what the applications of an account, a plan
	// and a family use of their quota. Sites without any are missing. The time
	// depends on the number of sites, not of applications.
	SiteUsage(ctx context.Context, account, plan, family string) (map[int64]int64, error)
}

// Uploaded is the Type and the Family of an uploaded certificate.
const Uploaded = "upload"

// CertificateQuery selects records of a site. Its strings are as those of
// ApplyRequest.
type CertificateQuery struct {
	Account string
	SiteID  int64

	// Keyword selects records in whose Name, Domain or Names it occurs, in any case
	// of ASCII letters, and records that have a wildcard which covers it; "" selects
	// all.
	Keyword string
	// Covering is a domain name in normal form. It selects records whose Domain or
	// Names has the name or a wildcard that covers it; "" selects all.
	Covering string
	// Uploaded selects by type: nil for every type, true for uploaded ones.
	Uploaded *bool
	// ValidAt selects records whose certificate is in force then; zero for all.
	ValidAt time.Time

	Offset int64 // records to skip
	Limit  int   // maximum number of results, from 1
}

// DeleteRequest is the argument of Certificates.DeleteCertificate.
type DeleteRequest struct {
	Account string
	SiteID  int64
	ID      int64
	At      time.Time
	Nonce   Nonce // nonce of the request, stored in the same transaction

	// Deleted receives the record as FindCertificate would have returned it. It is
	// called in the transaction, after all checks, and may be called again; nil for
	// none.
	Deleted func(JobRecord)
}

// UploadRequest is the argument of Certificates.SetCertificate. Its strings are as
// those of ApplyRequest.
type UploadRequest struct {
	Account     string
	SiteID      int64
	ID          int64  // record to replace; 0 for a new one
	Name        string // unique among the Issued ones of the site, unless ""
	Domain      string // common name, or the first name
	Names       []string
	Region      string
	Certificate Certificate // without SealedKey
	RequestID   string
	At          time.Time

	// Seal returns the sealed private key of the certificate with the given ID. It is
	// called in the transaction, after all checks, and may be called again.
	Seal func(id int64) ([]byte, error)

	Plan  string // quota is counted per account and plan
	Quota int    // uploaded certificates that the plan includes, or Unlimited

	Nonce Nonce // nonce of the request, stored in the same transaction
}

// Errors of Certificates. Compare with errors.Is.
var (
	ErrNotUploaded = errors.New("store: certificate was not uploaded")
	ErrNameInUse   = errors.New("store: certificate name in use")
)
