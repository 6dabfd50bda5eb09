package config

import (
	"time"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/ram"
)

// Off as the admin address disables the admin listener.
const Off = "off"

// InMemory as the store keeps everything in memory until the server stops.
const InMemory = ":memory:"

// Config is a whole configuration, as returned by Load, Parse and Default. The
// fields up to HostID can also be set by flags and environment variables. After
// changing a field, call Validate.
type Config struct {
	Listen   string // host:port; port 0 picks a free port
	HTTPS    bool   // the listener uses HTTPS with a certificate from the server's own root
	Admin    string // host:port of the admin listener, or Off
	Store    string // path of the database, or InMemory
	LogLevel string // debug, info, warn or error
	Region   string // region ID, part of the resource names that policies match
	HostID   string // HostId of error responses; "" for the Host of each request

	AllowPendingSites bool // pending sites may apply

	Limits  Limits
	Nonces  struct{ Capacity int } // number of used nonces to remember, at 10 bytes each
	Journal struct{ Capacity int } // number of requests in the journal; 0 disables it
	Issuing Issuing

	Policies  map[string]*ram.Policy // by name
	Accounts  []Account
	Scenarios struct {
		Base  int64 // site Base+N causes row N of the documented error table; 0 for none
		Sites []Scenario
	}
}

// Limits bound a request before it is authenticated.
type Limits struct {
	URL          int64         // bytes of the request target
	Header       int64         // bytes of the header
	HeaderFields int           // number of header fields
	Body         int64         // bytes of the body
	ReadTimeout  time.Duration // for the whole request to arrive
	Connections  int           // simultaneous API connections; 0 for as many as the limit of open files allows, up to 1,000
}

// Account is a cloud account. Its own access keys are allowed everything in it.
type Account struct {
	ID           string // digits
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
	Secret   Secret
	Disabled bool
}

// User is a RAM user, who is allowed what the policies allow.
type User struct {
	Name       string
	AccessKeys []AccessKey
	Policies   []string // names of Config.Policies or of system policies
}

// Token is a temporary key of a role, as issued by STS.
type Token struct {
	AccessKeyID   string
	Secret        Secret
	SecurityToken Secret
	Expires       time.Time // zero: never
	Role          string
	Session       string
	Policies      []string // of the role
	SessionPolicy string   // restricts the role's policies; "" for none
}

// BearerToken authenticates without a signature.
type BearerToken struct {
	Token   Secret
	User    string    // "" for the account itself
	Expires time.Time // zero: never
}

// Plan is shared by sites of an account.
type Plan struct {
	ID             string
	Quotas         map[string]int // units by certificate family, and of uploaded certificates; store.Unlimited for no limit
	QuotaURL       string         // source of the quota instead of Quotas; "" for none
	DNSRecordLimit int            // of each site; store.Unlimited for no limit
	Name           string         // default: the ID
	Spec           string         // PlanSpecName of its sites
}

// Site is a site of an account.
type Site struct {
	ID           int64
	Name         string
	Access       operations.AccessType
	Status       operations.Status
	Plan         string
	DNSRecords   int  // DNS records in use, excluding those of applications
	DelegatedDCV bool // validation of a CNAME site is delegated, so that it can have wildcards

	// What ListSites, GetSite and GetDcvDelegation show besides. Zero values are left
	// out of the response, or have the defaults of the example.
	Coverage         string
	CreatedAt        time.Time
	UpdatedAt        time.Time
	VisitedAt        time.Time
	ResourceGroup    string
	NameServers      []string
	VerifyCode       string
	CnameZone        string
	OfflineReason    string
	Tags             map[string]string
	DelegationDomain string
}

// Scenario is a site ID that causes an error for every well-signed request.
type Scenario struct {
	Site int64
	Row  string // key of an error in the contract
}

// Default returns the configuration of an empty file. It is invalid until an
// account is added.
func Default() *Config {
	c := &Config{
		Listen:   "127.0.0.1:8080",
		Admin:    "127.0.0.1:8081",
		Store:    "esacertd.db",
		LogLevel: "info",
		Region:   "cn-hangzhou",
		Limits: Limits{
			URL:          64 << 10,
			Header:       64 << 10,
			HeaderFields: 200,
			Body:         1 << 20,
			ReadTimeout:  10 * time.Second,
		},
		Issuing: defaultIssuing(),
	}
	c.Nonces.Capacity = 20_000_000
	c.Journal.Capacity = 1000
	return c
}

// logLevels lists the levels of log/slog.
func logLevels() []string { return []string{"debug", "info", "warn", "error"} }
