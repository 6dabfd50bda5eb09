package ram

import (
	"strings"
	"unicode/utf8"
)

// wildcards are the special characters of a pattern. The language cannot escape
// them.
const wildcards = "*?"

// pattern is a string in which "*" matches any sequence of characters and "?"
// exactly one character (a code point, not a byte).
type pattern struct {
	source string
	// fixed is the number of bytes before the first wildcard, or of all bytes.
	fixed int
	// foldCase makes matching of ASCII letters case-insensitive.
	foldCase bool
}

func newPattern(source string, foldCase bool) pattern {
	fixed := strings.IndexAny(source, wildcards)
	if fixed < 0 {
		fixed = len(source)
	}
	return pattern{source: source, fixed: fixed, foldCase: foldCase}
}

// match reports whether the whole name fits the pattern. It does not allocate,
// and its time is at most proportional to the length of the name times the
// length of the pattern, so linear in the name: only the last star passed is
// ever extended.
func (p *pattern) match(name string) bool {
	if len(name) < p.fixed || !p.equal(p.source[:p.fixed], name[:p.fixed]) {
		return false
	}
	if p.fixed == len(p.source) {
		return len(name) == p.fixed
	}
	return p.matchWild(p.source[p.fixed:], name[p.fixed:])
}

// matchWild walks both strings. After a mismatch it returns to the last star
// and extends it by one character. An earlier star need not be extended: the
// part between the two stars was matched at its leftmost position, which leaves
// the longest rest.
func (p *pattern) matchWild(source, name string) bool {
	t, n := 0, 0
	afterStar, taken := -1, 0
	for n < len(name) {
		if t < len(source) {
			if source[t] == '*' {
				t++
				if t == len(source) {
					return true
				}
				afterStar, taken = t, n
				continue
			}
			if source[t] == '?' {
				t++
				n += characterLen(name[n:])
				continue
			}
			if p.equalByte(source[t], name[n]) {
				t++
				n++
				continue
			}
		}
		if afterStar < 0 {
			return false
		}
		taken += characterLen(name[taken:])
		t, n = afterStar, taken
	}
	return strings.Trim(source[t:], "*") == ""
}

// equal compares strings of the same length.
func (p *pattern) equal(a, b string) bool {
	if !p.foldCase {
		return a == b
	}
	for i := range len(a) {
		if !p.equalByte(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (p *pattern) equalByte(a, b byte) bool {
	return a == b || p.foldCase && lowerASCII(a) == lowerASCII(b)
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// characterLen is the length in bytes of the first character. An invalid UTF-8
// byte counts as one character.
func characterLen(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}
