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
			Scenarios:   map[string]string{"SiteNotFound": "4000000000001"},
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
		{"settings", "GET", "/explorer/settings.json", whole, 200, "application/json",
			`{"data":false,"locked":true,"credentials":{"accessKeyId":"id","accessKeySecret":"known"},"scenarios":{"SiteNotFound":"4000000000001"}}`},
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
	for _, path := range []string{"/explorer/", "/explorer/app.js", "/explorer/contract.json"} {
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

// The contract keeps its errors and their order when converted to JSON.
func TestContract(t *testing.T) {
	t.Parallel()
	w := get(newPage(t, explorer.Options{}), "GET", "/explorer/contract.json")
	var doc struct {
		Paths map[string]struct {
			Post struct {
				Responses map[string]struct {
					Content map[string]struct {
						Examples map[string]struct {
							Row    int    `json:"x-error-row"`
							Remedy string `json:"x-remedy"`
							Value  struct{ Code, Message string }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, response := range doc.Paths["/"].Post.Responses {
		for key, example := range response.Content["application/json"].Examples {
			row, ok := esaerrors.ByKey(key)
			if !ok {
				continue // the response for an accepted call
			}
			found++
			if esaops.ApplyCertificate.Row(row) != example.Row || row.Remedy != example.Remedy && key != esaerrors.InvalidParameter.Key || row.Code != example.Value.Code || row.Message != example.Value.Message {
				t.Errorf("%s: %+v, want %+v", key, example, row)
			}
		}
	}
	if want := len(esaops.ApplyCertificate.Errors) + 35; found < want {
		t.Errorf("%d errors, want the documented ones and at least 35 of the gateway", found)
	}
}
