package clientrunner

import (
	"fmt"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// maxShown is how much of a request or an answer a report shows, in bytes.
const maxExcerptBytes = 64 << 10

// exchange tells an arrival as a report shows it; secrets are cut later.
func (a *receivedRequest) exchange(difference string) suite.Exchange {
	e := suite.Exchange{Request: excerpt(a.raw), Duration: a.finishedAt.Sub(a.receivedAt), Difference: difference}
	switch {
	case a.parseErr != nil:
		e.Error = "the request cannot be read: " + a.parseErr.Error()
	case a.writeErr != nil:
		e.Error = a.writeErr.Error()
	case a.reply.Reset:
		e.Error = "the connection was reset, as the case has it"
	case a.reply.Gzip:
		head, body := a.reply.wire(a.finishedAt)
		e.Response = excerpt(head) + fmt.Sprintf("[%d bytes of gzip:] %s", len(body), excerpt(a.reply.body))
	default:
		e.Response = excerpt(a.sent)
		if a.reply.Cut > 0 {
			e.Error = "the connection was closed here, as the case has it"
		}
	}
	return e
}

// shown quotes bytes that are not text, and truncates what is too long for a
// report.
func excerpt(raw []byte) string {
	if !utf8.Valid(raw) {
		return truncate.Quote(string(raw), maxExcerptBytes)
	}
	return truncate.String(string(raw), maxExcerptBytes)
}
