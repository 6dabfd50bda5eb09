package clientrunner

import (
	"fmt"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// maxShown is how much of a request or an answer a report shows, in bytes.
const maxShown = 64 << 10

// exchange tells an arrival as a report shows it; secrets are cut later.
func (a *arrival) exchange(difference string) suite.Exchange {
	e := suite.Exchange{Request: shown(a.raw), Duration: a.ended.Sub(a.at), Difference: difference}
	switch {
	case a.broken != nil:
		e.Error = "the request cannot be read: " + a.broken.Error()
	case a.failure != nil:
		e.Error = a.failure.Error()
	case a.reply.Reset:
		e.Error = "the connection was reset, as the case has it"
	case a.reply.Gzip:
		head, body := a.reply.wire(a.ended)
		e.Response = shown(head) + fmt.Sprintf("[%d bytes of gzip:] %s", len(body), shown(a.reply.body))
	default:
		e.Response = shown(a.sent)
		if a.reply.Cut > 0 {
			e.Error = "the connection was closed here, as the case has it"
		}
	}
	return e
}

// shown makes bytes of the wire fit for a report.
func shown(raw []byte) string {
	over := len(raw) - maxShown
	if over > 0 {
		raw = raw[:maxShown]
	}
	text := string(raw)
	if !utf8.Valid(raw) {
		text = fmt.Sprintf("%q", raw)
	}
	if over > 0 {
		text += fmt.Sprintf("… and %d bytes more", over)
	}
	return text
}
