package core_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/store/sqlite"
)

// A mounted handler responds below its path only, and the journal
// knows nothing of it.
func TestMount(t *testing.T) {
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
	srv, err := core.New(t.Context(), core.Options{Config: cfg, Store: db})
	if err != nil {
		t.Fatal(err)
	}
	say := func(body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	}
	if err := errors.Join(srv.Mount("/page/", say("below")), srv.Mount("/page", say("page"))); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/page": "page", "/page/": "below", "/page/a/b": "below", "/": "", "/pages": "", "/x/page/": "", "/?x=/page/": "",
	} {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if got := w.Body.String(); (want == "") != (w.Code != http.StatusOK) || want != "" && got != want {
			t.Errorf("%s: %d %s, want %q", path, w.Code, got, want)
		}
	}
	if n := len(srv.Journal().Entries(journal.Query{})); n != 4 {
		t.Errorf("the journal has %d entries, want those of the API", n)
	}
	for _, path := range []string{"", "/", "page"} {
		if err := srv.Mount(path, say("")); err == nil {
			t.Errorf("Mount(%q) was taken", path)
		}
	}
	if err := srv.Mount("/nothing/", nil); err == nil {
		t.Error("Mount of no handler was taken")
	}
}
