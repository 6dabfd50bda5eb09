package ram

import (
	"strings"
	"unicode/utf8"
)

// wildcards are the characters with a meaning of their own in a pattern. The
// language has no way to write them literally.
const wildcards = "*?"

// pattern is a text in which "*" stands for any run of characters and "?" for
// exactly one character (a code point, not a byte).
type pattern struct {
	text string
	// fixed counts the bytes before the first wildcard, all bytes if there is none.
	fixed int
	// foldCase makes ASCII letters equal in both cases.
	foldCase bool
}

func newPattern(text string, foldCase bool) pattern {
	fixed := strings.IndexAny(text, wildcards)
	if fixed < 0 {
		fixed = len(text)
	}
	return pattern{text: text, fixed: fixed, foldCase: foldCase}
}

// match tells whether the whole name fits the pattern. It never allocates, and
// its time is at most proportional to the length of the name times the length
// of the pattern, so linear in the name: of all stars only the last one passed
// is ever widened.
func (p *pattern) match(name string) bool {
	if len(name) < p.fixed || !p.equal(p.text[:p.fixed], name[:p.fixed]) {
		return false
	}
	if p.fixed == len(p.text) {
		return len(name) == p.fixed
	}
	return p.matchWild(p.text[p.fixed:], name[p.fixed:])
}

// matchWild walks both texts. After a mismatch it returns to the last star
// and lets it take one more character. A star passed earlier need not be
// widened: what stood between the two was found at its leftmost place, which
// leaves the most room for the rest.
func (p *pattern) matchWild(text, name string) bool {
	t, n := 0, 0
	afterStar, taken := -1, 0
	for n < len(name) {
		if t < len(text) {
			if text[t] == '*' {
				t++
				if t == len(text) {
					return true
				}
				afterStar, taken = t, n
				continue
			}
			if text[t] == '?' {
				t++
				n += characterLen(name[n:])
				continue
			}
			if p.equalByte(text[t], name[n]) {
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
	return strings.Trim(text[t:], "*") == ""
}

// equal compares texts of one length.
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

// characterLen is the length in bytes of the first character. A byte that is
// not UTF-8 is a character of its own.
func characterLen(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}
