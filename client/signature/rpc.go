package signature

import (
	"encoding/base64"
	"slices"
)

// base64Sum has room for the longest sum of the RPC schemes, 32 bytes, in
// base64.
type base64Sum [(32 + 2) / 3 * 4]byte

// appendPairsRPC gathers what the RPC scheme signs: the parameters of the query
// and of a form body, without the signature itself, in canonical order.
func appendPairsRPC(dst []pair, m *Message) ([]pair, error) {
	dst, err := appendPairs(dst, m.Query)
	if err != nil {
		return dst, err
	}
	if dst, err = appendPairs(dst, m.form()); err != nil {
		return dst, err
	}
	dst = slices.DeleteFunc(dst, func(p pair) bool {
		return compareDecoded(p.name, paramSignature) == 0
	})
	sortPairs(dst)
	return dst, nil
}

// appendStringToSignRPC writes METHOD & path & parameters, each encoded once
// more after its own encoding. For the only path that RPC calls use, the second
// part is %2F. The vendor's SDKs write that as a constant; encoding the path
// yields the same and signs every path.
func appendStringToSignRPC(dst []byte, m *Message, pairs []pair) []byte {
	var buf [textBufSize]byte
	dst = append(dst, m.Method...)
	dst = append(dst, '&')
	dst = appendEncoded(dst, appendCanonicalURI(buf[:0], m.Path))
	dst = append(dst, '&')
	return appendEncoded(dst, appendCanonicalQuery(buf[:0], pairs))
}

// appendSignatureRPC appends the signature over a string to sign, in base64. The
// key is the secret and an ampersand.
func (c *KeyCache) appendSignatureRPC(dst []byte, scheme Scheme, secret string, stringToSign []byte) []byte {
	sum, size := c.sum(scheme, nil, secret, stringToSign)
	return base64.StdEncoding.AppendEncode(dst, sum[:size])
}
