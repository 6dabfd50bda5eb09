package config

import (
	"log/slog"
	"time"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/ram"
)

// Off as the admin address stands for no admin listener.
const Off = "off"

// InMemory as the store keeps everything in memory until the server stops.
const InMemory = ":memory:"

// Config is a whole configuration. Load, Parse and Default make one. The fields
// up to HostID are those that an operator sets by flags and environment
// variables too; after changing any, call Validate.
type Config struct {
	Listen   string // host:port; port 0 takes a free one
	HTTPS    bool   // the listener uses HTTPS with a certificate from the server's own root
	Admin    string // host:port of the admin listener, or Off
	Store    string // path of the database, or Memory
	LogLevel string // debug, info, warn or error
	Region   string // region id, part of the resource names that policies match
	HostID   string // HostId of error answers; "" for the Host of each request

	AllowPendingSites bool // pending sites apply, too

	Limits  Limits
	Nonces  Nonces
	Journal Journal
	Issuing Issuing

	Policies  map[string]*ram.Policy // by name
	Accounts  []Account
	Scenarios Scenarios
}

// Limits bound a request before anything of it is trusted.
type Limits struct {
	URL          int64         // octets of the request target
	Header       int64         // octets of the header
	HeaderFields int           // fields of the header
	Body         int64         // octets of the body
	ReadTimeout  time.Duration // for the whole request to arrive
	Connections  int           // of the API at a time; 0 for as many as the limit of open files allows, up to 1,000
}

// Nonces bounds the memory of used nonces. Package auth documents how accounts
// and keys share it, and which rate of requests it sustains.
type Nonces struct {
	Capacity int // nonces, at 10 bytes each; memory is taken as needed
}

// Journal says how many requests the journal shows; 0 switches it off.
type Journal struct {
	Capacity int
}

// Account is one account of the cloud. Its own access keys may do everything
// in it.
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

// User is a RAM user, who may do what the policies allow.
type User struct {
	Name       string
	AccessKeys []AccessKey
	Policies   []string // names of Config.Policies or of system policies
}

// Token is a temporary key of a role, as STS gives out.
type Token struct {
	AccessKeyID   string
	Secret        Secret
	SecurityToken Secret
	Expires       time.Time // zero for never
	Role          string
	Session       string
	Policies      []string // of the role
	SessionPolicy string   // narrows what the role may do; "" for none
}

// BearerToken names its bearer without a signature.
type BearerToken struct {
	Token   Secret
	User    string    // "" for the account itself
	Expires time.Time // zero for never
}

// Plan is a plan of the account, which its sites share.
type Plan struct {
	ID       string
	Quotas   map[string]int // units by certificate family; store.Unlimited for no limit
	QuotaURL string         // is asked for the quota in place of Quotas; "" for none
	Records  int            // DNS records that it allows a site; store.Unlimited for no limit
}

// Site is one site of the account.
type Site struct {
	ID      int64
	Name    string
	Access  operations.AccessType
	Status  operations.Status
	Plan    string
	Records int // DNS records in use that are not of applications

	DelegatedDCV bool // validation of a CNAME site is delegated, so that wildcards are possible
}

// Scenarios are site ids that answer an error to every well-signed request.
type Scenarios struct {
	Base  int64 // site Base+N answers row N of the documented table; 0 for none
	Sites []Scenario
}

// Scenario is one such site id.
type Scenario struct {
	Site int64
	Row  string // key of an error in the contract
}

// Default is the configuration of an empty file. It is not valid yet: it has no
// account.
func Default() *Config {
	return &Config{
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
		Nonces:  Nonces{Capacity: 20_000_000},
		Journal: Journal{Capacity: 1000},
		Issuing: defaultIssuing(),
	}
}

// Level is LogLevel for log/slog; an invalid one counts as info.
func (c *Config) Level() slog.Level {
	level, ok := logLevel(c.LogLevel)
	if !ok {
		return slog.LevelInfo
	}
	return level
}

func logLevels() []string { return []string{"debug", "info", "warn", "error"} }

func logLevel(name string) (slog.Level, bool) {
	switch name {
	case "debug":
		return slog.LevelDebug, true
	case "info":
		return slog.LevelInfo, true
	case "warn":
		return slog.LevelWarn, true
	case "error":
		return slog.LevelError, true
	}
	return 0, false
}
