package signature

import (
	"regexp"
	"strings"
)

// Redact hides the values of tokens in a canonical request or a string to
// sign: each byte of them becomes an asterisk, so that the rest keeps its
// place and Difference.Offset still points at the byte it is about.
func Redact(text string) string {
	for _, secret := range [...]struct{ before, after string }{
		{headerSecurityToken + ":", "\n"},
		{headerBearerToken + ":", "\n"},
		{paramSecurityToken + "=", "&"},
		{paramBearerToken + "=", "&"},
		{paramSecurityToken + "%3D", "%26"},
		{paramBearerToken + "%3D", "%26"},
	} {
		text = redactBetween(text, secret.before, secret.after)
	}
	return text
}

// redactBetween hides what stands between two marks, or between the first and
// the end of the line. Marks are found in any case: a client that got the case
// wrong has a secret too.
func redactBetween(text, before, after string) string {
	folded := lowerASCII(text)
	before, after = lowerASCII(before), lowerASCII(after)
	if !strings.Contains(folded, before) {
		return text
	}
	out := []byte(text)
	for from := 0; ; {
		at := strings.Index(folded[from:], before)
		if at < 0 {
			return string(out)
		}
		start := from + at + len(before)
		end := len(folded)
		for _, mark := range [...]string{after, "\n"} {
			if i := strings.Index(folded[start:], mark); i >= 0 {
				end = min(end, start+i)
			}
		}
		for i := start; i < end; i++ {
			out[i] = '*'
		}
		from = end
	}
}

// lowerASCII is strings.ToLower without its Unicode: every byte keeps its
// place.
func lowerASCII(text string) string {
	out := []byte(text)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

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
