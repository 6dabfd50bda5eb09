package credentials

import "regexp"

// redacted stands where a secret would.
const redacted = "(hidden)"

// redact takes out of an error of the vendor's module what may be a
// secret. Its errors quote configuration files, lines of them, and answers
// that lack a field, whole or cut, as JSON or as plain text. None of them need
// be well formed, so nobody can tell where a value ends: what follows the name
// of a secret goes, to the end.
func redact(text string) string {
	for _, h := range []struct{ pattern, instead string }{
		{`(?s)(unmarshal aliyun cli config from '.*?' failed: ).*`, "${1}not JSON of the expected form"},
		{`(?s)((?:key-value delimiter not found|empty key name|missing closing key quote|unclosed section):? ).*`, "${1}" + redacted},
		{`(?i)([?&]\w*(?:secret|token|password|signature)\w*=)[^\s&]*`, "${1}" + redacted},
		{`(?is)((?:secret|token|password|private_?key)(?:\w*|[^"]*")\s*:).*`, "${1} " + redacted},
	} {
		text = regexp.MustCompile(h.pattern).ReplaceAllString(text, h.instead)
	}
	return text
}
