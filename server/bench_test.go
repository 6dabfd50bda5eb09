package server_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"
	"testing"

	"github.com/esacert/esacert/server/servertest"
)

// received returns requests as net/http passes them to a handler, each signed with
// another nonce.
func received(t testing.TB, srv *servertest.Server, count int, query string) []*http.Request {
	t.Helper()
	list := make([]*http.Request, count)
	for i := range list {
		var wire bytes.Buffer
		if err := (request{query: query, nonce: t.Name() + strconv.Itoa(i)}).build(t, srv, "http://esa.test").Write(&wire); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = "127.0.0.1:1"
		list[i] = r
	}
	return list
}

// sink is a ResponseWriter that allocates nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

const maxAllocations = 30

// A call that a rule refuses, signature included, stays within its allocations.
func TestAllocationsOfTheHandler(t *testing.T) {
	srv := newServer(t)
	const runs = 200
	requests := received(t, srv, runs+1, params("SiteId", "404", "Domains", "www.example.com", "Type", "lets_encrypt"))
	handler, w, next := srv.Handler(), &sink{header: http.Header{}}, 0
	got := testing.AllocsPerRun(runs, func() {
		handler.ServeHTTP(w, requests[next])
		next++
	})
	if w.status != http.StatusBadRequest || srv.LastEntry().Rule != "SiteNotFound" {
		t.Fatalf("status %d, rule %s", w.status, srv.LastEntry().Rule)
	}
	most := float64(maxAllocations)
	if raceEnabled {
		most += 10 // the detector has its own
	}
	if got > most {
		t.Errorf("%.1f allocations, at most %.0f are allowed", got, most)
	}
	t.Logf("%.1f allocations", got)
}

func BenchmarkHandlerRefused(b *testing.B) {
	srv := newServer(b)
	requests := received(b, srv, b.N, params("SiteId", "404", "Domains", "www.example.com", "Type", "lets_encrypt"))
	handler, w := srv.Handler(), &sink{header: http.Header{}}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		handler.ServeHTTP(w, requests[i])
	}
}
