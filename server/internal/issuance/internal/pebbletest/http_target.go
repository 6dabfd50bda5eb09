package pebbletest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

// HTTPTarget is where every name is served at http-01. It may be changed while Pebble
// asks: of its several questions, some come when the validation has failed.
type HTTPTarget struct {
	Port int

	handler atomic.Pointer[http.Handler]
	broken  atomic.Bool
}

// StartEdge runs an edge until the test ends. It says 404 until it has a handler.
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

// Set gives it a handler, and ends what Break has begun.
func (e *HTTPTarget) Set(handler http.Handler) {
	e.handler.Store(&handler)
	e.SetBroken(false)
}

// Break makes it say 404 to everything, or ends that.
func (e *HTTPTarget) SetBroken(broken bool) { e.broken.Store(broken) }

func (e *HTTPTarget) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.broken.Load() {
		http.NotFound(w, r)
		return
	}
	(*e.handler.Load()).ServeHTTP(w, r)
}
