// Package directory finds accounts with their keys, users, tokens, plans and
// sites while a server runs.
//
//	lookup := directory.New(data)
//	service := operations.New(lookup, lookup, store)
//
// Package config builds the Data from a file and checks it. A Lookup never
// changes: to reload, build a new one and replace the old one.
package directory

import (
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/ram"
)

// Data is the content of a Lookup. It contains secrets in plain text.
type Data struct {
	Accounts  []Account
	Policies  map[string]*ram.Policy // by name, in addition to the system policies
	Scenarios ScenarioSites

	AllowPendingSites bool // pending sites may apply
}

// Account is a cloud account. Its own access keys are allowed everything in it.
type Account struct {
	ID           string
	AccessKeys   []AccessKey
	Users        []User
	Tokens       []Token
	BearerTokens []BearerToken
	Plans        []Plan
	Sites        []Site
}

// AccessKey is a permanent key.
type AccessKey struct {
	ID       string
	Secret   string
	Disabled bool
}

// User is a RAM user.
type User struct {
	Name       string
	AccessKeys []AccessKey
	Policies   []string
}

// Token is a temporary key of a role.
type Token struct {
	AccessKeyID   string
	Secret        string
	SecurityToken string
	Expires       time.Time // zero: never
	Role          string
	Session       string
	Policies      []string // of the role
	SessionPolicy string   // restricts the role's policies; "" for none
}

// BearerToken authenticates without a signature.
type BearerToken struct {
	Token   string
	User    string    // "" for the account itself
	Expires time.Time // zero: never
}

// Plan is shared by sites of an account.
type Plan struct {
	ID             string
	Quotas         map[string]int // units by certificate family; store.Unlimited for no limit
	QuotaURL       string         // source of the quota instead of Quotas; "" for none
	DNSRecordLimit int            // of each site; store.Unlimited for no limit
	Name           string         // if "", the ID
	Spec           string         // for example enterpriseplan; if "", DefaultPlanSpec
}

// Site is a site of an account.
type Site struct {
	ID              int64
	Name            string
	Access          operations.AccessType
	Status          operations.Status
	Plan            string
	DNSRecordsInUse int // excluding those of applications
	DelegatedDCV    bool
	Details         operations.SiteDetails // zero values are replaced by defaults
}

// ScenarioSites are site IDs that cause an error for every well-signed request. They
// need not exist.
type ScenarioSites struct {
	Base int64            // Base+N causes row N of the operation's error table; 0 for none
	Keys map[int64]string // key of the error by site ID; unknown keys are ignored
}

// Error returns the error that a site ID causes for an operation.
func (s ScenarioSites) Error(op *esaops.Operation, site int64) (*esaerrors.Error, bool) {
	if key, ok := s.Keys[site]; ok {
		return esaerrors.ByKey(key)
	}
	if row := site - s.Base; s.Base > 0 && row >= 1 && row <= int64(len(op.Errors)) {
		return op.Errors[row-1], true
	}
	return nil, false
}

// Reserved returns how many site IDs above Base are scenarios of ApplyCertificate. A
// longer table of another operation is shadowed by Keys and does not forbid them, so
// that configurations from before it stay valid.
func (ScenarioSites) Reserved() int64 { return int64(len(esaops.ApplyCertificate.Errors)) }

// Has reports whether a site ID is a scenario of ApplyCertificate.
func (s ScenarioSites) Has(site int64) bool {
	_, explicit := s.Keys[site]
	return explicit || s.Base > 0 && site > s.Base && site <= s.Base+s.Reserved()
}
