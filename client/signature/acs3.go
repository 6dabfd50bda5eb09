package signature

import "encoding/hex"

// Sizes of the arrays that a request of usual size fits into, so that its
// canonical form is built on the stack. Larger ones move to the heap by
// themselves.
const (
	textBufSize  = 2048
	pairBufSize  = 24
	fieldBufSize = 16
)

// appendCanonicalRequest writes the canonical request of ACS3 with its six
// parts: method, URI, query, header block, names of the signed headers, hash of
// the body. The pairs and fields must be sorted.
func appendCanonicalRequest(dst []byte, m *Message, pairs []pair, fields []field, body *hexHash) []byte {
	dst = append(dst, m.Method...)
	dst = append(dst, '\n')
	dst = appendCanonicalURI(dst, m.Path)
	dst = append(dst, '\n')
	dst = appendCanonicalQuery(dst, pairs)
	dst = append(dst, '\n')
	dst = appendCanonicalHeaders(dst, fields)
	// The header block ends with a newline, so this one adds a blank line.
	dst = append(dst, '\n')
	dst = appendNames(dst, fields)
	dst = append(dst, '\n')
	return append(dst, body[:]...)
}

// appendCanonicalURI writes a path verbatim, except for three characters that
// encoders write differently: + becomes %20, * becomes %2A and %7E becomes ~.
// Like the vendor's SDKs, it does not decode the path.
func appendCanonicalURI(dst []byte, path string) []byte {
	if path == "" {
		return append(dst, '/')
	}
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '+':
			dst = append(dst, "%20"...)
		case c == '*':
			dst = append(dst, "%2A"...)
		case c == '%' && i+2 < len(path) && path[i+1] == '7' && path[i+2] == 'E':
			dst = append(dst, '~')
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendStringToSignACS3 writes the name of the algorithm and the hash of the
// canonical request. The name keeps a signature of one algorithm from being
// valid under another.
func appendStringToSignACS3(dst []byte, scheme Scheme, digest Digest, canonicalRequest []byte) []byte {
	h := digest.hash(canonicalRequest)
	dst = append(dst, scheme.String()...)
	dst = append(dst, '\n')
	return append(dst, h[:]...)
}

// signACS3 computes the signature over a string to sign. The secret is the HMAC
// key unchanged.
func (c *KeyCache) signACS3(scheme Scheme, digest Digest, secret string, stringToSign []byte) (s hexHash) {
	sum, _ := c.sum(scheme, digest, secret, stringToSign)
	hex.Encode(s[:], sum[:])
	return s
}
