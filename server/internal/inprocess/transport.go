// Package inprocess passes HTTP requests to a handler in the same process.
package inprocess

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"syscall"
)

// Transport returns a transport that passes requests to a handler without a
// socket, for any host.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

// transport passes requests to a handler in the same process. Each request is
// serialized and parsed, so that the handler sees the same as with a socket.
type transport struct{ handler http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	received, err := reparseRequest(r)
	if err != nil {
		return nil, err
	}
	w := &writer{header: http.Header{}}
	t.handler.ServeHTTP(w, received.WithContext(ctx))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.reset {
		return nil, fmt.Errorf("servertest: read: %w", syscall.ECONNRESET)
	}
	return w.response(r), nil
}

// reparseRequest serializes and parses a request like a server.
func reparseRequest(r *http.Request) (*http.Request, error) {
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, fmt.Errorf("servertest: write the request: %w", err)
	}
	received, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return nil, fmt.Errorf("servertest: the server cannot read the request: %w", err)
	}
	received.RemoteAddr = "127.0.0.1:0"
	return received, nil
}

// writer records a response. It implements gateway.ConnResetter.
type writer struct {
	header http.Header
	status int
	body   bytes.Buffer
	reset  bool
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Reset makes RoundTrip return a connection reset error.
func (w *writer) Reset() { w.reset = true }

func (w *writer) response(r *http.Request) *http.Response {
	header := http.Header{}
	for name, values := range w.header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	length := int64(w.body.Len())
	var body io.Reader = &w.body
	if promised, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil && promised > length {
		length, body = promised, io.MultiReader(body, truncatedBody{})
	}
	status := max(w.status, http.StatusOK)
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// truncatedBody is the missing rest of a body that is shorter than announced.
type truncatedBody struct{}

func (truncatedBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
