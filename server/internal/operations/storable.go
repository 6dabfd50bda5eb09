package operations

import (
	"strings"
	"unicode/utf8"
)

// storable reports whether a store keeps the string: UTF-8 without NUL.
func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
