package conns

import (
	"context"
	"io"
	"net"
	"net/http"
)

type connKey struct{}

// Attach lets the server report the state of its connections to the listener. It must
// be called once, after the handler was set and before Serve. A ConnContext and
// a ConnState of the server are called too.
func (l *Listener) Attach(s *http.Server) {
	inContext, onState, handler := s.ConnContext, s.ConnState, s.Handler
	s.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if inContext != nil {
			ctx = inContext(ctx, conn)
		}
		return context.WithValue(ctx, connKey{}, connOf(conn))
	}
	s.ConnState = func(conn net.Conn, state http.ConnState) {
		if c := connOf(conn); c != nil && state == http.StateIdle {
			c.finish()
		}
		if onState != nil {
			onState(conn, state)
		}
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, begin(w, r))
	})
}

func connOf(conn net.Conn) *Conn {
	if c, ok := conn.(interface{ bounded() *Conn }); ok {
		return c.bounded()
	}
	return nil
}

// begin records that a handler is called for a request, and returns the request
// to pass to it.
func begin(w http.ResponseWriter, r *http.Request) *http.Request {
	c, _ := r.Context().Value(connKey{}).(*Conn)
	if c == nil {
		return r
	}
	if ambiguous(r) {
		w.Header().Set("Connection", "close")
	}
	c.begin()
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return r
	}
	// net/http checks the body of its own request, which must stay the same.
	own := *r
	own.Body = &body{ReadCloser: r.Body, conn: c}
	return &own
}

// ambiguous reports whether the end of the request may be disputed. A server must
// close the connection after a request that has both Transfer-Encoding and
// Content-Length, and after one of HTTP/1.0 that has Transfer-Encoding (RFC 9112,
// section 6.1): what follows may be a request that a proxy did not see. net/http
// removes the fields before a handler can see them, so every request that could
// have had them is ambiguous.
func ambiguous(r *http.Request) bool {
	return len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1)
}

// body records when a handler waits for a body. A body that the handler does not
// read is not waited for.
type body struct {
	io.ReadCloser
	conn   *Conn
	wanted bool
}

// Read reads the body.
func (b *body) Read(p []byte) (int, error) {
	if !b.wanted {
		b.wanted = true
		b.conn.listener.move(b.conn, sending)
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.conn.listener.received(b.conn)
	}
	return n, err
}
