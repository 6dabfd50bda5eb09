package server_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/servertest"
)

// The journal must not retain the requests that it records: any caller can send
// large ones.
func TestTheJournalKeepsNoRequests(t *testing.T) {
	srv := servertest.New(t)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	large := strings.Repeat("x", 1<<20)
	for range 50 {
		r := request{unsign: true, method: http.MethodGet, query: "AccessKeyId=a&Action=b&SiteId=1&pad=" + large}.build(t, srv, "http://esa.test")
		response, err := srv.Transport().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	if kept := int64(heap()) - int64(before); kept > 10<<20 {
		t.Errorf("after 50 requests of 1 MB the server keeps %d MB", kept>>20)
	}
}

// A caller that has received the response, or the end of the connection, finds the
// call in the journal without waiting.
func TestJournalPrecedesResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault scenario.Fault
		names int
	}{
		"response":                   {names: 1},
		"more than fits a buffer":    {names: 50},
		"a connection that is reset": {scenario.ConnectionReset, 1},
		"cut response":               {scenario.CutBody, 50},
		"a page of a proxy":          {scenario.HTML503, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			overSocket := doers()[1]
			const calls = 15
			if test.fault != "" {
				srv.InjectFault(test.fault, calls)
			}
			for n := range calls {
				var names []string
				for i := range test.names {
					names = append(names, fmt.Sprintf("%s-%d-%d.example.com", strings.Repeat("long", 12), n, i))
				}
				response, err := overSocket.do(t, srv, request{query: validQuery(strings.Join(names, ","))})
				if got := len(srv.Journal()); got != n+1 {
					t.Fatalf("%d calls are in the journal after %d (%v)", got, n+1, err)
				}
				if err != nil {
					continue
				}
				body, _ := io.ReadAll(response.Body) // one of them is cut
				_ = response.Body.Close()
				if test.names > 1 && (srv.LastEntry().Rule != journal.RuleAccepted || test.fault == "" && len(body) <= 4096) {
					t.Fatalf("%s with %d bytes: want a long one", srv.LastEntry().Rule, len(body))
				}
			}
		})
	}
}
