package client

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaops"
)

// signer is a signature scheme and its hash function.
type signer struct {
	scheme  signature.Scheme
	sm3     signature.Digest   // of ACS3HMACSM3, else nil
	options []signature.Option // of these and of the client's cache, set by setOptions
}

// setOptions sets the options that every signature shares, so that signing
// allocates none.
func (s *signer) setOptions(cache *signature.KeyCache) {
	s.options = []signature.Option{signature.WithKeyCache(cache), signature.WithSM3(s.sm3)}
	if s.scheme == signature.RPCHMACSHA256 {
		s.options = append(s.options, signature.WithHMACSHA256())
	}
}

// sign signs a request, or adds the bearer token. The RPC scheme signs the operation
// in the query.
func (s signer) sign(req *http.Request, body []byte, action string, c *Credentials, at time.Time, nonce string) error {
	rpc := s.scheme.IsRPC()
	if rpc {
		req.URL.RawQuery += "&Action=" + action + "&Version=" + esaops.Version
	}
	switch {
	case c.BearerToken != "" && rpc:
		return signature.SetBearerRPC(req, c.BearerToken, at, nonce)
	case c.BearerToken != "":
		return signature.SetBearerACS3(req, body, c.BearerToken, at, nonce)
	case rpc:
		return signature.SignRPC(req, body, c.key(), at, nonce, s.options...)
	default:
		return signature.SignACS3(req, body, c.key(), at, nonce, s.options...)
	}
}

func (c *Credentials) key() signature.Key {
	return signature.Key{ID: c.AccessKeyID, Secret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
}

// transcript returns what sign signed. It signs a copy again, because only
// errors and debug hooks need it.
func (s signer) transcript(req *http.Request, query string, body []byte, action string, c *Credentials, at time.Time, nonce string) signature.Transcript {
	var t signature.Transcript
	again := req.Clone(req.Context())
	again.URL = &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Path: req.URL.Path, RawQuery: query}
	s.options = append(slices.Clip(s.options), signature.WithTranscript(&t))
	if s.sign(again, body, action, c, at, nonce) != nil {
		return signature.Transcript{}
	}
	return t
}
