package pebbletest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

// HTTPTarget is the server that receives the http-01 requests for every name. Its
// methods are safe for concurrent use: of Pebble's several requests for one
// validation, some arrive after the validation has failed.
type HTTPTarget struct {
	Port int

	handler atomic.Pointer[http.Handler]
	broken  atomic.Bool
}

// StartHTTPTarget runs a target until the test is complete. It responds with 404
// until a handler is set.
func StartHTTPTarget(t testing.TB) *HTTPTarget {
	t.Helper()
	e := new(HTTPTarget)
	e.SetBroken(true)
	served := httptest.NewServer(e)
	t.Cleanup(served.Close)
	at, err := url.Parse(served.URL)
	if err != nil {
		t.Fatal(err)
	}
	if e.Port, err = strconv.Atoi(at.Port()); err != nil {
		t.Fatal(err)
	}
	return e
}

// Set sets the handler and clears the state of SetBroken.
func (e *HTTPTarget) Set(handler http.Handler) {
	e.handler.Store(&handler)
	e.SetBroken(false)
}

// SetBroken sets whether the target responds to every request with 404.
func (e *HTTPTarget) SetBroken(broken bool) { e.broken.Store(broken) }

func (e *HTTPTarget) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.broken.Load() {
		http.NotFound(w, r)
		return
	}
	(*e.handler.Load()).ServeHTTP(w, r)
}
