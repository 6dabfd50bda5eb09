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
	Policies  map[string]*ram.Policy     // by name, in addition to the system policies
	Scenarios map[int64]*esaerrors.Error // errors by the site ID that causes them

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

// Scenarios returns the errors by the site ID that causes them: base+N causes row
// N of the documented error table, unless base is 0, and a site ID of keys causes
// the error with its key. Unknown keys are ignored.
func Scenarios(base int64, keys map[int64]string) map[int64]*esaerrors.Error {
	rows := map[int64]*esaerrors.Error{}
	if base > 0 {
		for _, row := range esaops.ApplyCertificate.Errors {
			rows[base+int64(esaops.ApplyCertificate.Row(row))] = row
		}
	}
	for site, key := range keys {
		if row, ok := esaerrors.ByKey(key); ok {
			rows[site] = row
		}
	}
	return rows
}
