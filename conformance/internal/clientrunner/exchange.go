package clientrunner

import (
	"fmt"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// maxExcerptBytes limits the size of a request or response in a report.
const maxExcerptBytes = 64 << 10

// exchange returns the exchange for the report. Secrets are redacted later.
func (a *receivedRequest) exchange(difference string) suite.Exchange {
	e := suite.Exchange{Request: excerpt(a.raw), Duration: a.finishedAt.Sub(a.receivedAt), Difference: difference}
	switch {
	case a.parseErr != nil:
		e.Error = "read request: " + a.parseErr.Error()
	case a.writeErr != nil:
		e.Error = a.writeErr.Error()
	case a.reply.Reset:
		e.Error = "the connection was reset, as scripted"
	case a.reply.Gzip:
		head, body := a.reply.wire(a.finishedAt)
		e.Response = excerpt(head) + fmt.Sprintf("[%d bytes of gzip:] %s", len(body), excerpt(a.reply.body))
	default:
		e.Response = excerpt(a.sent)
		if a.reply.Cut > 0 {
			e.Error = "the connection was closed here, as scripted"
		}
	}
	return e
}

// excerpt truncates a message, and quotes it if it is not UTF-8.
func excerpt(raw []byte) string {
	if !utf8.Valid(raw) {
		return truncate.Quote(string(raw), maxExcerptBytes)
	}
	return truncate.String(string(raw), maxExcerptBytes)
}
