package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// escape gives text in which every character can be seen: control characters
// become their pictures (␛), others without a shape of their own, such as marks
// that turn the direction of writing, become \u{202e}, and bytes that are no
// UTF-8 become \xff. Line feeds and tabs stay. What comes out acts neither on a
// terminal nor on a browser, and XML can hold it.
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

// oneLine is visible for texts that are shown within a line.
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

// escapeWire also ends lines with a line feed alone.
func escapeWire(s string) string { return escape(strings.ReplaceAll(s, "\r\n", "\n")) }

// escapeResult returns a copy of a result without control characters.
func escapeResult(r suite.Result) suite.Result { return r.MapStrings(escape, escapeWire) }

func escapeRun(run *suite.Run) *suite.Run { return run.MapStrings(escape, escapeWire) }

// escapeMessage is visible for a message as on the wire. Lines end as they do in a
// text; of one that is longer than most bytes the end is left out, and it says
// so.
func escapeMessage(s string, most int) string {
	return escapeWire(truncate.String(s, most))
}

// toValidUTF8 gives text that is UTF-8, with other bytes as \xff, and all else as it
// is.
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
