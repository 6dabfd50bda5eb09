package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

// server starts a server whose response depends on the parameter Domains. got returns
// its last request.
func server(t *testing.T) (endpoint string, got func() *http.Request) {
	t.Helper()
	var last atomic.Pointer[http.Request]
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		last.Store(r)
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		status, body := http.StatusBadRequest, ""
		switch r.Form.Get("Domains") {
		case "refused":
			body = `{"RequestId":"R-1","HostId":"h","Recommend":"https://x?a&b","Code":"InvalidParameter.Domains","Message":"Not <a> name, request id: no."}`
		case "denied":
			status, body = http.StatusForbidden, `{"RequestId":"R-2","Code":"NoPermission","Message":"No.","AccessDeniedDetail":{"AuthAction":"esa:ApplyCertificate"}}`
		case "numeric":
			body = `{"RequestId":"R","Code":123,"Message":"M"}`
		case "html":
			status, body = http.StatusBadGateway, "<html>"
		case "page":
			status, body = http.StatusOK, "<html>"
		case "list":
			status, body = http.StatusOK, "[]"
		case "cut":
			w.Header().Set("Content-Length", "100")
			status = http.StatusOK
		case "slow":
			select {
			case <-r.Context().Done(): // the client has disconnected
			case <-done:
			}
		case "empty":
		case "nothing":
			status = http.StatusNoContent
		default:
			status, body = http.StatusOK, `{"RequestId":"R-0","TotalCount":9007199254740993,"Result":[{"Id":"1"}]}`
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(done) }) // runs before s.Close, which waits for the handlers
	return s.URL, last.Load
}

// send passes a request with the given changes to the adapter.
func send(t *testing.T, endpoint string, change map[string]any) result {
	t.Helper()
	members := map[string]any{
		"id": "1", "endpoint": endpoint, "accessKeyId": "testid", "accessKeySecret": "testsecret",
		"signature": "hmac-sha1", "parameters": map[string]string{"SiteId": "1", "Domains": "fine"},
	}
	for name, value := range change {
		members[name] = value
	}
	line, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return handle(line)
}

func domains(name string) map[string]any {
	return map[string]any{"parameters": map[string]string{"Domains": name}}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	endpoint, got := server(t)
	result := send(t, endpoint, nil)
	if !result.OK || result.ID != "1" || result.Response.Status != 200 ||
		result.Response.Headers["content-type"] != "application/json;charset=utf-8" {
		t.Fatalf("got %+v", result)
	}
	body, err := json.Marshal(result.Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"RequestId":"R-0","Result":[{"Id":"1"}],"TotalCount":9007199254740993}`; string(body) != want {
		t.Errorf("got %s, want %s", body, want)
	}
	if r := got(); r.Method != http.MethodPost || r.URL.Query().Get("SiteId") != "1" || r.URL.Query().Get("Signature") == "" {
		t.Errorf("sent %s %s", r.Method, r.URL)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  map[string]any
		matches func(r *http.Request) bool
	}{
		"GET": {map[string]any{"method": "GET"}, func(r *http.Request) bool { return r.Method == http.MethodGet && r.Form.Get("SiteId") == "1" }},
		"form": {map[string]any{"placement": "form"}, func(r *http.Request) bool {
			return r.PostForm.Get("SiteId") == "1" && r.URL.Query().Get("SiteId") == "" && r.URL.Query().Get("Signature") != ""
		}},
		"action and version": {nil, func(r *http.Request) bool {
			return r.Form.Get("Action") == "ApplyCertificate" && r.Form.Get("Version") == "2024-09-10" && r.Form.Get("SignatureMethod") == "HMAC-SHA1"
		}},
		"operation": {map[string]any{"operation": "DeleteCertificate", "method": "GET"}, func(r *http.Request) bool {
			return r.Method == http.MethodGet && r.Form.Get("Action") == "DeleteCertificate"
		}},
		"STS": {map[string]any{"securityToken": "token"}, func(r *http.Request) bool { return r.Form.Get("SecurityToken") == "token" }},
		"bearer": {map[string]any{"accessKeyId": "", "accessKeySecret": "", "bearerToken": "token"}, func(r *http.Request) bool {
			return r.Form.Get("BearerToken") == "token" && r.Form.Get("SignatureType") == "BEARERTOKEN"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, got := server(t)
			if result := send(t, endpoint, test.change); !result.OK {
				t.Fatalf("got %+v", result.Error)
			}
			if r := got(); !test.matches(r) {
				t.Errorf("sent %s %s %v %v", r.Method, r.URL, r.Header, r.PostForm)
			}
		})
	}
}

func TestServiceErrors(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	got := send(t, endpoint, domains("refused")).Error
	code, message := "InvalidParameter.Domains", "Not <a> name, request id: no."
	want := &failure{
		Kind: "service", Code: &code, Message: &message, Status: 400, RequestID: "R-1",
		Data: map[string]any{"HostId": "h", "Recommend": "https://x?a&b"}, Raw: got.Raw,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !strings.HasPrefix(got.Raw, "SDK.ServerError\nErrorCode: InvalidParameter.Domains\n") {
		t.Errorf("got raw %q", got.Raw)
	}
	denied := send(t, endpoint, domains("denied")).Error
	if denied.Status != 403 || !reflect.DeepEqual(denied.Data, map[string]any{"AccessDeniedDetail": map[string]any{"AuthAction": "esa:ApplyCertificate"}}) {
		t.Errorf("got %+v", denied)
	}
}

// TestErrorStatusIsServiceError checks error responses that are not from the service.
func TestErrorStatusIsServiceError(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	for name, want := range map[string]struct {
		status  int
		message string
	}{"html": {502, "<html>"}, "empty": {400, ""}} {
		got := send(t, endpoint, domains(name)).Error
		if got.Kind != "service" || *got.Code != "" || *got.Message != want.message || got.Status != want.status {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestBodyIsNotAnObject checks bodies that the SDK accepts without an error.
func TestBodyIsNotAnObject(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	for name, status := range map[string]int{"page": 200, "list": 200, "nothing": 204} {
		got := send(t, endpoint, domains(name))
		if !got.OK || got.Response.Status != status || !reflect.DeepEqual(got.Response.Body, map[string]any{}) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	for name, test := range map[string]struct {
		change    map[string]any
		kind, raw string
	}{
		"cut":            {domains("cut"), "connection", "unexpected EOF"},
		"slow":           {map[string]any{"parameters": map[string]string{"Domains": "slow"}, "timeoutMs": 50}, "connection", "Client.Timeout exceeded"},
		"numeric":        {domains("numeric"), "other", "panic: interface conversion: interface {} is float64, not string"},
		"unreachable":    {map[string]any{"endpoint": "http://127.0.0.1:1"}, "connection", "connection refused"},
		"invalid host":   {map[string]any{"endpoint": "http://a b"}, "other", "invalid character"},
		"acs3":           {map[string]any{"signature": "acs3"}, "unsupported", "only with hmac-sha1"},
		"unknown member": {map[string]any{"region": "x"}, "other", `unknown field "region"`},
		"no host":        {map[string]any{"endpoint": "x"}, "other", "missing or invalid"},
		"no scheme":      {map[string]any{"endpoint": ":"}, "other", "missing protocol scheme"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := send(t, endpoint, test.change)
			if result.OK || result.ID != "1" || result.Error.Kind != test.kind || !strings.Contains(result.Error.Raw, test.raw) {
				t.Errorf("got %+v with %+v", result, result.Error)
			}
		})
	}
}

// TestEmptyKeys checks that the SDK signs and sends a request without keys.
func TestEmptyKeys(t *testing.T) {
	t.Parallel()
	endpoint, got := server(t)
	result := send(t, endpoint, map[string]any{"accessKeyId": "", "accessKeySecret": ""})
	if r := got(); !result.OK || !r.Form.Has("AccessKeyId") || r.Form.Get("AccessKeyId") != "" || r.Form.Get("Signature") == "" {
		t.Errorf("got %+v for %s", result, r.URL)
	}
}

// TestRetries counts the nonces that a failing server receives.
func TestRetries(t *testing.T) {
	t.Parallel()
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	noResponse := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, test := range map[string]struct {
		handler           http.HandlerFunc
		maxAttempts, sent int
		kind              string
	}{
		"status 503, once":       {status(503), 1, 1, "service"},
		"status 503":             {status(503), 3, 3, "service"},
		"status 400, no retries": {status(400), 3, 1, "service"},
		"no response, once":      {noResponse, 1, 1, "connection"},
		"no response":            {noResponse, 3, 3, "connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var nonces sync.Map
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				nonces.Store(r.FormValue("SignatureNonce"), true)
				test.handler(w, r)
			}))
			t.Cleanup(s.Close)
			got := send(t, s.URL, map[string]any{"maxAttempts": test.maxAttempts}).Error
			sent := 0
			nonces.Range(func(any, any) bool { sent++; return true })
			if got.Kind != test.kind || sent != test.sent {
				t.Errorf("got %+v after %d attempts", got, sent)
			}
		})
	}
}

func TestExplainUnknownError(t *testing.T) {
	t.Parallel()
	if got := explain(errors.New("odd")); got.Kind != "other" || got.Raw != "odd" {
		t.Errorf("got %+v", got)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	in := "\nnonsense\n{\"id\":\"2\",\"signature\":\"hmac-sha1\",\"endpoint\":\"http://127.0.0.1:1\",\"parameters\":{}}"
	if err := serve(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], `{"id":"","ok":false,"error":{"kind":"other",`) ||
		!strings.HasPrefix(lines[1], `{"id":"2","ok":false,"error":{"kind":"connection",`) {
		t.Errorf("got %s", out.String())
	}
	failure := errors.New("failure")
	if err := serve(iotest.ErrReader(failure), &out); !errors.Is(err, failure) {
		t.Errorf("reading: got %v", err)
	}
	if err := serve(strings.NewReader(in), failingWriter{failure}); !errors.Is(err, failure) {
		t.Errorf("writing: got %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
