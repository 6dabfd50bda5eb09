package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/alibabacloud-go/tea/tea"
)

// server starts a server whose response depends on the parameter Domains. got returns
// its last request.
func server(t *testing.T) (endpoint string, got func() *http.Request) {
	t.Helper()
	var last *http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		last = r
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		status, body := http.StatusBadRequest, ""
		switch r.Form.Get("Domains") {
		case "refused":
			body = `{"RequestId":"R-1","HostId":"h","Recommend":"https://x?a&b","Code":"InvalidParameter.Domains","Message":"Not <a> name, request id: no."}`
		case "denied":
			status, body = http.StatusForbidden, `{"RequestId":"R-2","Code":"NoPermission","Message":"No.","AccessDeniedDetail":{"AuthAction":"esa:ApplyCertificate"}}`
		case "html":
			status, body = http.StatusBadGateway, "<html>"
		case "cut":
			w.Header().Set("Content-Length", "100")
			status = http.StatusOK
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
	return s.URL, func() *http.Request { return last }
}

// send passes a request with the given changes to the adapter.
func send(t *testing.T, endpoint string, change map[string]any) result {
	t.Helper()
	members := map[string]any{
		"id": "1", "endpoint": endpoint, "accessKeyId": "testid", "accessKeySecret": "testsecret",
		"parameters": map[string]string{"SiteId": "1", "Domains": "fine"},
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
	if r := got(); r.Method != http.MethodPost || r.URL.Query().Get("SiteId") != "1" || r.Header.Get("Authorization") == "" {
		t.Errorf("sent %s %s %v", r.Method, r.URL, r.Header)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  map[string]any
		matches func(r *http.Request) bool
	}{
		"GET":  {map[string]any{"method": "GET"}, func(r *http.Request) bool { return r.Method == http.MethodGet }},
		"form": {map[string]any{"placement": "form"}, func(r *http.Request) bool { return r.URL.RawQuery == "" && r.PostForm.Get("SiteId") == "1" }},
		"RPC": {map[string]any{"signature": "hmac-sha1"}, func(r *http.Request) bool {
			return r.Form.Get("SignatureMethod") == "HMAC-SHA1" && r.Header.Get("Authorization") == ""
		}},
		"RPC form": {map[string]any{"signature": "hmac-sha1", "placement": "form"}, func(r *http.Request) bool {
			return r.URL.Query().Get("Signature") != "" && r.PostForm.Get("SiteId") == "1" && r.URL.Query().Get("SiteId") == ""
		}},
		"operation": {map[string]any{"operation": "DeleteCertificate", "method": "GET"}, func(r *http.Request) bool {
			return r.Method == http.MethodGet && r.Header.Get("X-Acs-Action") == "DeleteCertificate"
		}},
		"RPC operation": {map[string]any{"operation": "SetCertificate", "signature": "hmac-sha1", "placement": "form"}, func(r *http.Request) bool {
			return r.Form.Get("Action") == "SetCertificate" && r.PostForm.Get("SiteId") == "1"
		}},
		"STS": {map[string]any{"securityToken": "token"}, func(r *http.Request) bool { return r.Header.Get("X-Acs-Security-Token") == "token" }},
		"bearer": {map[string]any{"accessKeyId": "", "accessKeySecret": "", "bearerToken": "token"}, func(r *http.Request) bool {
			return r.Header.Get("X-Acs-Bearer-Token") == "token" && r.Form.Get("SignatureType") == "BEARERTOKEN"
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
	want := &failure{
		Kind: "service", Code: tea.String("InvalidParameter.Domains"), Message: tea.String("Not <a> name, request id: no."),
		Status: 400, RequestID: "R-1", Data: map[string]any{"HostId": "h", "Recommend": "https://x?a&b"}, Raw: got.Raw,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(got.Raw, "Message: code: 400, Not <a> name, request id: no. request id: R-1\n") {
		t.Errorf("got raw %q", got.Raw)
	}
	denied := send(t, endpoint, domains("denied")).Error
	if denied.Status != 403 || !reflect.DeepEqual(denied.Data["AccessDeniedDetail"], map[string]any{"AuthAction": "esa:ApplyCertificate"}) {
		t.Errorf("got %+v", denied)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	for name, test := range map[string]struct {
		change    map[string]any
		kind, raw string
	}{
		"html":           {domains("html"), "response", "invalid character '<'"},
		"cut":            {domains("cut"), "connection", "unexpected EOF"},
		"empty":          {domains("empty"), "service", "Code: <nil>"}, // invented by the core
		"unreachable":    {map[string]any{"endpoint": "http://127.0.0.1:1"}, "connection", "connection refused"},
		"no keys":        {map[string]any{"accessKeySecret": ""}, "input", "InvalidCredentials"},
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

// TestNoBody checks a response without a body, which the core does not report.
func TestNoBody(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	if got := send(t, endpoint, domains("nothing")); !got.OK || got.Response.Status != 204 || !reflect.DeepEqual(got.Response.Body, map[string]any{}) {
		t.Errorf("got %+v with %+v", got, got.Error)
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
	in := "\nnonsense\n{\"id\":\"2\",\"endpoint\":\"http://127.0.0.1:1\",\"parameters\":{}}"
	if err := serve(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], `{"id":"","ok":false,"error":{"kind":"other",`) ||
		!strings.HasPrefix(lines[1], `{"id":"2","ok":false,"error":{"kind":"input",`) {
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
