package signature

import "strings"

// The percent-encoding of both schemes is RFC 3986: the unreserved characters
// A–Z a–z 0–9 - _ . ~ are not encoded, every other byte is % and two upper-case
// hexadecimal digits. On the wire, parameters are form-encoded: + is a space.
// The functions below convert the second to the first without storing the
// decoded string, so that the canonical form of a query needs no allocations.

const upperHex = "0123456789ABCDEF"

// unreserved reports whether a byte is not encoded.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '_' || c == '.' || c == '~'
}

// appendByte appends one byte in RFC 3986 form.
func appendByte(dst []byte, c byte) []byte {
	if unreserved(c) {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

// appendEncoded appends a string in RFC 3986 form.
func appendEncoded[T string | []byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && unreserved(s[i]) {
			i++
		}
		dst = append(dst, s[start:i]...)
		if i < len(s) {
			dst = appendByte(dst, s[i])
			i++
		}
	}
	return dst
}

// encode returns a string in RFC 3986 form. It does not allocate if nothing
// needs encoding, as in most access key IDs and nonces.
func encode(s string) string {
	for i := range len(s) {
		if !unreserved(s[i]) {
			return string(appendEncoded(make([]byte, 0, len(s)+16), s))
		}
	}
	return s
}

// appendRecoded appends a form-encoded string in RFC 3986 form. The string must
// have passed brokenEscape.
func appendRecoded(dst []byte, escaped string) []byte {
	for i := 0; i < len(escaped); {
		start := i
		for i < len(escaped) && unreserved(escaped[i]) {
			i++
		}
		dst = append(dst, escaped[start:i]...)
		if i < len(escaped) {
			var c byte
			c, i = decodeAt(escaped, i)
			dst = appendByte(dst, c)
		}
	}
	return dst
}

// decodeAt decodes the byte at i and returns the index of the next one.
func decodeAt(escaped string, i int) (c byte, next int) {
	switch c = escaped[i]; c {
	case '+':
		return ' ', i + 1
	case '%':
		return unhex(escaped[i+1])<<4 | unhex(escaped[i+2]), i + 3
	default:
		return c, i + 1
	}
}

// decode decodes a form-encoded string. It does not allocate if nothing is
// encoded.
func decode(escaped string) string {
	for i := range len(escaped) {
		if escaped[i] == '%' || escaped[i] == '+' {
			return string(appendDecoded(make([]byte, 0, len(escaped)), escaped))
		}
	}
	return escaped
}

func appendDecoded(dst []byte, escaped string) []byte {
	for i := 0; i < len(escaped); {
		var c byte
		c, i = decodeAt(escaped, i)
		dst = append(dst, c)
	}
	return dst
}

// compareDecoded compares two form-encoded strings by their decoded bytes.
func compareDecoded(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		var x, y byte
		x, i = decodeAt(a, i)
		y, j = decodeAt(b, j)
		if x != y {
			return int(x) - int(y)
		}
	}
	return (len(a) - i) - (len(b) - j)
}

// brokenEscape returns the first % that is not followed by two hexadecimal
// digits, with what follows, or "".
func brokenEscape(escaped string) string {
	for {
		at := strings.IndexByte(escaped, '%')
		if at < 0 {
			return ""
		}
		escaped = escaped[at:]
		if len(escaped) < 3 || !isHex(escaped[1]) || !isHex(escaped[2]) {
			return escaped[:min(3, len(escaped))]
		}
		escaped = escaped[3:]
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	default:
		return c - '0'
	}
}
