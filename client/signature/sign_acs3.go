package signature

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// SignACS3 signs a request with ACS3-HMAC-SHA256, or with ACS3-HMAC-SM3 if
// WithSM3 is passed: method, URL, Host, and of the headers all x-acs-* and
// Content-Type. It sets x-acs-date, x-acs-signature-nonce, x-acs-content-sha256
// and Authorization, and with temporary credentials x-acs-accesskey-id and
// x-acs-security-token. The caller has set x-acs-action and x-acs-version
// before, passes the body as sent, and must not change what is signed
// afterwards.
//
// The nonce must never have been used before with this key; the vendor's SDKs
// send 32 or 64 hexadecimal digits. To retry a request, sign it again with
// another nonce and time: the headers of an earlier signature or token are
// replaced.
//
// Errors are an *Error: ErrMissingAccessKeyID, ErrNoSecret,
// ErrMissingParameter (no nonce), ErrUndecodable (the query), ErrNotSignable
// (the host). The request is then unchanged.
func SignACS3(req *http.Request, body []byte, key Key, at time.Time, nonce string, options ...Option) error {
	s := newSigning(options)
	m, err := signable(req, body, key, nonce)
	if err != nil {
		return signError(s.acs3, err)
	}
	if strings.Contains(key.ID, ",") {
		return signError(s.acs3, &Error{Reason: ErrNotSignable, Header: headerAuthorization, Detail: "the access key ID contains a comma"})
	}
	dropBearerType(&m, req)
	var pairArray [pairBufSize]pair
	pairs, err := appendPairs(pairArray[:0], m.Query)
	if err != nil {
		return signError(s.acs3, err)
	}
	sortPairs(pairs)
	hash := s.digest.hash(body)
	m.Header = setSignedHeaders(req, key, at, nonce, &hash)

	var fieldArray [fieldBufSize]field
	fields := signedFields(fieldArray[:0], &m)
	var textArray [textBufSize]byte
	canonical := appendCanonicalRequest(textArray[:0], &m, pairs, fields, &hash)
	var signArray [128]byte
	stringToSign := appendStringToSignACS3(signArray[:0], s.acs3, s.digest, canonical)
	sum := s.keys.signACS3(s.acs3, s.digest, key.Secret, stringToSign)
	req.Header[keyAuthorization] = []string{authorizationACS3(s.acs3, key.ID, fields, &sum)}

	if s.transcript != nil {
		*s.transcript = Transcript{Scheme: s.acs3, CanonicalRequest: string(canonical), StringToSign: string(stringToSign)}
	}
	return nil
}

// setSignedHeaders writes the headers of the scheme, except Authorization.
func setSignedHeaders(req *http.Request, key Key, at time.Time, nonce string, hash *hexHash) http.Header {
	if req.Header == nil {
		req.Header = make(http.Header, 8)
	}
	h := req.Header
	removeHeaders(h)
	// One array serves all five; each header gets a slice of one that cannot
	// grow into its neighbor.
	values := []string{formatTime(at), nonce, string(hash[:]), key.ID, key.SecurityToken}
	h[keyDate] = values[0:1:1]
	h[keyNonce] = values[1:2:2]
	h[keyContentSHA256] = values[2:3:3]
	if key.SecurityToken != "" {
		h[keyAccessKeyID] = values[3:4:4]
		h[keySecurityToken] = values[4:5:5]
	}
	return h
}

// signedFields gathers the headers that a signature covers, sorted by name. A
// header with several spellings of its key is sent several times, so its values
// are joined.
func signedFields(dst []field, m *Message) []field {
	dst = append(dst, field{name: headerHost, value: m.Host})
	for key, values := range m.Header {
		if len(values) == 0 {
			continue
		}
		name := lowerName(key)
		if name == headerContentType || strings.HasPrefix(name, headerPrefix) {
			dst = append(dst, field{name: name, value: values[0], values: values})
		}
	}
	slices.SortFunc(dst, func(a, b field) int { return strings.Compare(a.name, b.name) })
	for i := len(dst) - 1; i > 0; i-- {
		if dst[i].name == dst[i-1].name {
			dst[i-1].values = slices.Concat(dst[i-1].values, dst[i].values)
			dst = slices.Delete(dst, i, i+1)
		}
	}
	return dst
}

// authorizationACS3 writes the Authorization header as the vendor's SDKs do,
// without a space after the commas.
func authorizationACS3(scheme Scheme, id string, fields []field, sum *hexHash) string {
	var array [512]byte
	b := append(array[:0], scheme.String()...)
	b = append(b, " Credential="...)
	b = append(b, id...)
	b = append(b, ",SignedHeaders="...)
	b = appendNames(b, fields)
	b = append(b, ",Signature="...)
	return string(append(b, sum[:]...))
}
