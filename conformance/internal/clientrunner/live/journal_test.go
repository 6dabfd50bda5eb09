package live

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHTTPJournal(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{
			"A": `[{"number":7,"method":"GET","scheme":"HMAC-SHA1","site_id":"1","status":403,"rule":"QuotaExceeded","scenario":"QuotaExceeded"}]`,
			"B": `nonsense`,
		}[r.URL.Query().Get("request_id")]
		if r.URL.Path != "/journal" || body == "" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	journal := HTTPJournal(server.URL)
	got, err := journal(t.Context(), "A")
	want := Entry{Method: "GET", Scheme: "HMAC-SHA1", SiteID: "1", Status: 403, Rule: "QuotaExceeded", Scenario: "QuotaExceeded"}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for id, want := range map[string]string{"B": "invalid character", "C": "418"} {
		if _, err := journal(t.Context(), id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", id, err, want)
		}
	}
	for name, base := range map[string]string{"no server": "http://127.0.0.1:1", "invalid URL": "::"} {
		if _, err := HTTPJournal(base)(t.Context(), "A"); err == nil || !strings.HasPrefix(err.Error(), "read journal: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
