package signature

import (
	"fmt"
	"net/http"
	"strings"
)

// Option configures a signing function.
type Option func(*signing)

type signing struct {
	transcript *Transcript
	acs3       Scheme
	rpc        Scheme
	digest     Digest    // of ACS3
	keys       *KeyCache // nil for none
}

// WithTranscript sets the Transcript in which the signing function stores what it
// signed.
func WithTranscript(into *Transcript) Option {
	return func(s *signing) { s.transcript = into }
}

// WithSM3 makes SignACS3 sign with ACS3-HMAC-SM3 instead of ACS3-HMAC-SHA256.
// The function is SM3, for example sm3.Sum of github.com/emmansun/gmsm/sm3. Nil
// restores SHA-256.
func WithSM3(sm3 Digest) Option {
	return func(s *signing) {
		s.acs3, s.digest = ACS3HMACSHA256, nil
		if sm3 != nil {
			s.acs3, s.digest = ACS3HMACSM3, sm3
		}
	}
}

// WithHMACSHA256 makes SignRPC sign with HMAC-SHA256 instead of HMAC-SHA1.
func WithHMACSHA256() Option {
	return func(s *signing) { s.rpc = RPCHMACSHA256 }
}

// WithKeyCache sets the cache of the secret's HMAC. If nil, the default, each
// signature creates it.
func WithKeyCache(cache *KeyCache) Option {
	return func(s *signing) { s.keys = cache }
}

func newSigning(options []Option) signing {
	s := signing{acs3: ACS3HMACSHA256, rpc: RPCHMACSHA1}
	for _, option := range options {
		option(&s)
	}
	return s
}

// signError adds the signature scheme to an error.
func signError(scheme Scheme, err error) error {
	return fmt.Errorf("sign request with %s: %w", scheme, err)
}

// signable returns the Message of a request that the key can sign.
func signable(req *http.Request, body []byte, key Key, nonce string) (Message, error) {
	if err := key.check(); err != nil {
		return Message{}, err
	}
	if err := checkNonce(nonce); err != nil {
		return Message{}, err
	}
	return outgoingMessage(req, body)
}

// outgoingMessage returns the Message that a server receives when net/http
// sends the request.
func outgoingMessage(req *http.Request, body []byte) (Message, error) {
	m := Message{Method: req.Method, Host: req.Host, Header: req.Header, Body: body}
	if req.URL == nil || req.URL.Opaque != "" {
		return m, &Error{Reason: ErrNotSignable, Detail: "request URL has no path"}
	}
	if m.Method == "" {
		m.Method = http.MethodGet
	}
	if m.Host == "" {
		m.Host = req.URL.Host
	}
	m.Path, m.Query = req.URL.EscapedPath(), req.URL.RawQuery
	return m, checkHost(m.Host)
}

// checkHost rejects a host that net/http changes when sending: it drops the
// zone of an IPv6 address and converts Unicode to punycode.
func checkHost(host string) error {
	if host == "" {
		return &Error{Reason: ErrNotSignable, Header: headerHost, Detail: "empty"}
	}
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || c == '%' {
			return &Error{Reason: ErrNotSignable, Header: headerHost, Detail: excerpt(host) + " is not plain ASCII without a zone; use punycode"}
		}
	}
	return nil
}

// checkNonce rejects an empty nonce: the request could be replayed.
func checkNonce(nonce string) error {
	if nonce == "" {
		return &Error{Reason: ErrMissingParameter, Parameter: paramSignatureNonce}
	}
	return nil
}

// removeHeaders removes all headers of an earlier signature or token, in any
// case.
func removeHeaders(h http.Header) {
	for key := range h {
		switch lowerName(key) {
		case headerAuthorization, headerAccessKeyID, headerBearerToken, headerContentSHA256,
			headerDate, headerNonce, headerSecurityToken, headerSignatureType:
			delete(h, key)
		}
	}
}

// lowerName returns the lower-case name of a header key. The common ones are
// constants because strings.ToLower would allocate for each.
func lowerName(key string) string {
	switch key {
	case keyAuthorization:
		return headerAuthorization
	case keyContentType:
		return headerContentType
	case keyAccessKeyID:
		return headerAccessKeyID
	case keyAction:
		return headerAction
	case keyContentSHA256:
		return headerContentSHA256
	case keyDate:
		return headerDate
	case keyNonce:
		return headerNonce
	case keySecurityToken:
		return headerSecurityToken
	case keyVersion:
		return headerVersion
	case "Accept", "Accept-Encoding", "User-Agent":
		return ""
	default:
		return strings.ToLower(key)
	}
}
