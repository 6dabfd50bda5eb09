package signature

import "strings"

// The percent-encoding of both schemes is RFC 3986: the unreserved characters
// A–Z a–z 0–9 - _ . ~ stand for themselves, every other byte is % and two
// upper-case hexadecimal digits. What arrives on the wire is form-encoded
// instead: there + means a blank. The functions below read the second and write
// the first without ever holding the decoded text, which keeps the canonical
// form of a query free of allocations.

const upperHex = "0123456789ABCDEF"

// unreserved reports whether a byte stands for itself.
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

// appendEncoded appends plain text in RFC 3986 form.
func appendEncoded[T string | []byte](dst []byte, text T) []byte {
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && unreserved(text[i]) {
			i++
		}
		dst = append(dst, text[start:i]...)
		if i < len(text) {
			dst = appendByte(dst, text[i])
			i++
		}
	}
	return dst
}

// encode is appendEncoded for a text alone. Text that needs no encoding, as
// most access key ids and nonces, is returned as it is.
func encode(text string) string {
	for i := range len(text) {
		if !unreserved(text[i]) {
			return string(appendEncoded(make([]byte, 0, len(text)+16), text))
		}
	}
	return text
}

// appendRecoded appends form-encoded text in RFC 3986 form. The text must have
// passed brokenEscape.
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

// decodeAt decodes the byte that begins at i and says where the next one does.
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

// decode gives form-encoded text decoded, which is the text itself where
// nothing is encoded.
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

// compareDecoded orders two form-encoded texts by the bytes they stand for.
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

// brokenEscape gives the first % of a text that is not followed by two
// hexadecimal digits, as it stands there, or "" when all are.
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
