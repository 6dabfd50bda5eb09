package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// escape makes every character visible: control characters become their symbols (␛),
// other invisible characters, for example those that change the writing direction,
// become \u{202e}, and bytes that are not valid UTF-8 become \xff. Line feeds and tabs
// stay. The result is safe for terminals and browsers, and valid in XML.
func escape(s string) string {
	plain := func(r rune) bool { return r == '\n' || r == '\t' || r != utf8.RuneError && unicode.IsGraphic(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == utf8.RuneError, plain(r):
			b.WriteRune(r)
		case r < ' ':
			b.WriteRune('␀' + r)
		case r == 0x7f:
			b.WriteRune('␡')
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		i += size
	}
	return b.String()
}

// oneLine is escape for strings that are shown within a line.
func oneLine(s string) string {
	return strings.NewReplacer("\n", "␊", "\t", "␉").Replace(escape(s))
}

func oneLineEach(all []string) []string {
	escaped := make([]string, len(all))
	for i, s := range all {
		escaped[i] = oneLine(s)
	}
	return escaped
}

// escapeWire is escape for messages as sent on the wire. It converts CRLF to LF.
func escapeWire(s string) string { return escape(strings.ReplaceAll(s, "\r\n", "\n")) }

// escapeResult returns a copy of a result without control characters.
func escapeResult(r suite.Result) suite.Result { return r.MapStrings(escape, escapeWire) }

func escapeRun(run *suite.Run) *suite.Run { return run.MapStrings(escape, escapeWire) }

// escapeMessage is escapeWire for a message, which it truncates to limit bytes.
func escapeMessage(s string, limit int) string {
	return escapeWire(truncate.String(s, limit))
}

// toValidUTF8 replaces bytes that are not valid UTF-8 by \xff.
func toValidUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}
