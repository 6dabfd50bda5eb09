package clientrunner

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// maxExcerptBytes limits the size of a request or response in a report.
const maxExcerptBytes = 64 << 10

// exchange returns the exchange for the report.
func (r *receivedRequest) exchange(difference string, redactor *redact.Redactor) suite.Exchange {
	e := suite.Exchange{Request: excerpt(r.raw, redactor), Duration: r.finishedAt.Sub(r.receivedAt), Difference: difference}
	switch {
	case r.parseErr != nil:
		e.Error = "read request: " + r.parseErr.Error()
	case r.writeErr != nil:
		e.Error = r.writeErr.Error()
	case r.reply.Reset:
		e.Error = "the connection was reset, as scripted"
	case r.reply.Gzip:
		head, body := r.reply.wire(r.finishedAt)
		e.Response = excerpt(head, redactor) + fmt.Sprintf("[%d bytes of gzip:] %s", len(body), excerpt(r.reply.body, redactor))
	default:
		e.Response = excerpt(r.sent, redactor)
		if r.reply.Cut > 0 {
			e.Error = "the connection was closed here, as scripted"
		}
	}
	return e
}

// excerpt redacts and truncates a message, and quotes it if it is not UTF-8.
func excerpt(message []byte, redactor *redact.Redactor) string {
	kept, omitted := redactor.Truncate(message, maxExcerptBytes)
	if !utf8.Valid(message) {
		kept = strconv.QuoteToGraphic(kept)
	}
	return kept + truncate.More(omitted)
}
