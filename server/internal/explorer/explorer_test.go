package explorer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/explorer"
)

// data responds like the admin API, and echoes the request.
func data(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]string{"asked": r.Method + " " + r.URL.String()})
}

func newPage(t testing.TB, o explorer.Options) http.Handler {
	t.Helper()
	h, err := explorer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestResponses(t *testing.T) {
	t.Parallel()
	settings := func() explorer.Settings {
		return explorer.Settings{
			Credentials: &explorer.Credentials{AccessKeyID: "id", AccessKeySecret: "known"},
			Scenarios:   map[string]map[string]string{"ApplyCertificate": {"SiteNotFound": "4000000000001"}},
		}
	}
	whole := newPage(t, explorer.Options{API: http.HandlerFunc(data), Token: token, Server: "8080", Settings: settings})
	bare := newPage(t, explorer.Options{})
	for _, tc := range []struct {
		name, method, target string
		handler              http.Handler
		status               int
		contentType, want    string
	}{
		{"the page", "GET", "/explorer/", whole, 200, "text/html; charset=utf-8", `<script type="module" src="app.js">`},
		{"the page with a call", "GET", "/explorer/?SiteId=1", whole, 200, "text/html; charset=utf-8", "<title>"},
		{"its head", "HEAD", "/explorer/", whole, 200, "text/html; charset=utf-8", ""},
		{"a script", "GET", "/explorer/app.js", whole, 200, "text/javascript; charset=utf-8", "class Explorer"},
		{"the styles", "GET", "/explorer/style.css", whole, 200, "text/css; charset=utf-8", ":root"},
		{"the icon", "GET", "/explorer/icon.svg", whole, 200, "image/svg+xml", "<svg"},
		{"the contract", "GET", "/explorer/contract.json", whole, 200, "application/json", `"operationId":"ApplyCertificate"`},
		{"the contract of an operation", "GET", "/explorer/contract.json?operation=ListSites", whole, 200, "application/json", `"operationId":"ListSites"`},
		{"unknown operation", "GET", "/explorer/contract.json?operation=CreateSite", whole, 404, "text/plain; charset=utf-8", "the operations are at /explorer/operations.json"},
		{"no operation", "GET", "/explorer/contract.json?operation=", whole, 404, "text/plain; charset=utf-8", "operation not found"},
		{"the operations", "GET", "/explorer/operations.json", whole, 200, "application/json", `[{"action":"ApplyCertificate","methods":["POST","GET"]},`},
		{"all documents in one", "GET", "/explorer/spec/all.yaml", whole, 200, "application/yaml", "\n  /#ListSites:\n"},
		{"a document", "GET", "/explorer/spec/listsites.yaml", whole, 200, "application/yaml", "\n  /:\n"},
		{"unknown document", "GET", "/explorer/spec/listsites.json", whole, 404, "text/plain; charset=utf-8", "/explorer/spec/all.yaml"},
		{"settings", "GET", "/explorer/settings.json", whole, 200, "application/json",
			`{"data":false,"locked":true,"credentials":{"accessKeyId":"id","accessKeySecret":"known"},"scenarios":{"ApplyCertificate":{"SiteNotFound":"4000000000001"}}}`},
		{"no settings", "GET", "/explorer/settings.json", bare, 200, "application/json", `{"data":false}`},
		{"data without the token", "GET", "/explorer/api/journal?limit=1", whole, 401, "application/json", `the line with \"event\":\"ready\" that the server printed`},
		{"data that is not shown", "GET", "/explorer/api/journal", bare, 404, "application/json", "only if the server listens on loopback"},
		{"data is read only", "POST", "/explorer/api/scenarios", whole, 405, "", ""},
		{"no slash", "GET", "/explorer?SiteId=1", whole, 301, "", ""},
		{"another file", "GET", "/explorer/nonesuch.js", whole, 404, "text/plain; charset=utf-8", "the explorer is at /explorer/"},
		{"the source", "GET", "/explorer/page/app.js", whole, 404, "", ""},
		{"path traversal", "GET", "/explorer/%2e%2e/explorer.go", whole, 404, "", ""},
		{"another method", "DELETE", "/explorer/", whole, 405, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := get(tc.handler, tc.method, tc.target)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("%d %.300s\nwant %d %s", w.Code, w.Body, tc.status, tc.want)
			}
			if got := w.Header().Get("Content-Type"); tc.contentType != "" && got != tc.contentType {
				t.Errorf("Content-Type %q, want %q", got, tc.contentType)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
				"X-Content-Type-Options":  "nosniff",
				"Referrer-Policy":         "no-referrer",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
	if to := get(whole, "GET", "/explorer?SiteId=1").Header().Get("Location"); to != "/explorer/?SiteId=1" {
		t.Errorf("redirected to %s", to)
	}
}

// Unchanged files are not sent again.
func TestRevalidation(t *testing.T) {
	t.Parallel()
	h := newPage(t, explorer.Options{})
	seen := map[string]string{}
	for _, path := range []string{"/explorer/", "/explorer/app.js", "/explorer/contract.json", "/explorer/contract.json?operation=GetSite",
		"/explorer/operations.json", "/explorer/spec/all.yaml", "/explorer/spec/getsite.yaml"} {
		first := get(h, "GET", path)
		etag := first.Header().Get("Etag")
		if other, twice := seen[etag]; twice || etag == "" {
			t.Errorf("%s and %s have the ETag %q", path, other, etag)
		}
		seen[etag] = path
		if again := get(h, "GET", path, "If-None-Match", etag); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: %d, %d bytes", path, again.Code, again.Body.Len())
		}
	}
}

// Each contract keeps the documented errors and their rows when converted to JSON.
func TestContract(t *testing.T) {
	t.Parallel()
	h := newPage(t, explorer.Options{})
	for _, op := range esaops.All() {
		w := get(h, "GET", "/explorer/contract.json?operation="+op.Action)
		var doc struct {
			Paths map[string]map[string]json.RawMessage
		}
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			t.Fatalf("%s: %v", op.Action, err)
		}
		own, gateway := 0, 0
		for _, example := range examples(t, doc.Paths["/"][strings.ToLower(op.Methods[0])]) {
			e, ok := esaerrors.ByKey(example.key)
			if !ok {
				continue // the response for an accepted call
			}
			row := 0
			if example.gateway {
				gateway++
			} else if own++; example.Evidence != "inferred" {
				row = op.Row(e)
			}
			remedy := e.Remedy == example.Remedy || e == esaerrors.InvalidParameter
			if example.Row != row || !remedy || example.Value.Code != e.Code || example.Value.Message != e.Message {
				t.Errorf("%s, %s: %+v, want row %d and %+v", op.Action, example.key, example, row, e)
			}
		}
		if own != len(op.Errors) || gateway < 35 {
			t.Errorf("%s: %d errors of its own and %d of the gateway, want %d and at least 35", op.Action, own, gateway, len(op.Errors))
		}
	}
}

// example is an example of a response in the contract.
type example struct {
	key      string
	gateway  bool
	Row      int    `json:"x-error-row"`
	Remedy   string `json:"x-remedy"`
	Evidence string `json:"x-evidence"`
	Value    struct{ Code, Message string }
}

// examples returns the examples of an operation's responses.
func examples(t *testing.T, operation json.RawMessage) []example {
	t.Helper()
	var parsed struct {
		Responses map[string]struct {
			Content map[string]struct{ Examples map[string]example }
		}
	}
	if err := json.Unmarshal(operation, &parsed); err != nil {
		t.Fatal(err)
	}
	var all []example
	for status, response := range parsed.Responses {
		for key, e := range response.Content["application/json"].Examples {
			e.key, e.gateway = key, status == "default"
			all = append(all, e)
		}
	}
	return all
}
