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

// server answers as the parameter Domains says, and keeps what it got.
func server(t *testing.T) (endpoint string, got func() *http.Request) {
	t.Helper()
	var last *http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		last = r
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		status, text := http.StatusBadRequest, ""
		switch r.Form.Get("Domains") {
		case "refused":
			text = `{"RequestId":"R-1","HostId":"h","Recommend":"https://x?a&b","Code":"InvalidParameter.Domains","Message":"Not <a> name, request id: no."}`
		case "denied":
			status, text = http.StatusForbidden, `{"RequestId":"R-2","Code":"NoPermission","Message":"No.","AccessDeniedDetail":{"AuthAction":"esa:ApplyCertificate"}}`
		case "html":
			status, text = http.StatusBadGateway, "<html>"
		case "cut":
			w.Header().Set("Content-Length", "100")
			status = http.StatusOK
		case "empty":
		case "nothing":
			status = http.StatusNoContent
		default:
			status, text = http.StatusOK, `{"RequestId":"R-0","TotalCount":9007199254740993,"Result":[{"Id":"1"}]}`
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() *http.Request { return last }
}

func ask(t *testing.T, endpoint string, change map[string]any) result {
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
	return answer(line)
}

func domains(name string) map[string]any {
	return map[string]any{"parameters": map[string]string{"Domains": name}}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	endpoint, got := server(t)
	answer := ask(t, endpoint, nil)
	if !answer.OK || answer.ID != "1" || answer.Response.Status != 200 ||
		answer.Response.Headers["content-type"] != "application/json;charset=utf-8" {
		t.Fatalf("got %+v", answer)
	}
	text, err := json.Marshal(answer.Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"RequestId":"R-0","Result":[{"Id":"1"}],"TotalCount":9007199254740993}`; string(text) != want {
		t.Errorf("got %s", text)
	}
	if r := got(); r.Method != http.MethodPost || r.URL.Query().Get("SiteId") != "1" || r.Header.Get("Authorization") == "" {
		t.Errorf("sent %s %s %v", r.Method, r.URL, r.Header)
	}
}

func TestWays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change map[string]any
		right  func(r *http.Request) bool
	}{
		"GET":  {map[string]any{"method": "GET"}, func(r *http.Request) bool { return r.Method == http.MethodGet }},
		"form": {map[string]any{"placement": "form"}, func(r *http.Request) bool { return r.URL.RawQuery == "" && r.PostForm.Get("SiteId") == "1" }},
		"RPC": {map[string]any{"signature": "hmac-sha1"}, func(r *http.Request) bool {
			return r.Form.Get("SignatureMethod") == "HMAC-SHA1" && r.Header.Get("Authorization") == ""
		}},
		"RPC form": {map[string]any{"signature": "hmac-sha1", "placement": "form"}, func(r *http.Request) bool {
			return r.URL.Query().Get("Signature") != "" && r.PostForm.Get("SiteId") == "1" && r.URL.Query().Get("SiteId") == ""
		}},
		"STS": {map[string]any{"securityToken": "token"}, func(r *http.Request) bool { return r.Header.Get("X-Acs-Security-Token") == "token" }},
		"bearer": {map[string]any{"accessKeyId": "", "accessKeySecret": "", "bearerToken": "token"}, func(r *http.Request) bool {
			return r.Header.Get("X-Acs-Bearer-Token") == "token" && r.Form.Get("SignatureType") == "BEARERTOKEN"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, got := server(t)
			if answer := ask(t, endpoint, test.change); !answer.OK {
				t.Fatalf("got %+v", answer.Error)
			}
			if r := got(); !test.right(r) {
				t.Errorf("sent %s %s %v %v", r.Method, r.URL, r.Header, r.PostForm)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	got := ask(t, endpoint, domains("refused")).Error
	want := &failure{
		Kind: "service", Code: tea.String("InvalidParameter.Domains"), Message: tea.String("Not <a> name, request id: no."),
		Status: 400, RequestID: "R-1", Data: map[string]any{"HostId": "h", "Recommend": "https://x?a&b"}, Raw: got.Raw,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(got.Raw, "Message: code: 400, Not <a> name, request id: no. request id: R-1\n") {
		t.Errorf("raw is %q", got.Raw)
	}
	denied := ask(t, endpoint, domains("denied")).Error
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
		"html":         {domains("html"), "response", "invalid character '<'"},
		"cut":          {domains("cut"), "connection", "unexpected EOF"},
		"empty":        {domains("empty"), "service", "Code: <nil>"}, // the core makes this up
		"nowhere":      {map[string]any{"endpoint": "http://127.0.0.1:1"}, "connection", "connection refused"},
		"no keys":      {map[string]any{"accessKeySecret": ""}, "input", "InvalidCredentials"},
		"wrong member": {map[string]any{"region": "x"}, "other", `unknown field "region"`},
		"no host":      {map[string]any{"endpoint": "x"}, "other", "missing or wrong"},
		"no address":   {map[string]any{"endpoint": ":"}, "other", "missing protocol scheme"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := ask(t, endpoint, test.change)
			if answer.OK || answer.ID != "1" || answer.Error.Kind != test.kind || !strings.Contains(answer.Error.Raw, test.raw) {
				t.Errorf("got %+v with %+v", answer, answer.Error)
			}
		})
	}
}

// TestNoBody has what the core returns without an error.
func TestNoBody(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	if got := ask(t, endpoint, domains("nothing")); !got.OK || got.Response.Status != 204 || !reflect.DeepEqual(got.Response.Body, map[string]any{}) {
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
	broken := errors.New("broken")
	if err := serve(iotest.ErrReader(broken), &out); !errors.Is(err, broken) {
		t.Errorf("reading: got %v", err)
	}
	if err := serve(strings.NewReader(in), brokenWriter{broken}); !errors.Is(err, broken) {
		t.Errorf("writing: got %v", err)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
