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
func (r *receivedRequest) exchange(difference string) suite.Exchange {
	e := suite.Exchange{Request: excerpt(r.raw), Duration: r.finishedAt.Sub(r.receivedAt), Difference: difference}
	switch {
	case r.parseErr != nil:
		e.Error = "read request: " + r.parseErr.Error()
	case r.writeErr != nil:
		e.Error = r.writeErr.Error()
	case r.reply.Reset:
		e.Error = "the connection was reset, as scripted"
	case r.reply.Gzip:
		head, body := r.reply.wire(r.finishedAt)
		e.Response = excerpt(head) + fmt.Sprintf("[%d bytes of gzip:] %s", len(body), excerpt(r.reply.body))
	default:
		e.Response = excerpt(r.sent)
		if r.reply.Cut > 0 {
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
