package explorer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/explorer"
)

const token = "TOKEN-OF-THE-TEST"

const opened = "esacert-explorer-8080=" + token

// The token is exchanged for a cookie once, and is removed from the address.
func TestEnter(t *testing.T) {
	t.Parallel()
	plain := newPage(t, explorer.Options{API: http.HandlerFunc(data), Token: token, Server: "8080"})
	secure := newPage(t, explorer.Options{API: http.HandlerFunc(data), Token: token, Server: "8443", Secure: true})
	bare := newPage(t, explorer.Options{})
	for _, tc := range []struct {
		name, target string
		handler      http.Handler
		cookie       string
		to           string
	}{
		{"the address", "/explorer/?token=" + token, plain, opened + "; Path=/explorer/; HttpOnly; SameSite=Strict", "/explorer/"},
		{"over https", "/explorer/?token=" + token, secure, "esacert-explorer-8443=" + token + "; Path=/explorer/; HttpOnly; Secure; SameSite=Strict", "/explorer/"},
		{"with a call", "/explorer/?SiteId=1&token=" + token + "&view=log", plain, opened + "; Path=/explorer/; HttpOnly; SameSite=Strict", "/explorer/?SiteId=1&view=log"},
		{"without the slash", "/explorer?token=" + token, plain, opened + "; Path=/explorer/; HttpOnly; SameSite=Strict", "/explorer/"},
		{"of another start", "/explorer/?token=TOKEN-OF-THE-TES", plain, "", "/explorer/"},
		{"longer", "/explorer/?token=" + token + "x", plain, "", "/explorer/"},
		{"empty", "/explorer/?token=", plain, "", "/explorer/"},
		{"no token configured", "/explorer/?token=", bare, "", "/explorer/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				w := get(tc.handler, method, tc.target)
				if w.Code != http.StatusSeeOther || w.Header().Get("Location") != tc.to || w.Header().Get("Set-Cookie") != tc.cookie {
					t.Errorf("%d to %q with %q, want %q with %q", w.Code, w.Header().Get("Location"), w.Header().Get("Set-Cookie"), tc.to, tc.cookie)
				}
				if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
					t.Errorf("the redirect may be cached or leaked: %v", w.Header())
				}
				if strings.Contains(w.Body.String(), token) {
					t.Errorf("the body has the token: %s", w.Body)
				}
			}
		})
	}
}

// Only the cookie unlocks data, not the token elsewhere in the request.
func TestDataNeedsTheCookie(t *testing.T) {
	t.Parallel()
	h := newPage(t, explorer.Options{API: http.HandlerFunc(data), Token: token, Server: "8080"})
	for _, tc := range []struct {
		name, target string
		headers      []string
		open         bool
	}{
		{"the cookie", "/explorer/api/journal?limit=1", []string{"Cookie", opened}, true},
		{"among others", "/explorer/api/journal?limit=1", []string{"Cookie", "esacert-explorer-9090=other; " + opened + "; a=b"}, true},
		{"one of the same name before it", "/explorer/api/journal?limit=1", []string{"Cookie", "esacert-explorer-8080=old; " + opened}, true},
		{"nothing", "/explorer/api/journal?limit=1", nil, false},
		{"another token", "/explorer/api/journal?limit=1", []string{"Cookie", "esacert-explorer-8080=other"}, false},
		{"of another server", "/explorer/api/journal?limit=1", []string{"Cookie", "esacert-explorer-9090=" + token}, false},
		{"in the query", "/explorer/api/journal?limit=1&token=" + token, nil, false},
		{"in another header", "/explorer/api/journal?limit=1", []string{"Authorization", "Bearer " + token}, false},
		{"a local Host", "/explorer/api/journal?limit=1", []string{"Host", "127.0.0.1:8080", "X-Forwarded-For", "127.0.0.1"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := get(h, http.MethodGet, tc.target, tc.headers...)
			var body struct{ Asked, Error string }
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatalf("%v: %s", err, w.Body)
			}
			if tc.open && (w.Code != http.StatusOK || body.Asked != "GET /journal?limit=1") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if !tc.open && (w.Code != http.StatusUnauthorized || body.Asked != "" || w.Header().Get("WWW-Authenticate") == "") {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
			if strings.Contains(w.Body.String(), token) && !strings.Contains(body.Asked, token) {
				t.Errorf("the body has the token: %s", w.Body)
			}
			var settings explorer.Settings
			s := get(h, http.MethodGet, "/explorer/settings.json", tc.headers...)
			if err := json.Unmarshal(s.Body.Bytes(), &settings); err != nil || settings.HasAPI != tc.open || settings.Locked != !tc.open {
				t.Errorf("settings: %v %s", err, s.Body)
			}
		})
	}
}

func TestNewNeedsAToken(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		options explorer.Options
		want    string // "" for no error
	}{
		{"nothing shown", explorer.Options{}, ""},
		{"with a token", explorer.Options{API: http.HandlerFunc(data), Token: token}, ""},
		{"without", explorer.Options{API: http.HandlerFunc(data)}, "Options.API needs Options.Token"},
		{"a token invalid in a cookie", explorer.Options{API: http.HandlerFunc(data), Token: "a;b"}, "letters, digits and hyphens"},
		{"a server invalid in a cookie name", explorer.Options{Server: "127.0.0.1:8080"}, "letters, digits and hyphens"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := explorer.New(tc.options)
			if (tc.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "a;b") {
				t.Errorf("the error has the token: %v", err)
			}
		})
	}
}

func ExampleAddress() {
	page, err := explorer.New(explorer.Options{API: http.NotFoundHandler(), Token: "a-secret", Server: "8080"})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, explorer.Address("http://127.0.0.1:8080", "a-secret"), nil))
	fmt.Println(w.Header().Get("Set-Cookie"))
	// Output: esacert-explorer-8080=a-secret; Path=/explorer/; HttpOnly; SameSite=Strict
}
