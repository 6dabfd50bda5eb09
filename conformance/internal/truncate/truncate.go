// Package truncate shortens what messages and reports quote.
package truncate

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// String returns s if it has at most limit bytes, and otherwise its beginning
// followed by the number of omitted bytes.
func String(s string, limit int) string {
	kept := Head(s, limit)
	return kept + More(len(s)-len(kept))
}

// Quote is String with the kept part as a Go string literal.
func Quote(s string, limit int) string {
	kept := Head(s, limit)
	return strconv.QuoteToGraphic(kept) + More(len(s)-len(kept))
}

// More returns a remark that n bytes are omitted, or "" if n is 0.
func More(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("… (%d more bytes)", n)
}

// Head returns at most limit bytes of s, and does not split a character.
func Head(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for n := limit; n >= max(0, limit-utf8.UTFMax+1); n-- {
		if utf8.RuneStart(s[n]) {
			return s[:n]
		}
	}
	return s[:limit]
}
