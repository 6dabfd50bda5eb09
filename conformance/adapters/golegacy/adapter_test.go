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

// server answers as the parameter Domains says, and keeps what it got.
func server(t *testing.T) (endpoint string, got func() *http.Request) {
	t.Helper()
	var last atomic.Pointer[http.Request]
	over := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		last.Store(r)
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		status, text := http.StatusBadRequest, ""
		switch r.Form.Get("Domains") {
		case "refused":
			text = `{"RequestId":"R-1","HostId":"h","Recommend":"https://x?a&b","Code":"InvalidParameter.Domains","Message":"Not <a> name, request id: no."}`
		case "denied":
			status, text = http.StatusForbidden, `{"RequestId":"R-2","Code":"NoPermission","Message":"No.","AccessDeniedDetail":{"AuthAction":"esa:ApplyCertificate"}}`
		case "numeric":
			text = `{"RequestId":"R","Code":123,"Message":"M"}`
		case "html":
			status, text = http.StatusBadGateway, "<html>"
		case "page":
			status, text = http.StatusOK, "<html>"
		case "list":
			status, text = http.StatusOK, "[]"
		case "cut":
			w.Header().Set("Content-Length", "100")
			status = http.StatusOK
		case "slow":
			select {
			case <-r.Context().Done(): // the client has left
			case <-over:
			}
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
	t.Cleanup(func() { close(over) }) // before: closing waits for the handlers
	return s.URL, last.Load
}

func ask(t *testing.T, endpoint string, change map[string]any) result {
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
	if r := got(); r.Method != http.MethodPost || r.URL.Query().Get("SiteId") != "1" || r.URL.Query().Get("Signature") == "" {
		t.Errorf("sent %s %s", r.Method, r.URL)
	}
}

func TestWays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change map[string]any
		right  func(r *http.Request) bool
	}{
		"GET": {map[string]any{"method": "GET"}, func(r *http.Request) bool { return r.Method == http.MethodGet && r.Form.Get("SiteId") == "1" }},
		"form": {map[string]any{"placement": "form"}, func(r *http.Request) bool {
			return r.PostForm.Get("SiteId") == "1" && r.URL.Query().Get("SiteId") == "" && r.URL.Query().Get("Signature") != ""
		}},
		"named": {nil, func(r *http.Request) bool {
			return r.Form.Get("Action") == "ApplyCertificate" && r.Form.Get("Version") == "2024-09-10" && r.Form.Get("SignatureMethod") == "HMAC-SHA1"
		}},
		"STS": {map[string]any{"securityToken": "token"}, func(r *http.Request) bool { return r.Form.Get("SecurityToken") == "token" }},
		"bearer": {map[string]any{"accessKeyId": "", "accessKeySecret": "", "bearerToken": "token"}, func(r *http.Request) bool {
			return r.Form.Get("BearerToken") == "token" && r.Form.Get("SignatureType") == "BEARERTOKEN"
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
	code, message := "InvalidParameter.Domains", "Not <a> name, request id: no."
	want := &failure{
		Kind: "service", Code: &code, Message: &message, Status: 400, RequestID: "R-1",
		Data: map[string]any{"HostId": "h", "Recommend": "https://x?a&b"}, Raw: got.Raw,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !strings.HasPrefix(got.Raw, "SDK.ServerError\nErrorCode: InvalidParameter.Domains\n") {
		t.Errorf("raw is %q", got.Raw)
	}
	denied := ask(t, endpoint, domains("denied")).Error
	if denied.Status != 403 || !reflect.DeepEqual(denied.Data, map[string]any{"AccessDeniedDetail": map[string]any{"AuthAction": "esa:ApplyCertificate"}}) {
		t.Errorf("got %+v", denied)
	}
}

// TestAnyAnswerIsARefusal has what the SDK makes of answers that the service
// does not give.
func TestAnyAnswerIsARefusal(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	for name, want := range map[string]struct {
		status  int
		message string
	}{"html": {502, "<html>"}, "empty": {400, ""}} {
		got := ask(t, endpoint, domains(name)).Error
		if got.Kind != "service" || *got.Code != "" || *got.Message != want.message || got.Status != want.status {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestAnyTextIsAnAnswer has what the SDK hands over as an answer though it is
// no JSON object.
func TestAnyTextIsAnAnswer(t *testing.T) {
	t.Parallel()
	endpoint, _ := server(t)
	for name, status := range map[string]int{"page": 200, "list": 200, "nothing": 204} {
		got := ask(t, endpoint, domains(name))
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
		"cut":          {domains("cut"), "connection", "unexpected EOF"},
		"slow":         {map[string]any{"parameters": map[string]string{"Domains": "slow"}, "timeoutMs": 50}, "connection", "Client.Timeout exceeded"},
		"numeric":      {domains("numeric"), "other", "panic: interface conversion: interface {} is float64, not string"},
		"nowhere":      {map[string]any{"endpoint": "http://127.0.0.1:1"}, "connection", "connection refused"},
		"odd address":  {map[string]any{"endpoint": "http://a b"}, "other", "invalid character"},
		"acs3":         {map[string]any{"signature": "acs3"}, "unsupported", "hmac-sha1 alone"},
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

// TestNoKeys has the SDK send what it signed with nothing.
func TestNoKeys(t *testing.T) {
	t.Parallel()
	endpoint, got := server(t)
	answer := ask(t, endpoint, map[string]any{"accessKeyId": "", "accessKeySecret": ""})
	if r := got(); !answer.OK || !r.Form.Has("AccessKeyId") || r.Form.Get("AccessKeyId") != "" || r.Form.Get("Signature") == "" {
		t.Errorf("got %+v for %s", answer, r.URL)
	}
}

// TestRetries counts the nonces that come to a server which always fails.
func TestRetries(t *testing.T) {
	t.Parallel()
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	silence := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, test := range map[string]struct {
		handler     http.HandlerFunc
		asked, sent int
		kind        string
	}{
		"status 503, once":       {status(503), 1, 1, "service"},
		"status 503":             {status(503), 3, 3, "service"},
		"status 400, no retries": {status(400), 3, 1, "service"},
		"no answer, once":        {silence, 1, 1, "connection"},
		"no answer":              {silence, 3, 3, "connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var nonces sync.Map
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				nonces.Store(r.FormValue("SignatureNonce"), true)
				test.handler(w, r)
			}))
			t.Cleanup(s.Close)
			got := ask(t, s.URL, map[string]any{"maxAttempts": test.asked}).Error
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
