// Package challenge defines the challenges by which a certificate authority
// verifies control of a name (RFC 8555, section 8), and the interface of their
// solvers.
//
//	http-01   http://www.example.com/.well-known/acme-challenge/TOKEN returns
//	          the key authorization (package http01)
//	dns-01    _acme-challenge.www.example.com has a TXT record with the digest
//	          of the key authorization (packages dns01 and rfc2136)
//
// The key authorization is the token, a dot and the thumbprint of the account
// key. It is not a secret.
package challenge

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Types of challenges. Source: RFC 8555, sections 8.3 and 8.4.
const (
	HTTP01 = "http-01"
	DNS01  = "dns-01"
)

// Path is the path prefix of http-01 responses; the token follows.
const Path = "/.well-known/acme-challenge/"

// MaxToken is the maximum length of a token in bytes. Let's Encrypt and Pebble use
// 43; RFC 8555 defines only a minimum.
const MaxToken = 128

// Challenge is a challenge with its key authorization.
type Challenge struct {
	Type             string // HTTP01 or DNS01
	Name             string // domain name to validate, without "*."
	Token            string
	KeyAuthorization string // token, dot, thumbprint of the account key
}

// RecordName returns the name of the TXT record of a dns-01 challenge, without a
// trailing dot.
func (c Challenge) RecordName() string { return RecordName(c.Name) }

// RecordValue returns the value of the TXT record of a dns-01 challenge.
func (c Challenge) RecordValue() string {
	digest := sha256.Sum256([]byte(c.KeyAuthorization))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// RecordName returns the name of the TXT record that validates a domain name. A
// wildcard name shares the record of its parent domain.
func RecordName(domain string) string {
	return "_acme-challenge." + strings.TrimSuffix(strings.TrimPrefix(domain, "*."), ".")
}

// Solver publishes the responses to challenges. It must be safe for concurrent
// use. After a crash it is called again for the same challenge.
type Solver interface {
	// Present publishes the response to a challenge, in addition to other
	// responses for the same name. It returns when the response is visible, as far
	// as the solver can check that. Repeated calls have no further effect.
	Present(ctx context.Context, c Challenge) error

	// CleanUp removes the response. It succeeds if the response does not exist.
	CleanUp(ctx context.Context, c Challenge) error
}

// CheckToken returns an error unless a token consists of 1 to MaxToken characters
// of the base64url alphabet without padding. Source: RFC 8555, section 8.3.
func CheckToken(token string) error {
	if token == "" {
		return fmt.Errorf("empty token")
	}
	if len(token) > MaxToken {
		return fmt.Errorf("token has %d bytes, want at most %d", len(token), MaxToken)
	}
	for i := range len(token) {
		if !isBase64URL(token[i]) {
			return fmt.Errorf("byte %d of the token is %q, want A-Z, a-z, 0-9, - or _", i+1, token[i])
		}
	}
	return nil
}

func isBase64URL(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
