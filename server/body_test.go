package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// stalling is a body that blocks before its last octet. It reports when only that
// octet is left.
type stalling struct {
	first    io.Reader
	stalled  chan<- struct{}
	released <-chan struct{}
	last     bool
}

func (s *stalling) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); err == nil {
		return n, nil
	}
	if s.last {
		return 0, io.EOF
	}
	s.last = true
	close(s.stalled)
	<-s.released
	p[0] = 'x'
	return 1, nil
}

// Large bodies of callers that are not authenticated yet share a bounded amount
// of memory. Small ones, which calls have, need none of it; and what a caller
// held is free again when its request is done.
func TestBodiesShareTheirMemory(t *testing.T) {
	t.Parallel()
	srv := newServer(t, servertest.WithConfig(strings.Replace(string(states(t)), "body: 65536}", "body: 16MiB}", 1)))
	call := func(name string, body int) response {
		q := request{query: validQuery(name), body: strings.Repeat("x", body), header: http.Header{"Content-Type": {"text/plain"}}}
		return q.send(t, srv)
	}
	stalled, released, finished := make(chan struct{}), make(chan struct{}), make(chan struct{})
	response := httptest.NewRecorder()
	go func() {
		defer close(finished)
		body := &stalling{first: bytes.NewReader(make([]byte, 15<<20)), stalled: stalled, released: released}
		srv.Handler().ServeHTTP(response, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body))
	}()
	<-stalled
	if a := call("large.example.com", 2<<20); a.status != esaerrors.Throttling.Status || a.err.Code != esaerrors.Throttling.Code {
		t.Errorf("a large body in addition to another: %d %s", a.status, a.body)
	}
	if a := call("small.example.com", 60<<10); a.status != http.StatusOK {
		t.Errorf("a small body in addition to it: %d %s", a.status, a.body)
	}
	close(released)
	<-finished
	var rejected esaapi.Error
	if err := json.Unmarshal(response.Body.Bytes(), &rejected); err != nil || rejected.Code != esaerrors.MissingAccessKeyID.Code {
		t.Errorf("the first: %d %s", response.Code, response.Body)
	}
	if a := call("large.example.com", 2<<20); a.status != http.StatusOK {
		t.Errorf("a large body afterwards: %d %s", a.status, a.body)
	}
}
