package server

import (
	"fmt"
	"net"
	"net/http"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/conns"
)

// bounded bounds the connections of the API. Requests that net/http cannot read
// get a response of the documented shape.
func (s *Server) bounded(l net.Listener, limits config.Limits) *conns.Listener {
	shares := conns.Divide(conns.Descriptors())
	limit := limits.Connections
	switch {
	case limit == 0:
		limit = shares.Default()
	case limit > shares.API:
		s.logger.Warn("limits.connections exceeds what the limit of open files allows", "configured", limit, "used", shares.API)
		limit = shares.API
	}
	return conns.New(l, conns.Options{
		Name: "API", Limit: limit, Fields: limits.HeaderFields, Target: limits.URL, Logger: s.logger,
		Reject: func(why conns.Reason, remote string) ([]byte, error) { return s.respondMalformed(why, remote, limits) },
	})
}

// broken returns the error of a request that no handler was called for, and the
// detail for the journal.
func broken(why conns.Reason, limits config.Limits) (row *esaerrors.Error, detail string) {
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
	return esaerrors.BadRequest, "what came cannot be read as HTTP"
}

// respondMalformed returns the response to a request that no handler was called for,
// and records it.
func (s *Server) respondMalformed(why conns.Reason, remote string, limits config.Limits) ([]byte, error) {
	row, detail := broken(why, limits)
	ids := s.newIDs()
	hostID := s.state.Load().hostID
	body := esaapi.Error{RequestID: ids.RequestID, Code: row.Code, Message: row.Message}
	if hostID != "" {
		body.HostID = &hostID
	}
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	s.recordMalformed(row, detail, ids, remote)
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s: %s\r\n%s: %s\r\nConnection: close\r\n\r\n%s",
		row.Status, http.StatusText(row.Status), s.headers.json[0], len(text), headerRequestID, ids.RequestID, headerTraceID, ids.Trace, text), nil
}
