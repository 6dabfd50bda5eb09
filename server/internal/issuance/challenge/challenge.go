// Package challenge is what a certificate authority asks for to see that a
// name is under our control (RFC 8555, section 8), and how the answer is made
// visible.
//
//	http-01   http://www.example.com/.well-known/acme-challenge/TOKEN answers
//	          the key authorization (package http01)
//	dns-01    _acme-challenge.www.example.com has a TXT record with the digest
//	          of the key authorization (packages dns01 and rfc2136)
//
// The key authorization is the token, a dot and the thumbprint of the account's
// key. It proves nothing by itself, so it is no secret.
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

// Path is where the answers to http-01 challenges are, the token follows.
const Path = "/.well-known/acme-challenge/"

// MaxToken is the longest token that is taken, in bytes. Those of Let's Encrypt
// and Pebble have 43; RFC 8555 gives a lower bound only.
const MaxToken = 128

// Challenge is one challenge with its answer.
type Challenge struct {
	Type             string // HTTP01 or DNS01
	Name             string // domain name that is validated, without "*."
	Token            string
	KeyAuthorization string // token, dot, thumbprint of the account's key
}

// RecordName is the name of the TXT record of a dns-01 challenge, without a dot
// at its end.
func (c Challenge) RecordName() string { return RecordName(c.Name) }

// RecordValue is the text of the TXT record of a dns-01 challenge.
func (c Challenge) RecordValue() string {
	digest := sha256.Sum256([]byte(c.KeyAuthorization))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// RecordName is the name of the TXT record that validates a domain name; a
// wildcard has that of the name below it.
func RecordName(domain string) string {
	return "_acme-challenge." + strings.TrimSuffix(strings.TrimPrefix(domain, "*."), ".")
}

// Solver makes answers visible. It is used from many goroutines, and for the
// same challenge again after a crash.
type Solver interface {
	// Present makes the answer to a challenge visible, beside those that are
	// there for the same name, and returns when it can be seen, as far as that
	// can be told from here. Presenting it again changes nothing.
	Present(ctx context.Context, c Challenge) error

	// CleanUp takes the answer away; that it is not there is no error.
	CleanUp(ctx context.Context, c Challenge) error
}

// CheckToken finds tokens that no authority may send: they have the base64url
// alphabet without padding, and here MaxToken bytes at most.
// Source: RFC 8555, section 8.3.
func CheckToken(token string) error {
	if token == "" {
		return fmt.Errorf("the token is empty")
	}
	if len(token) > MaxToken {
		return fmt.Errorf("the token has %d bytes: %d at most are taken", len(token), MaxToken)
	}
	for i := range len(token) {
		if !isBase64URL(token[i]) {
			return fmt.Errorf("byte %d of the token is %q: only A-Z, a-z, 0-9, - and _ are allowed", i+1, token[i])
		}
	}
	return nil
}

func isBase64URL(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
