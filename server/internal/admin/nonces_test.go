package admin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store/sqlite"
)

// A server whose clock was an hour ahead reports in /readyz and /nonces until
// when it rejects requests, until an operator lowers its horizon.
func TestNonces(t *testing.T) {
	t.Parallel()
	baseTime := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.DeleteExpiredNonces(t.Context(), baseTime.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	clock := &servertest.Clock{}
	clock.Set(baseTime)
	srv, err := core.New(t.Context(), core.Options{Config: cfg, Store: db, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	a := &fixture{server: srv, handler: admin.Handler(admin.Options{Server: srv})}
	const reason = "rejected until 2026-11-23T12:45:00Z: the clock was ahead and was set back; nonces that expire before 2026-11-23T13:00:00Z are forgotten"
	a.check(t, []expect{
		{"not ready", http.MethodGet, "/readyz", "", http.StatusServiceUnavailable, reason},
		{"alive", http.MethodGet, "/healthz", "", http.StatusOK, `{"status":"ok"}`},
		{"state", http.MethodGet, "/nonces", "", http.StatusOK,
			`{"held":0,"capacity":20000000,"clock":"2026-11-23T12:00:00Z","horizon":"2026-11-23T13:00:00Z","earliest_date":"2026-11-23T12:45:00Z","closed":true,"warning":"every signed request is ` + reason},
	})
	clock.Set(baseTime.Add(50 * time.Minute))
	a.check(t, []expect{
		{"ready with a warning", http.MethodGet, "/readyz", "", http.StatusOK, `{"status":"ready","warning":"signed requests dated before 2026-11-23T12:45:00Z are rejected`},
	})
	clock.Set(baseTime)
	a.check(t, []expect{
		{"lowering", http.MethodPost, "/nonces/lower", "", http.StatusOK,
			`{"from":"2026-11-23T13:00:00Z","to":"2026-11-23T12:00:00Z","dated_from":"2026-11-23T11:45:00Z","dated_before":"2026-11-23T12:45:00Z"}`},
		{"lowering again", http.MethodPost, "/nonces/lower", "", http.StatusConflict, "not later than the present time"},
		{"ready", http.MethodGet, "/readyz", "", http.StatusOK, `{"status":"ready"}`},
		{"not by GET", http.MethodGet, "/nonces/lower", "", http.StatusMethodNotAllowed, ""},
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	clock.Set(baseTime.Add(-time.Hour))
	a.check(t, []expect{{"a store that fails", http.MethodPost, "/nonces/lower", "", http.StatusInternalServerError, "closed"}})
	if diff := cmp.Diff(baseTime, srv.Nonces().Horizon); diff != "" {
		t.Errorf("the horizon in memory was lowered alone:\n%s", diff)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/nonces/lower", nil)
	r.Host = "127.0.0.1:8081"
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a.handler.ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("from a page of another site: %d", w.Code)
	}
}
