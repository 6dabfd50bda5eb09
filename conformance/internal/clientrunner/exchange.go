package clientrunner

import (
	"fmt"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
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

// shown quotes bytes that are not text, and truncates what is too long for a
// report.
func shown(raw []byte) string {
	if !utf8.Valid(raw) {
		return truncate.Quote(string(raw), maxShown)
	}
	return truncate.String(string(raw), maxShown)
}
