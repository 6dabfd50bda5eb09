package credentials

import (
	"regexp"

	"github.com/esacert/esacert/client/internal/redact"
)

// redactMessage removes what may be a secret from an error of the vendor's module. Its
// errors quote configuration files, lines of them, and incomplete responses,
// whole or truncated, as JSON or in plain form. They need not be well formed,
// so the end of a value is unknown: everything after the name of a secret is
// removed.
func redactMessage(message string) string {
	for _, h := range []struct{ pattern, instead string }{
		{`(?s)(unmarshal aliyun cli config from '.*?' failed: ).*`, "${1}not JSON of the expected form"},
		{`(?s)((?:key-value delimiter not found|empty key name|missing closing key quote|unclosed section):? ).*`, "${1}" + redact.Mark},
		{`(?i)([?&]\w*(?:secret|token|password|signature)\w*=)[^\s&]*`, "${1}" + redact.Mark},
		{`(?is)((?:secret|token|password|private_?key)(?:\w*|[^"]*")\s*:).*`, "${1} " + redact.Mark},
	} {
		message = regexp.MustCompile(h.pattern).ReplaceAllString(message, h.instead)
	}
	return message
}
