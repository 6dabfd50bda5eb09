package signature

import (
	"crypto/sha1" // the RPC scheme is HMAC-SHA1
	"encoding/base64"
	"slices"
)

// base64SHA1Len is the length of a SHA-1 in base64, padding included.
const base64SHA1Len = (sha1.Size + 2) / 3 * 4

// base64Sum is an HMAC-SHA1 as the RPC scheme writes it.
type base64Sum [base64SHA1Len]byte

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
// that was sent gives the same for them and leaves no path unsigned.
func appendStringToSignRPC(dst []byte, m *Message, pairs []pair) []byte {
	var buf [usualText]byte
	dst = append(dst, m.Method...)
	dst = append(dst, '&')
	dst = appendEncoded(dst, appendCanonicalURI(buf[:0], m.Path))
	dst = append(dst, '&')
	return appendEncoded(dst, appendCanonicalQuery(buf[:0], pairs))
}

// signRPC computes the signature over a string to sign. The key is the secret
// and an ampersand.
func signRPC(secret string, stringToSign []byte) (s base64Sum) {
	sum := hmacSHA1(secret+"&", stringToSign)
	base64.StdEncoding.Encode(s[:], sum[:])
	return s
}
