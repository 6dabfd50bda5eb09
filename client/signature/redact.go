package signature

import (
	"regexp"
	"strings"
)

// Redact replaces each byte of the tokens in a canonical request or a string to
// sign with an asterisk, so that Difference.Offset stays valid.
func Redact(s string) string {
	for _, secret := range [...]struct{ before, after string }{
		{headerSecurityToken + ":", "\n"},
		{headerBearerToken + ":", "\n"},
		{paramSecurityToken + "=", "&"},
		{paramBearerToken + "=", "&"},
		{paramSecurityToken + "%3D", "%26"},
		{paramBearerToken + "%3D", "%26"},
	} {
		s = redactBetween(s, secret.before, secret.after)
	}
	return s
}

// redactBetween redacts what is between two marks, or between the first and the
// end of the line. Marks match in any case.
func redactBetween(s, before, after string) string {
	folded := lowerASCII(s)
	before, after = lowerASCII(before), lowerASCII(after)
	if !strings.Contains(folded, before) {
		return s
	}
	out := []byte(s)
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

// lowerASCII is strings.ToLower for ASCII only, so that every byte keeps its
// position.
func lowerASCII(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

// ShortestSecret is the length in bytes from which a value may be hidden
// wherever it occurs. A shorter one is part of ordinary words: replacing it
// would damage the string, and does not protect it, because every key of that
// length can be tried against a signature. The secrets that the vendor issues
// have 30 bytes.
const ShortestSecret = 8

// RedactField replaces a value if it is the value of a secret's field in a
// query, a form, a header, JSON or a canonical request. It is for values
// shorter than ShortestSecret, which must not be replaced elsewhere.
func RedactField(s, value, instead string) string {
	if value == "" {
		return s
	}
	var out strings.Builder
	kept := 0 // bytes of s already in out
	for _, before := range secretFields().FindAllStringIndex(s, -1) {
		start := before[1]
		rest, found := strings.CutPrefix(s[start:], value)
		if !found || rest != "" && !strings.ContainsAny(rest[:1], fieldEnds) {
			continue
		}
		out.WriteString(s[kept:start])
		out.WriteString(instead)
		kept = len(s) - len(rest)
	}
	out.WriteString(s[kept:])
	return out.String()
}

// fieldEnds are the characters that end a value.
const fieldEnds = " \t\r\n\"'\\&,;%}"

// secretFields matches the name of a secret and the separator before its value.
func secretFields() *regexp.Regexp {
	return regexp.MustCompile(`(?i:access[_-]?key[_-]?secret|security_?token|bearer_?token|x-acs-(?:security|bearer)-token)` +
		`(?:\\?["'])?(?: ?[:=] ?|%3[Dd])(?:\\?["'])?`)
}
