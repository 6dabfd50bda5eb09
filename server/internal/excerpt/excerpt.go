// Package excerpt shortens strings for messages and logs.
package excerpt

import (
	"strconv"
	"strings"
)

// ellipsis marks a shortened string.
const ellipsis = "…"

// Truncate returns s, or its first maxBytes bytes with an ellipsis if it is longer.
// A shortened string is valid UTF-8: characters are not split.
func Truncate(s string, maxBytes int) string {
	if len(s) <= maxBytes {
		return s
	}
	return prefix(s, maxBytes) + ellipsis
}

// Quote returns s in double quotes. If s is longer than maxBytes bytes, it is
// shortened as by Truncate, and the ellipsis follows the quotes.
func Quote(s string, maxBytes int) string {
	if len(s) <= maxBytes {
		return strconv.Quote(s)
	}
	return strconv.Quote(prefix(s, maxBytes)) + ellipsis
}

func prefix(s string, maxBytes int) string { return strings.ToValidUTF8(s[:maxBytes], "") }
