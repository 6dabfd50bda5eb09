package ram

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The condition keys that every request can show. Source: the vendor's pages on
// policy elements. Names of keys ignore case; these are the documented spellings.
const (
	KeySourceIP        = "acs:SourceIp"        // IP address of the caller
	KeySecureTransport = "acs:SecureTransport" // "true" over TLS, otherwise "false"
	KeyCurrentTime     = "acs:CurrentTime"     // when the request arrived, ISO 8601
	KeyMFAPresent      = "acs:MFAPresent"      // "true" or "false"; absent for access keys
	KeyPrincipalARN    = "acs:PrincipalARN"    // resource name of the caller
)

// globalKeys lists the keys above, so that their case can be put right when a
// policy is read.
func globalKeys() []string {
	return []string{KeySourceIP, KeySecureTransport, KeyCurrentTime, KeyMFAPresent, KeyPrincipalARN}
}

// Context yields the values of a request's condition keys. [Evaluate] asks only
// for keys that a condition names, when it reaches that condition, and perhaps
// more than once; so an implementation may make its values when asked.
//
// Value returns the value of a key, and false if the request does not show it.
// The keys listed as constants here are asked for in exactly that spelling; any
// other key in the spelling of the policy, and its case must be ignored.
type Context interface {
	Value(key string) (value string, ok bool)
}

// Attributes is the [Context] of a request to a server. The zero value shows
// acs:SecureTransport "false" and nothing else.
type Attributes struct {
	// SourceIP is the caller's address; an IPv4 address in IPv6 form counts as
	// IPv4. The zero address shows no acs:SourceIp.
	SourceIP netip.Addr
	// SecureTransport says that the request came over TLS.
	SecureTransport bool
	// CurrentTime is when the request arrived, shown in UTC to the second. The
	// zero time shows no acs:CurrentTime.
	CurrentTime time.Time
	// MFAPresent says whether the caller signed in with a second factor. Nil shows
	// no acs:MFAPresent, as for every call signed with an access key.
	MFAPresent *bool
	// PrincipalARN names the caller, for example
	// acs:ram::1000000000000001:user/alice. "" shows no acs:PrincipalARN.
	PrincipalARN string
}

// Value implements [Context]. Nil shows nothing.
func (a *Attributes) Value(key string) (string, bool) {
	if a == nil {
		return "", false
	}
	switch key {
	case KeySourceIP:
		return a.SourceIP.Unmap().WithZone("").String(), a.SourceIP.IsValid()
	case KeySecureTransport:
		return strconv.FormatBool(a.SecureTransport), true
	case KeyCurrentTime:
		return a.CurrentTime.UTC().Format(time.RFC3339), !a.CurrentTime.IsZero()
	case KeyMFAPresent:
		if a.MFAPresent == nil {
			return "", false
		}
		return strconv.FormatBool(*a.MFAPresent), true
	case KeyPrincipalARN:
		return a.PrincipalARN, a.PrincipalARN != ""
	}
	return "", false
}

// Values is a [Context] from a map of keys to values, for tests and for keys of
// one's own.
type Values map[string]string

// Value implements [Context]. It ignores the case of the key.
func (v Values) Value(key string) (string, bool) {
	if value, ok := v[key]; ok {
		return value, true
	}
	for name, value := range v {
		if strings.EqualFold(name, key) {
			return value, true
		}
	}
	return "", false
}
