package server

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// wireListener makes connections whose answers are all of the documented
// shape. net/http itself answers what it cannot read as HTTP (a bad header, a
// wrong Content-Length, a header without end) with a line of text, before any
// handler is asked; there is no hook for it but the connection.
type wireListener struct {
	net.Listener
	server *Server
}

// Accept waits for the next connection.
func (l wireListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	wrapped := &wireConn{Conn: conn, server: l.server}
	if secure, ok := conn.(*tls.Conn); ok {
		return &tlsConn{wireConn: wrapped, tls: secure}, nil
	}
	return wrapped, nil
}

type wireConn struct {
	net.Conn
	server *Server
}

// ownErrorMark begins the header of the answers that net/http gives by itself,
// right behind the status line. Answers of handlers have other fields first.
const ownErrorMark = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write passes on what handlers answer, and replaces what net/http answers by
// itself, which it writes in one piece.
func (c *wireConn) Write(p []byte) (int, error) {
	status, found := ownError(p)
	if !found {
		return c.Conn.Write(p)
	}
	answer, err := c.server.answerBroken(status, c.RemoteAddr().String())
	if err != nil {
		return 0, err
	}
	if _, err := c.Conn.Write(answer); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ownError recognises an answer of net/http itself and gives its status.
func ownError(p []byte) (status int, found bool) {
	const version = "HTTP/1.1 "
	if bytes.HasPrefix(p, []byte("HTTP/1.1 417 ")) {
		return http.StatusExpectationFailed, true // no handler answers this
	}
	end := bytes.Index(p, []byte("\r\n"))
	if end < len(version)+3 || !bytes.HasPrefix(p, []byte(version)) || !bytes.HasPrefix(p[end:], []byte(ownErrorMark)) {
		return 0, false
	}
	status, err := strconv.Atoi(string(p[len(version) : len(version)+3]))
	return status, err == nil && status >= http.StatusBadRequest
}

// CloseWrite lets net/http end its side first, so that a caller who still
// sends can read the answer.
func (c *wireConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// tlsConn is a wireConn over TLS. net/http asks a connection for its state to
// fill Request.TLS.
type tlsConn struct {
	*wireConn
	tls *tls.Conn
}

// ConnectionState is that of the TLS connection.
func (c *tlsConn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }

// answerBroken makes the answer to a request that never became one.
func (s *Server) answerBroken(status int, remote string) ([]byte, error) {
	row := esaerrors.BadRequest
	if status == http.StatusRequestHeaderFieldsTooLarge {
		row = esaerrors.RequestHeaderTooLarge
	}
	ids := s.newIDs()
	hostID := s.state.Load().hostID
	body := esaapi.Error{RequestID: ids.Request, Code: row.Code, Message: row.Message}
	if hostID != "" {
		body.HostID = &hostID
	}
	text, err := encode(body)
	if err != nil {
		return nil, err
	}
	s.recordBroken(row, ids, remote)
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s: %s\r\n%s: %s\r\nConnection: close\r\n\r\n%s",
		row.Status, http.StatusText(row.Status), s.headers.json[0], len(text), headerRequestID, ids.Request, headerTraceID, ids.Trace, text), nil
}
