package signature

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// SetBearerACS3 adds a bearer token to a request as the vendor's SDKs do with
// signature version 3: in the header x-acs-bearer-token, with
// SignatureType=BEARERTOKEN in the query and the headers x-acs-date,
// x-acs-signature-nonce and x-acs-content-sha256. Nothing is signed, so send it
// over TLS only. An earlier signature or token in the headers is replaced.
// Errors are an *Error; the request is then unchanged.
func SetBearerACS3(req *http.Request, body []byte, token string, at time.Time, nonce string) error {
	m, err := bearerMessage(req, body, token, nonce)
	if err != nil {
		return bearerError(err)
	}
	query, err := appendPairs(nil, m.Query)
	if err != nil {
		return bearerError(err)
	}
	query = slices.DeleteFunc(query, isBearerType)
	query = append(query, pair{paramSignatureType, bearerType})
	sortPairs(query)
	req.URL.RawQuery = string(appendCanonicalQuery(nil, query))
	hash := Digest(nil).hash(body)
	setSignedHeaders(req, Key{}, at, nonce, &hash)
	req.Header.Set(keyBearerToken, token)
	return nil
}

// SetBearerRPC adds a bearer token to a request as the vendor's SDKs do with
// RPC signature 1.0: BearerToken, SignatureType=BEARERTOKEN, Format=JSON,
// SignatureNonce and Timestamp in the query. Nothing is signed, so send it over
// TLS only. An earlier signature or token in query and headers is replaced.
// Errors are an *Error; the request is then unchanged.
func SetBearerRPC(req *http.Request, token string, at time.Time, nonce string) error {
	m, err := bearerMessage(req, nil, token, nonce)
	if err != nil {
		return bearerError(err)
	}
	query, _, err := splitRPC(&m)
	if err != nil {
		return bearerError(err)
	}
	query = append(query,
		pair{paramBearerToken, encode(token)},
		pair{paramFormat, "JSON"},
		pair{paramSignatureNonce, encode(nonce)},
		pair{paramSignatureType, bearerType},
		pair{paramTimestamp, encode(formatTime(at))},
	)
	sortPairs(query)
	req.URL.RawQuery = string(appendCanonicalQuery(nil, query))
	removeHeaders(req.Header)
	return nil
}

// bearerMessage returns the Message of a request that can carry a token.
func bearerMessage(req *http.Request, body []byte, token, nonce string) (Message, error) {
	if token == "" {
		return Message{}, &Error{Reason: ErrMissingParameter, Parameter: paramBearerToken}
	}
	if err := checkNonce(nonce); err != nil {
		return Message{}, err
	}
	return outgoingMessage(req, body)
}

func bearerError(err error) error { return fmt.Errorf("put bearer token on request: %w", err) }

// isBearerType reports whether a parameter is SignatureType=BEARERTOKEN.
func isBearerType(p pair) bool {
	return compareDecoded(p.name, paramSignatureType) == 0 && compareDecoded(p.value, bearerType) == 0
}

// dropBearerType removes SignatureType=BEARERTOKEN from the query of a request
// that had a bearer token in its headers.
func dropBearerType(m *Message, req *http.Request) {
	if len(req.Header[keyBearerToken]) == 0 {
		return
	}
	query, err := appendPairs(nil, m.Query)
	if err != nil {
		return // the signing function returns the same error
	}
	query = slices.DeleteFunc(query, isBearerType)
	m.Query = string(appendCanonicalQuery(nil, query))
	req.URL.RawQuery = m.Query
}
