//go:build interop

package live_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
)

// checkFailures holds that no call, however it ends, ends the adapter, and that
// a client tells its caller what kind of failure it was.
func checkFailures(t *testing.T, c live.Client, matrix *live.Matrix) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(odd))
	defer server.Close()
	keyed := adapters.Request{
		Endpoint: server.URL, AccessKeyID: "testid", AccessKeySecret: "testsecret", TimeoutMs: 20000,
		Signature: simple(c, map[string]string{"SiteId": "1", "Domains": "odd"}).Signature,
	}
	impatient, keyless, lost := keyed, keyed, keyed
	impatient.TimeoutMs = 100
	keyless.AccessKeyID, keyless.AccessKeySecret = "", ""
	lost.Endpoint = "http://127.0.0.1:1"
	for _, test := range []struct {
		name    string
		request adapters.Request
		kinds   []adapters.Kind
	}{
		{"html", keyed, []adapters.Kind{adapters.KindResponse}},
		{"reset", keyed, []adapters.Kind{adapters.KindConnection}},
		{"slow", impatient, []adapters.Kind{adapters.KindConnection}},
		{"cut", keyed, []adapters.Kind{adapters.KindResponse, adapters.KindConnection}}, // it is both
		{"empty", keyed, []adapters.Kind{adapters.KindResponse}},
		{"code is a number", keyed, []adapters.Kind{adapters.KindResponse, adapters.KindService}}, // strict or lenient
		{"no keys", keyless, []adapters.Kind{adapters.KindInput}},
		{"nowhere", lost, []adapters.Kind{adapters.KindConnection}},
		{"refusal", keyed, []adapters.Kind{adapters.KindService}},
	} {
		test.request.ID = test.name
		test.request.Parameters = map[string]string{"SiteId": "1", "Domains": test.name}
		result, err := c.Adapter.Call(t.Context(), test.request)
		if err == nil && (result.OK || !slices.Contains(test.kinds, result.Error.Kind)) {
			err = fmt.Errorf("want an error of %v, got ok %v, %+v", test.kinds, result.OK, result.Error)
		}
		matrix.Record(c, "failure: "+test.name, test.request.Signature, err)
	}
}

// odd answers as the domain name says.
func odd(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	text, status := `{"RequestId":"R","Code":"C","Message":"M"}`, http.StatusBadRequest
	switch r.URL.Query().Get("Domains") {
	case "html":
		text, status = "<html>bad gateway</html>", http.StatusBadGateway
	case "reset":
		panic(http.ErrAbortHandler)
	case "slow":
		<-r.Context().Done() // until the client has left
	case "cut":
		w.Header().Set("Content-Length", "1000")
		status = http.StatusOK
	case "empty":
		text = ""
	case "code is a number":
		text = `{"RequestId":"R","Code":123,"Message":"M"}`
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that left gets nothing
}
