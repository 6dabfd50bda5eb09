//go:build interop

package interop_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/adapters/interop"
)

// checkFailures holds that no call, however it ends, ends the adapter, and that
// the kinds of failures are told apart as far as the client tells them apart.
func checkFailures(t *testing.T, c interop.Client) {
	server := httptest.NewServer(http.HandlerFunc(odd))
	defer server.Close()
	keyed := adapters.Request{
		Endpoint: server.URL, AccessKeyID: "testid", AccessKeySecret: "testsecret", TimeoutMs: 2000,
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
		{"html", keyed, []adapters.Kind{adapters.KindAnswer}},
		{"reset", keyed, []adapters.Kind{adapters.KindConnection}},
		{"slow", impatient, []adapters.Kind{adapters.KindConnection}},
		{"cut", keyed, []adapters.Kind{adapters.KindAnswer, adapters.KindConnection}}, // the vendor's clients cannot tell
		{"empty", keyed, []adapters.Kind{adapters.KindAnswer, adapters.KindService}},  // the vendor's Go core makes up a code "<nil>"
		{"no keys", keyless, []adapters.Kind{adapters.KindInput}},
		{"nowhere", lost, []adapters.Kind{adapters.KindConnection}},
		{"refusal", keyed, []adapters.Kind{adapters.KindService}},
	} {
		test.request.ID = test.name
		test.request.Parameters = map[string]string{"SiteId": "1", "Domains": test.name}
		result, err := c.Adapter.Call(t.Context(), test.request)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if result.OK || !slices.Contains(test.kinds, result.Error.Kind) {
			t.Errorf("%s: got %+v, want an error of %v", test.name, result.Error, test.kinds)
		}
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
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that left gets nothing
}
