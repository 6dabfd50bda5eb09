package explorer_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/explorer"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	api := http.NotFoundHandler()
	known := func() explorer.Settings {
		return explorer.Settings{
			Credentials: &explorer.Credentials{AccessKeyID: "testid", AccessKeySecret: "a<b>&c"},
			Scenarios:   map[string]string{"SiteNotFound": "9007199254740993"},
		}
	}
	for _, tc := range []struct {
		name    string
		options explorer.Options
		want    string
	}{
		{"nothing", explorer.Options{}, `{"data":false}`},
		{"data", explorer.Options{API: api}, `{"data":true}`},
		{"data is not for the caller to say", explorer.Options{Settings: func() explorer.Settings { return explorer.Settings{Data: true} }}, `{"data":false}`},
		{"all", explorer.Options{API: api, Settings: known}, `{"data":true,"credentials":{"accessKeyId":"testid","accessKeySecret":"a<b>&c"},"scenarios":{"SiteNotFound":"9007199254740993"}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := ask(handler(t, tc.options), http.MethodGet, explorer.Path+"settings.json")
			if got := strings.TrimSpace(w.Body.String()); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q", got)
			}
		})
	}
}

// A reload of the configuration shows at the next visit.
func TestSettingsAreAskedForEachTime(t *testing.T) {
	t.Parallel()
	visits := 0
	h := handler(t, explorer.Options{Settings: func() explorer.Settings {
		visits++
		return explorer.Settings{Scenarios: map[string]string{"visit": strings.Repeat("i", visits)}}
	}})
	for _, want := range []string{`"i"`, `"ii"`} {
		if w := ask(h, http.MethodGet, explorer.Path+"settings.json"); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s has no %s", w.Body, want)
		}
	}
}

func TestAPI(t *testing.T) {
	t.Parallel()
	h := handler(t, explorer.Options{API: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI())
	})})
	for _, tc := range []struct{ path, want string }{
		{"api/journal?limit=2", "GET /journal?limit=2"},
		{"api/applications/30000478/chain", "GET /applications/30000478/chain"},
		{"api/applications/a%2Fb", "GET /applications/a%2Fb"},
		{"api/", "GET /"},
	} {
		if w := ask(h, http.MethodGet, explorer.Path+tc.path); w.Code != http.StatusTeapot || w.Body.String() != tc.want {
			t.Errorf("%s: %d, the API was asked %q, want %q", tc.path, w.Code, w.Body, tc.want)
		}
	}
}

func TestNoAPI(t *testing.T) {
	t.Parallel()
	w := ask(handler(t, explorer.Options{}), http.MethodGet, explorer.Path+"api/journal")
	var answer struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d, %s, %v", w.Code, w.Body, err)
	}
	for _, part := range []string{"loopback", "--admin"} {
		if !strings.Contains(answer.Error, part) {
			t.Errorf("%q does not speak of %s", answer.Error, part)
		}
	}
}
