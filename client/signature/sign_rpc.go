package signature

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// SignRPC signs a request with the RPC signature 1.0 (HMAC-SHA1, or HMAC-SHA256
// with WithHMACSHA256). It adds AccessKeyId, Format=JSON, SignatureMethod,
// SignatureNonce, SignatureVersion, Timestamp and Signature to the query, and
// SecurityToken with temporary credentials; it leaves the query sorted and encoded by RFC 3986. The caller
// has put the operation's own parameters there before, Action and Version among
// them, or into a form body, whose parameters are signed too. A body of another
// type is not protected by this scheme, and no header is.
//
// Signing again with another nonce and time replaces an earlier signature or
// token in query and headers. Errors are those of SignACS3, and ErrDuplicate
// for a form body with a parameter of the scheme.
func SignRPC(req *http.Request, body []byte, key Key, at time.Time, nonce string, options ...Option) error {
	s := newSigning(options)
	m, err := signable(req, body, key, nonce)
	if err != nil {
		return signError(s.rpc, err)
	}
	query, form, err := splitRPC(&m)
	if err != nil {
		return signError(s.rpc, err)
	}
	query = append(query,
		pair{paramAccessKeyID, encode(key.ID)},
		pair{paramFormat, "JSON"},
		pair{paramSignatureMethod, s.rpc.String()},
		pair{paramSignatureNonce, encode(nonce)},
		pair{paramSignatureVersion, versionRPC},
		pair{paramTimestamp, encode(formatTime(at))},
	)
	if key.SecurityToken != "" {
		query = append(query, pair{paramSecurityToken, encode(key.SecurityToken)})
	}
	sortPairs(query)
	signed := query
	if len(form) > 0 {
		signed = slices.Concat(query, form)
		sortPairs(signed)
	}
	var textArray [textBufSize]byte
	stringToSign := appendStringToSignRPC(textArray[:0], &m, signed)
	var sumArray base64Sum
	sum := s.keys.appendSignatureRPC(sumArray[:0], s.rpc, key.Secret, stringToSign)

	if s.transcript != nil {
		*s.transcript = Transcript{Scheme: s.rpc, StringToSign: string(stringToSign)}
	}
	removeHeaders(req.Header)
	raw := appendCanonicalQuery(make([]byte, 0, textBufSize), query)
	raw = append(raw, "&"+paramSignature+"="...)
	req.URL.RawQuery = string(appendEncoded(raw, sum))
	return nil
}

// splitRPC returns the parameters of query and form body, those of the query
// without an earlier signature or token.
func splitRPC(m *Message) (query, form []pair, err error) {
	query, err = appendPairs(make([]pair, 0, pairBufSize), m.Query)
	if err != nil {
		return nil, nil, err
	}
	query = slices.DeleteFunc(query, func(p pair) bool { return ownedByRPC(decode(p.name)) })
	form, err = appendPairs(nil, outgoingForm(m))
	if err != nil {
		return nil, nil, err
	}
	for _, p := range form {
		if name := decode(p.name); ownedByRPC(name) {
			return nil, nil, &Error{Reason: ErrDuplicate, Parameter: name, Detail: "the form body has it too"}
		}
	}
	if len(query)+len(form) > maxParameters {
		return nil, nil, tooMany()
	}
	return query, form, nil
}

// outgoingForm is Message.form for a request that has not been on the wire yet,
// so its header keys may have any case.
func outgoingForm(m *Message) string {
	for key, values := range m.Header {
		if len(values) > 0 && strings.EqualFold(key, keyContentType) && isForm(values[0]) {
			return string(m.Body)
		}
	}
	return ""
}

// ownedByRPC reports whether a parameter belongs to the scheme and not to the
// operation.
func ownedByRPC(name string) bool {
	at, known := paramIndexOf(name)
	return name == paramFormat || known && at != slotAction && at != slotVersion
}
