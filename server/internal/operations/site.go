package operations

import (
	"context"
	"errors"
	"time"

	"github.com/esacert/esacert/server/store"
)

// AccessType is how the traffic of a site reaches the edge. Values: those of
// AccessType in the vendor's GetSite.
type AccessType string

// On an NS site the service hosts the DNS zone and adds records itself; on a
// CNAME site it cannot.
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

// Site holds the properties of a site that the rules check.
type Site struct {
	ID     int64
	Name   string // normal form, as returned by ParseName
	Access AccessType
	Status Status
	Plan   string // plan whose quota the certificates consume

	// PendingAllowed lets the site apply while it is pending.
	PendingAllowed bool
	// DelegatedDCV reports that the names of a CNAME site are validated by a DNS
	// record that its owner has delegated, so that wildcards are possible.
	DelegatedDCV bool

	Details SiteDetails

	DNSRecordLimit  int // DNS records that the plan allows the site; store.Unlimited for no limit
	DNSRecordsInUse int // DNS records that are not of applications
}

// SiteDetails are what ListSites and GetSite show of a site besides; the rules of
// certificates do not use them.
type SiteDetails struct {
	Coverage         string // domestic, global or overseas
	CreatedAt        time.Time
	UpdatedAt        time.Time
	VisitedAt        time.Time // zero if unknown
	PlanName         string
	PlanSpec         string // for example basicplan
	ResourceGroup    string // "" if unknown, as the following
	NameServers      []string
	VerifyCode       string
	CnameZone        string
	OfflineReason    string
	Tags             map[string]string
	DelegationDomain string // to which CNAME records delegate validation
}

// ErrNoSite is returned by SiteFinder if the account does not have the site.
var ErrNoSite = errors.New("operations: site not found")

// activated reports whether certificates are issued for the site.
func (s *Site) activated() bool {
	return s.Status == Active || s.Status == Pending && s.PendingAllowed
}

// provesWildcards reports whether wildcards of the site can be validated: by a
// record in its zone, or by one that its owner has delegated.
func (s *Site) provesWildcards() bool { return s.Access != CNAME || s.DelegatedDCV }

// SiteFinder finds sites. It must be safe for concurrent use.
type SiteFinder interface {
	// Site returns a site of an account. It returns ErrNoSite if the account does
	// not have the site; any other error means that the query failed.
	Site(ctx context.Context, account string, id int64) (Site, error)
}

// SiteSource finds and lists sites. It must be safe for concurrent use.
type SiteSource interface {
	SiteFinder
	// Sites returns the sites of an account, by ID. The caller must not change them.
	Sites(ctx context.Context, account string) ([]Site, error)
}

// QuotaSource returns the quotas of plans. It must be safe for concurrent use.
type QuotaSource interface {
	// Quota returns how many units the plan of the account has for a family of
	// certificate types, used and free ones together; store.Unlimited if they
	// are not counted. An error means that the quota is unknown.
	Quota(ctx context.Context, account, plan, family string) (int, error)
}

// Store stores applications and certificates. A store.Store implements it; see its
// Apply for the checks and their order.
type Store interface {
	Apply(ctx context.Context, batch store.ApplyRequest) ([]store.Application, error)
	store.Certificates
}
