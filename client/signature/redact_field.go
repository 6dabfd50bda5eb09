package signature

import (
	"regexp"
	"strings"
)

// ShortestSecret is the length in bytes from which a value may be hidden wherever
// it occurs. A shorter one is part of ordinary words: replacing it damages the
// text, and protects nothing, because every key of that length can be tried
// against a single signature. The secrets that the vendor issues have 30 bytes.
const ShortestSecret = 8

// RedactField replaces a value where it is the value of a field that is named as
// a secret: in a query, a form, a header, JSON or a canonical request. It is for
// values shorter than ShortestSecret, which must not be replaced anywhere else.
func RedactField(text, value, instead string) string {
	if value == "" {
		return text
	}
	var out strings.Builder
	kept := 0 // of text, in out
	for _, before := range secretFields().FindAllStringIndex(text, -1) {
		start := before[1]
		rest, found := strings.CutPrefix(text[start:], value)
		if !found || rest != "" && !strings.ContainsAny(rest[:1], fieldEnds) {
			continue
		}
		out.WriteString(text[kept:start])
		out.WriteString(instead)
		kept = len(text) - len(rest)
	}
	out.WriteString(text[kept:])
	return out.String()
}

// fieldEnds are the characters that end a value.
const fieldEnds = " \t\r\n\"'\\&,;%}"

// secretFields matches the name of a secret and what stands between it and its
// value.
func secretFields() *regexp.Regexp {
	return regexp.MustCompile(`(?i:access[_-]?key[_-]?secret|security_?token|bearer_?token|x-acs-(?:security|bearer)-token)` +
		`(?:\\?["'])?(?: ?[:=] ?|%3[Dd])(?:\\?["'])?`)
}
