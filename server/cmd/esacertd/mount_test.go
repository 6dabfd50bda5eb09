package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/explorer"
	"github.com/esacert/esacert/server/store/sqlite"
)

// If the listener is reachable from other machines, the page is served only
// when requested, and the log and the applications never are. On loopback they
// require the token.
func TestMount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, explorer, ip string
		page, data         bool
	}{
		{"auto, IPv4 loopback", "auto", "127.0.0.1", true, true},
		{"auto, IPv6 loopback", "auto", "::1", true, true},
		{"auto, all addresses", "auto", "0.0.0.0", false, false},
		{"auto, another address", "auto", "192.0.2.1", false, false},
		{"on, loopback", "on", "127.0.0.1", true, true},
		{"on, all addresses", "on", "::", true, false},
		{"on, another address", "on", "192.0.2.1", true, false},
		{"off, loopback", "off", "127.0.0.1", false, false},
		{"off, another address", "off", "192.0.2.1", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := exampleApp(t)
			d.rootFile = "/data/root.pem"
			got, err := serveCmd{settings: settings{Explorer: explorerFlag(tc.explorer)}}.mount(d, &net.TCPAddr{IP: net.ParseIP(tc.ip), Port: 1}, "http://here", "a-token")
			if err != nil {
				t.Fatal(err)
			}
			var want explorerAddress
			if tc.page {
				want = explorerAddress{"http://here" + explorer.Path, "http://here" + explorer.Path}
			}
			if tc.data {
				want.open += "?token=a-token"
			}
			if got != want {
				t.Errorf("mounted at %q, want %q", got, want)
			}
			if status, body := get(d, "", ""); (status == http.StatusOK) != tc.page {
				t.Errorf("the page: %d %.80s", status, body)
			}
			const cookie = "esacert-explorer-1=a-token"
			if status, body := get(d, "api/journal", cookie); (status == http.StatusOK) != tc.data {
				t.Errorf("the journal: %d %s", status, body)
			}
			if status, body := get(d, "api/journal", ""); status == http.StatusOK || tc.data && status != http.StatusUnauthorized {
				t.Errorf("the journal without the token: %d %s", status, body)
			}
			if _, body := get(d, "settings.json", cookie); tc.page && strings.Contains(body, `"data":true`) != tc.data {
				t.Errorf("the settings: %s", body)
			}
			if _, body := get(d, "settings.json", cookie); tc.page && strings.Contains(body, `"root":"/data/root.pem"`) != tc.data {
				t.Errorf("the settings name the root to the wrong page: %s", body)
			}
			if _, body := get(d, "settings.json", ""); strings.Contains(body, "root.pem") {
				t.Errorf("the settings name the root to a visitor without the token: %s", body)
			}
		})
	}
}

func exampleApp(t *testing.T) *app {
	t.Helper()
	cfg, err := config.Parse(config.Example(), "example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: config.InMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // in memory
	d, err := newApp(t.Context(), cfg, db, slog.New(slog.NewTextHandler(io.Discard, nil)), appOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.server.Close(context.WithoutCancel(t.Context())) }) // in memory
	return d
}

func get(d *app, path, cookie string) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, explorer.Path+path, nil)
	r.Host = "localhost"
	r.Header.Set("Cookie", cookie)
	d.server.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
