package operations

import (
	"context"
	"errors"

	"github.com/esacert/esacert/server/store"
)

// AccessType is how the traffic of a site comes to the edge. Values: those of
// AccessType in the vendor's GetSite.
type AccessType string

// On an NS site the service has the DNS zone and adds records itself; on a
// CNAME site it has not.
const (
	NS    AccessType = "NS"
	CNAME AccessType = "CNAME"
)

// Status is the state of a site. Values: those of Status in the vendor's
// GetSite.
type Status string

// Only an active site gets certificates, and a pending one if its
// Site.PendingAllowed is set.
const (
	Pending Status = "pending" // added, not verified yet
	Active  Status = "active"
	Offline Status = "offline" // suspended
	Moved   Status = "moved"   // added and verified by another account
)

// Site is what the rules ask about a site.
type Site struct {
	ID     int64
	Name   string // normal form, as ParseName gives it
	Access AccessType
	Status Status
	Plan   string // whose quota its certificates take

	// PendingAllowed lets the site apply while it is pending.
	PendingAllowed bool
	// DelegatedDCV reports that the names of a CNAME site are validated by a DNS
	// record that its owner has delegated, so that wildcards are possible.
	DelegatedDCV bool

	DNSRecordLimit  int // DNS records that the plan allows the site; store.Unlimited for no limit
	DNSRecordsInUse int // DNS records that are not of applications
}

// ErrNoSite is what Sites answers for a site that the account does not have.
var ErrNoSite = errors.New("certificate: the account has no such site")

// activated reports whether the site gets certificates.
func (s *Site) activated() bool {
	return s.Status == Active || s.Status == Pending && s.PendingAllowed
}

// provesWildcards reports whether wildcards of the site can be validated: by a
// record in its zone, or by one that its owner has delegated.
func (s *Site) provesWildcards() bool { return s.Access != CNAME || s.DelegatedDCV }

// SiteFinder finds sites. It must be safe for concurrent use.
type SiteFinder interface {
	// Site finds a site of an account. Errors: ErrNoSite, or a failure to look.
	Site(ctx context.Context, account string, id int64) (Site, error)
}

// QuotaSource returns the quotas of plans. It is called by many
// goroutines.
type QuotaSource interface {
	// Quota returns how many units the plan of the account has for a family of
	// certificate types, taken and free ones together; store.Unlimited if they
	// are not counted. An error means that it cannot be told now.
	Quota(ctx context.Context, account, plan, family string) (int, error)
}

// Store stores applications. Every store.Store is one; its Apply says
// what is checked and in which order.
type Store interface {
	Apply(ctx context.Context, batch store.ApplyRequest) ([]store.Application, error)
}
