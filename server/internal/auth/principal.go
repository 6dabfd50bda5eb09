package auth

import (
	"time"

	"github.com/esacert/esacert/server/internal/ram"
)

// Kind is the type of a principal. Values: those of AuthPrincipalType in
// AccessDeniedDetail.
type Kind string

// The kinds. An account may do everything; users and roles need a policy.
const (
	KindAccount     Kind = "Account"
	KindSubUser     Kind = "SubUser"
	KindAssumedRole Kind = "AssumedRoleUser"
)

// Principal is the identity behind an access key or token.
type Principal struct {
	Kind     Kind
	Account  string // account ID
	Name     string // user name, or role:session
	ARN      string // acs:ram::<account>:user/<name> and the like
	Policies ram.PolicyLayers
}

// AccessKey is a key that signs requests. A temporary key has a security token.
type AccessKey struct {
	ID        string
	Secret    string
	Disabled  bool
	Token     string    // security token; "" for a permanent key
	Expires   time.Time // expiry of the token; zero for never
	Principal *Principal
}

// BearerToken identifies a caller without a signature.
type BearerToken struct {
	Token     string
	Expires   time.Time // zero for never
	Principal *Principal
}

// Directory finds keys and tokens. It must be safe for concurrent use.
type Directory interface {
	AccessKey(id string) (*AccessKey, bool)
	BearerToken(token string) (*BearerToken, bool)
	// SecurityToken reports whether any key has this token. The journal distinguishes
	// an unknown token from the token of another key.
	SecurityToken(token string) bool
	// Peers returns the number of accounts that have an access key, and the
	// number of access keys of the given account.
	Peers(account string) Peers
}
