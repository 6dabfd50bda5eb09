// Package truncate shortens what errors and explanations quote.
package truncate

import (
	"strconv"
	"unicode/utf8"
)

const ellipsis = "…"

// String returns s if it has at most limit bytes, and otherwise its beginning
// and an ellipsis, which together have at most limit bytes.
func String(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return head(s, max(0, limit-len(ellipsis))) + ellipsis
}

// Quote returns up to limit bytes of s as a Go string literal, followed by an
// ellipsis if s is longer.
func Quote(s string, limit int) string {
	kept := head(s, limit)
	if len(kept) < len(s) {
		return strconv.Quote(kept) + ellipsis
	}
	return strconv.Quote(kept)
}

// Around returns the part of s from before bytes in front of an offset to after
// bytes behind it, as a Go string literal with an ellipsis on each side where
// bytes are missing. Column is where the byte at the offset is in the result,
// in characters.
func Around(s string, offset, before, after int) (quoted string, column int) {
	offset = min(offset, len(s))
	from, to := max(0, offset-before), min(len(s), offset+after)
	// Each half is quoted by itself: the column is the length of the first.
	first, second := strconv.Quote(s[from:offset]), strconv.Quote(s[offset:to])
	quoted = first[:len(first)-1]
	if from > 0 {
		quoted = ellipsis + quoted
	}
	column = utf8.RuneCountInString(quoted)
	quoted += second[1:]
	if to < len(s) {
		quoted += ellipsis
	}
	return quoted, column
}

// head returns at most limit bytes of s, and does not split a character.
func head(s string, limit int) string {
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
