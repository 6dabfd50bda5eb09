package client

import (
	"net/http"
	"net/url"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
)

// Scheme is a way to sign a call. The service accepts each.
type Scheme uint8

// The schemes. With a bearer token nothing is signed; the scheme then says
// where the token stands.
const (
	// ACS3 is ACS3-HMAC-SHA256, the vendor's signature version 3: everything of
	// the scheme stands in headers. It is the default.
	ACS3 Scheme = iota
	// RPC is the RPC signature version 1.0 with HMAC-SHA1: everything of the
	// scheme, a security token included, stands in the query.
	RPC
	// RPCSHA256 is RPC with HMAC-SHA256.
	RPCSHA256
	// ACS3SM3 is ACS3 with SM3 as the hash. WithSM3 sets it.
	ACS3SM3
)

// String gives the name of the scheme as it stands on the wire.
func (s Scheme) String() string {
	switch s {
	case ACS3:
		return "ACS3-HMAC-SHA256"
	case RPC:
		return "HMAC-SHA1"
	case RPCSHA256:
		return "HMAC-SHA256"
	case ACS3SM3:
		return "ACS3-HMAC-SM3"
	}
	return "unknown"
}

// rpcOperation names the operation in the query, where the RPC scheme signs it.
const rpcOperation = "&Action=" + esaapi.Action + "&Version=" + esaapi.Version

// signer is a scheme with what it needs.
type signer struct {
	scheme Scheme
	sm3    signature.Digest // of ACS3SM3; else nil
}

// sign signs a request as it stands, or gives it the bearer token.
func (s signer) sign(req *http.Request, c *Credentials, at time.Time, nonce string, options ...signature.Option) error {
	rpc := s.scheme == RPC || s.scheme == RPCSHA256
	if rpc {
		req.URL.RawQuery += rpcOperation
	}
	switch {
	case c.BearerToken != "" && rpc:
		return signature.SetBearerRPC(req, c.BearerToken, at, nonce)
	case c.BearerToken != "":
		return signature.SetBearerACS3(req, nil, c.BearerToken, at, nonce)
	case s.scheme == RPCSHA256:
		options = append(options, signature.WithHMACSHA256())
	case s.scheme == ACS3SM3:
		options = append(options, signature.WithSM3(s.sm3))
	}
	if rpc {
		return signature.SignRPC(req, nil, c.key(), at, nonce, options...)
	}
	return signature.SignACS3(req, nil, c.key(), at, nonce, options...)
}

func (c *Credentials) key() signature.Key {
	return signature.Key{ID: c.AccessKeyID, Secret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
}

// transcript gives what sign has signed, by signing a copy again: only errors
// and debug hooks want it.
func (s signer) transcript(req *http.Request, query string, c *Credentials, at time.Time, nonce string) signature.Transcript {
	var t signature.Transcript
	again := req.Clone(req.Context())
	again.URL = &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: req.URL.Path, RawQuery: query}
	if s.sign(again, c, at, nonce, signature.WithTranscript(&t)) != nil {
		return signature.Transcript{}
	}
	return t
}
