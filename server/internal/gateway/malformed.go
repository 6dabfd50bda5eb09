package gateway

import (
	"fmt"
	"net/http"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/conns"
	"github.com/esacert/esacert/server/internal/journal"
)

// malformedRow returns the error of a request for which no handler is called, and
// the detail for the journal.
func malformedRow(why conns.Reason, limits Limits) (row *esaerrors.Error, detail string) {
	switch why {
	case conns.TargetTooLong:
		return esaerrors.RequestURITooLong, fmt.Sprintf("the URL exceeds %d bytes", limits.URL)
	case conns.HeaderTooLarge:
		return esaerrors.RequestHeaderTooLarge, fmt.Sprintf("the header exceeds %d bytes", limits.Header)
	case conns.TooManyFields:
		return esaerrors.RequestHeaderTooLarge, fmt.Sprintf("the header has more than %d fields", limits.HeaderFields)
	case conns.NoTLS:
		return esaerrors.BadRequest, "the listener expects TLS and received something else: use https://"
	case conns.Malformed:
	}
	return esaerrors.BadRequest, "malformed HTTP request"
}

// RespondMalformed records a request that net/http or the listener rejects before
// a handler is called, and returns the response to it. limits are the listener's.
func (g *Gateway) RespondMalformed(why conns.Reason, remote string, limits Limits) ([]byte, error) {
	row, detail := malformedRow(why, limits)
	ids := g.NewIDs()
	hostID := g.state.Load().HostID
	body := esaapi.Error{RequestID: ids.RequestID, Code: row.Code, Message: row.Message}
	if hostID != "" {
		body.HostID = &hostID
	}
	encoded, err := encode(body)
	if err != nil {
		return nil, err
	}
	g.recordMalformed(row, detail, ids, remote)
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s: %s\r\n%s: %s\r\nConnection: close\r\n\r\n%s",
		row.Status, http.StatusText(row.Status), g.headers.json[0], len(encoded), headerRequestID, ids.RequestID, headerTraceID, ids.Trace, encoded), nil
}

// recordMalformed records a request that is not readable as HTTP.
func (g *Gateway) recordMalformed(row *esaerrors.Error, detail string, ids IDs, remote string) {
	g.Journal.Add(journal.Entry{
		Time: g.Clock(), RequestID: ids.RequestID, Remote: remote, Status: row.Status, Code: row.Code, Rule: row.Key, Detail: detail,
	})
	g.Metrics.Begin()
	g.Metrics.Observe(row.Key, 0)
	g.Logger.Debug("request", "request_id", ids.RequestID, "rule", row.Key, "status", row.Status)
}
