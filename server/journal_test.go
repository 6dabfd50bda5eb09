package server_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/servertest"
)

// The journal must not keep the requests that it tells of: anybody can send
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
