package auth

import (
	"time"

	"github.com/esacert/esacert/server/internal/ram"
)

// Kind is what a principal is; its values are those of AuthPrincipalType in
// AccessDeniedDetail.
type Kind string

// An account may do everything; users and roles need a policy.
const (
	KindAccount     Kind = "Account"
	KindSubUser     Kind = "SubUser"
	KindAssumedRole Kind = "AssumedRoleUser"
)

// Principal is who is calling.
type Principal struct {
	Kind     Kind
	Account  string // id of the account it belongs to
	Name     string // user name, or role:session
	ARN      string // acs:ram::<account>:user/<name> and the like
	Policies ram.PolicyLayers
}

// AccessKey is one key that requests are signed with. A temporary one comes
// with a security token.
type AccessKey struct {
	ID        string
	Secret    string
	Disabled  bool
	Token     string    // security token; "" for a permanent key
	Expires   time.Time // of the token; zero for never
	Principal *Principal
}

// BearerToken names a caller without a signature.
type BearerToken struct {
	Token     string
	Expires   time.Time // zero for never
	Principal *Principal
}

// Directory finds keys and tokens. It is read by many goroutines.
type Directory interface {
	AccessKey(id string) (*AccessKey, bool)
	BearerToken(token string) (*BearerToken, bool)
	// SecurityToken tells whether any key has this token, to tell an unknown
	// token from the token of another key in the journal.
	SecurityToken(token string) bool
	// Peers returns the number of accounts that have an access key, and the
	// number of access keys of the given account.
	Peers(account string) Peers
}
