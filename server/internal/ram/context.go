package ram

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Condition keys that every request can provide, in the documented spelling;
// keys are case-insensitive. Source: the vendor's pages on policy elements.
const (
	KeySourceIP        = "acs:SourceIp"        // IP address of the caller
	KeySecureTransport = "acs:SecureTransport" // "true" over TLS, otherwise "false"
	KeyCurrentTime     = "acs:CurrentTime"     // when the request arrived, ISO 8601
	KeyMFAPresent      = "acs:MFAPresent"      // "true" or "false"; absent for access keys
	KeyPrincipalARN    = "acs:PrincipalARN"    // resource name of the caller
)

// globalKeys lists the keys above, to normalize their case in a policy.
func globalKeys() []string {
	return []string{KeySourceIP, KeySecureTransport, KeyCurrentTime, KeyMFAPresent, KeyPrincipalARN}
}

// Context returns the values of a request's condition keys. [Evaluate] queries
// only keys of conditions that it reaches, possibly more than once, so an
// implementation may compute values lazily.
//
// Value returns the value of a key, and false if the request does not provide
// it. The keys listed as constants here are passed in exactly that spelling,
// any other key in the spelling of the policy; its case must be ignored.
type Context interface {
	Value(key string) (value string, ok bool)
}

// Attributes is the [Context] of a request to a server. The zero value only
// sets acs:SecureTransport, to "false".
type Attributes struct {
	// SourceIP is the caller's address; an IPv4-mapped address counts as IPv4. If
	// zero, acs:SourceIp is absent.
	SourceIP netip.Addr
	// SecureTransport reports whether the request arrived over TLS.
	SecureTransport bool
	// CurrentTime is when the request arrived, formatted in UTC to the second. If
	// zero, acs:CurrentTime is absent.
	CurrentTime time.Time
	// MFAPresent reports whether the caller signed in with a second factor. If nil,
	// acs:MFAPresent is absent, as in every call signed with an access key.
	MFAPresent *bool
	// PrincipalARN names the caller, for example
	// acs:ram::1000000000000001:user/alice. If empty, acs:PrincipalARN is absent.
	PrincipalARN string
}

// Value implements [Context]. A nil *Attributes has no keys.
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

// Values is a [Context] from a map of keys to values, for tests and custom
// keys.
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
