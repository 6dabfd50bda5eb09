package signature

import "strings"

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
