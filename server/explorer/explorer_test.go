package explorer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/explorer"
)

func handler(t *testing.T, o explorer.Options) http.Handler {
	t.Helper()
	h, err := explorer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends header lines as "Name: value".
func ask(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{})
	for _, tc := range []struct{ path, contentType, holds string }{
		{"", "text/html; charset=utf-8", "<!doctype html>"},
		{"?SiteId=1&view=log", "text/html; charset=utf-8", "<!doctype html>"},
		{"index.html", "text/html; charset=utf-8", "<!doctype html>"},
		{"app.js", "text/javascript; charset=utf-8", "import "},
		{"style.css", "text/css; charset=utf-8", "{"},
		{"icon.svg", "image/svg+xml", "<svg"},
		{"contract.json", "application/json", `"openapi"`},
		{"settings.json", "application/json", `"data"`},
	} {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			w := ask(h, http.MethodGet, explorer.Path+tc.path)
			if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != tc.contentType || !strings.Contains(w.Body.String(), tc.holds) {
				t.Errorf("%d, %s, %.80s", w.Code, got, w.Body)
			}
		})
	}
}

// Every file that the page names is there: a wrong name shows an empty page.
func TestPageLoads(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{})
	for name, text := range files(t) {
		for _, wanted := range references(name, text) {
			if w := ask(h, http.MethodGet, explorer.Path+wanted); w.Code != http.StatusOK {
				t.Errorf("%s loads %s: %d", name, wanted, w.Code)
			}
		}
	}
	if got := references("index.html", files(t)["index.html"]); len(got) < 3 {
		t.Errorf("index.html loads %q only", got)
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"Content-Security-Policy":      "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	h := handler(t, explorer.Options{API: http.NotFoundHandler()})
	for _, tc := range []struct{ name, method, path string }{
		{"page", http.MethodGet, "/explorer/"},
		{"HEAD", http.MethodHead, "/explorer/"},
		{"script", http.MethodGet, "/explorer/sign.js"},
		{"contract", http.MethodGet, "/explorer/contract.json"},
		{"settings", http.MethodGet, "/explorer/settings.json"},
		{"api", http.MethodGet, "/explorer/api/journal"},
		{"redirect", http.MethodGet, "/explorer"},
		{"no such page", http.MethodGet, "/explorer/none"},
		{"way out", http.MethodGet, "/explorer/../x"},
		{"method", http.MethodPost, "/explorer/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := ask(h, tc.method, tc.path)
			for name, value := range want {
				if got := w.Header().Values(name); len(got) != 1 || got[0] != value {
					t.Errorf("%d, %s is %q, want %q", w.Code, name, got, value)
				}
			}
		})
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{})
	seen := map[string]string{}
	for _, path := range []string{"", "app.js", "contract.json"} {
		first := ask(h, http.MethodGet, explorer.Path+path)
		etag := first.Header().Get("Etag")
		if len(etag) < 10 || seen[etag] != "" || first.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%q: etag %s is also that of %q; Cache-Control %q", path, etag, seen[etag], first.Header().Get("Cache-Control"))
		}
		seen[etag] = explorer.Path + path
		if w := ask(h, http.MethodGet, explorer.Path+path, "If-None-Match: "+etag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%q with its etag: %d and %d bytes", path, w.Code, w.Body.Len())
		}
		if w := ask(h, http.MethodGet, explorer.Path+path, `If-None-Match: "other"`); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%q with another etag: %d and %d bytes", path, w.Code, w.Body.Len())
		}
		if w := ask(h, http.MethodHead, explorer.Path+path); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Etag") != etag {
			t.Errorf("HEAD %q: %d, %d bytes, etag %s", path, w.Code, w.Body.Len(), w.Header().Get("Etag"))
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	asked := 0
	h := handler(t, explorer.Options{API: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ })})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace} {
		for _, path := range []string{"", "app.js", "contract.json", "settings.json", "api/journal"} {
			w := ask(h, method, explorer.Path+path)
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q", method, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	if asked != 0 {
		t.Errorf("the API was asked %d times", asked)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{})
	for _, tc := range []struct{ asked, want string }{
		{"/explorer", "/explorer/"},
		{"/explorer?SiteId=1&Domains=*.a%2Cb%20c", "/explorer/?SiteId=1&Domains=*.a%2Cb%20c"},
		{"/explorer?//other.example", "/explorer/?//other.example"},
	} {
		w := ask(h, http.MethodGet, tc.asked)
		if got := w.Header().Get("Location"); w.Code != http.StatusMovedPermanently || got != tc.want {
			t.Errorf("%s: %d to %q, want %q", tc.asked, w.Code, got, tc.want)
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{})
	for _, path := range []string{"none", "none.js", "App.js", "page/app.js", "app.js/", "package.json", "explorer.go", "apiary", "contract.json/"} {
		w := ask(h, http.MethodGet, explorer.Path+path)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "it is at /explorer/") || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d, %s, %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

// What leads out of the page is no file, and no redirect to another host.
func TestTraversal(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{})
	for _, path := range []string{
		"/explorer/../x", "/explorer/%2e%2e/x", "/explorer/../../etc/passwd", "/explorer/..%2fexplorer.go", "/explorer/%2e%2e%2fpages.go",
		`/explorer/..%5cpages.go`, "/explorer//other.example/", "/explorer/./..//other.example", "/explorer/api/../../x", "/explorer/%00",
	} {
		w := ask(h, http.MethodGet, path)
		to, err := url.Parse(w.Header().Get("Location"))
		redirected := w.Code >= 300 && w.Code < 400 && err == nil && to.Host == "" && strings.HasPrefix(to.Path, "/")
		if w.Code != http.StatusNotFound && !redirected {
			t.Errorf("%s: %d to %q, %v: %.60s", path, w.Code, w.Header().Get("Location"), err, w.Body)
		}
	}
}
