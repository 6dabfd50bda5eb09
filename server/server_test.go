package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/store/sqlite"
)

// A program embeds the server with the methods of this package only.
func TestEmbeddedServer(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	srv, err := server.New(t.Context(), server.Options{Config: cfg, Store: db})
	if err != nil {
		t.Fatal(err)
	}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	if err := srv.Mount("/page", page); err != nil {
		t.Fatal(err)
	}
	srv.Reload(cfg)
	if err := srv.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := srv.LowerNonceHorizon(t.Context()); !errors.Is(err, server.ErrNotAhead) {
		t.Errorf("LowerNonceHorizon: %v, want ErrNotAhead", err)
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, l) }()
	for path, want := range map[string]string{"/page": "page", "/": `"Code":"MissingAccessKeyId"`} {
		response, err := http.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if _ = response.Body.Close(); err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s, %v, want %s", path, body, err, want)
		}
	}
	cancel()
	if err := errors.Join(<-served, srv.Close(t.Context())); err != nil {
		t.Error(err)
	}

	w := httptest.NewRecorder()
	srv.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if want := "esacert_request_duration_seconds_count 1"; !strings.Contains(w.Body.String(), want) {
		t.Errorf("the metrics lack %q: %s", want, w.Body)
	}
}
