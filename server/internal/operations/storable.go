package operations

import (
	"strings"
	"unicode/utf8"
)

// storable reports whether a store keeps the string: UTF-8 without NUL.
func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// toStorable replaces what a store does not keep.
func toStorable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
