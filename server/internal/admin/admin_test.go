package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/inprocess"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store/sqlite"
)

// fixture is a server with its admin API.
type fixture struct {
	server  *core.Server
	handler http.Handler
	reloads int
	err     error    // of the next reload
	restart []string // keys that the next reload does not apply
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := core.New(t.Context(), core.Options{Config: cfg, Store: db})
	if err != nil {
		t.Fatal(err)
	}
	a := &fixture{server: srv}
	a.handler = admin.Handler(admin.Options{Server: srv, Reload: func(context.Context) ([]string, error) { a.reloads++; return a.restart, a.err }})
	t.Cleanup(func() {
		if err := db.Close(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return a
}

func (a *fixture) apply(t *testing.T, siteID int64, domains ...string) error {
	t.Helper()
	return a.applyFor(t, client.ApplyCertificateInput{SiteID: siteID, Domains: domains})
}

func (a *fixture) applyFor(t *testing.T, in client.ApplyCertificateInput) error {
	t.Helper()
	c, err := client.New(client.WithEndpoint("http://esa.test"), client.WithTransport(inprocess.Transport(a.server)), client.WithoutRetry(),
		client.WithCredentials(client.StaticCredentials(servertest.AccessKeyID, servertest.AccessKeySecret)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ApplyCertificate(t.Context(), in)
	return err
}

func (a *fixture) do(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8081"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return w
}

func TestResponses(t *testing.T) {
	t.Parallel()
	a := newFixture(t)
	if err := a.apply(t, servertest.SiteID, "www.example.com", "blog.example.com"); err != nil {
		t.Fatal(err)
	}
	if err := a.apply(t, 404, "www.example.com"); !errors.Is(err, esaerrors.SiteNotFound) {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, method, target, body string
		status                     int
		want                       string
	}{
		{"health", "GET", "/healthz", "", 200, `{"status":"ok"}`},
		{"readiness", "GET", "/readyz", "", 200, `{"status":"ready"}`},
		{"metrics", "GET", "/metrics", "", 200, `esacert_requests_total{rule="SiteNotFound"} 1`},
		{"metrics of the runtime", "GET", "/metrics", "", 200, "go_goroutines"},
		{"journal", "GET", "/journal", "", 200, `"rule":"Accepted"`},
		{"journal by rule", "GET", "/journal?rule=SiteNotFound&limit=1", "", 200, `"detail":"account 1000000000000001 has no site 404"`},
		{"journal after", "GET", "/journal?after=2", "", 200, "[]"},
		{"journal of nonsense", "GET", "/journal?after=x", "", 400, `after: invalid value \"x\"`},
		{"journal with an unknown parameter", "GET", "/journal?rul=x", "", 400, `unknown parameter \"rul\"`},
		{"journal by a parameter of another path", "GET", "/journal?status=Issued", "", 400, `unknown parameter \"status\"`},
		{"journal with a duplicate parameter", "GET", "/journal?rule=a&rule=b", "", 400, "rule is given 2 times"},
		{"applications", "GET", "/applications", "", 200, `"id":"30000478","account":"1000000000000001","site_id":1234567890123,"domain":"www.example.com"`},
		{"applications of a name", "GET", "/applications?domain=blog.example.com&status=Applying", "", 200, `"id":"30000479"`},
		{"applications of another site", "GET", "/applications?site_id=5", "", 200, "[]"},
		{"applications in a status in lower case", "GET", "/applications?status=issued", "", 400, `status: invalid value \"issued\": want Applying, Issued, Failed or Canceled`},
		{"applications in an unknown status", "GET", "/applications?status=bogus", "", 400, `want Applying, Issued, Failed or Canceled`},
		{"applications in any status", "GET", "/applications?status=", "", 200, `"id":"30000478"`},
		{"applications, negative", "GET", "/applications?limit=-1", "", 400, "limit"},
		{"usage", "GET", "/usage?account=1000000000000001&plan=standard&family=lets_encrypt&site_id=1234567890123", "", 200, `{"quota":2,"records":2}`},
		{"usage of nonsense", "GET", "/usage?site_id=x", "", 400, "site_id"},
		{"wrong method", "POST", "/journal", "", 405, `{"error":"/journal cannot be used with POST: want GET, HEAD; GET / lists all paths and methods"}`},
		{"unknown path", "GET", "/nonesuch", "", 404, `{"error":"unknown path \"/nonesuch\"; GET / lists all paths and methods"}`},
		{"unknown path below", "GET", "/authority", "", 404, `{"error":"unknown path \"/authority\"; GET / lists`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := a.do(tc.method, tc.target, tc.body)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("%d %s\nwant %d %s", w.Code, w.Body, tc.status, tc.want)
			}
		})
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	a := newFixture(t)
	for _, body := range []string{`{"row": "QuotaExceeded", "times": 1, "retry_after_ms": 20}`, `{"fault": "cut-body"}`} {
		if w := a.do("POST", "/scenarios", body); w.Code != http.StatusCreated {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := a.do("POST", "/scenarios", `{"fault": "cut-body"}`); strings.TrimSpace(w.Body.String()) != `{"fault":"cut-body","times":1}` {
		t.Errorf("without times: %s", w.Body)
	}
	if w := a.do("GET", "/scenarios", ""); strings.TrimSpace(w.Body.String()) !=
		`[{"row":"QuotaExceeded","times":1,"retry_after":"20ms","retry_after_ms":20},{"fault":"cut-body","times":1},{"fault":"cut-body","times":1}]` {
		t.Errorf("scenarios are %s", w.Body)
	}
	if err := a.apply(t, servertest.SiteID, "www.example.com"); !errors.Is(err, esaerrors.QuotaExceeded) {
		t.Errorf("response to the call: %v", err)
	}
	if w := a.do("DELETE", "/scenarios", ""); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if err := a.apply(t, servertest.SiteID, "www.example.com"); err != nil {
		t.Errorf("after the scenarios: %v", err)
	}
}

func TestWrongScenarios(t *testing.T) {
	t.Parallel()
	a := newFixture(t)
	for _, tc := range []struct{ name, body, want string }{
		{"no JSON", `row`, "cannot be decoded"},
		{"unknown key", `{"raw": "QuotaExceeded"}`, `unknown field`},
		{"unknown row", `{"row": "Nonesuch"}`, `unknown error key \"Nonesuch\"`},
		{"a code of several errors", `{"row": "InvalidParameter.Domains"}`, "want one of InvalidParameter.Domains.AlreadySubmitted"},
		{"unknown fault", `{"fault": "fire"}`, `unknown fault \"fire\"`},
		{"empty object", `{}`, "exactly one"},
		{"a list", `[]`, `the scenario cannot be decoded: want a JSON object, got array`},
		{"a field of another type", `{"fault": "cut-body", "times": "2"}`, `times: want type integer, got string`},
		{"fraction", `{"fault": "cut-body", "times": 1.5}`, `times: want type integer, got number 1.5`},
		{"negative times", `{"fault": "cut-body", "times": -1}`, `{"error":"times is -1`},
		{"an empty body", ``, `empty body`},
		{"half of it", `{"fault": `, `is truncated`},
		{"two objects", `{"fault": "cut-body"} {"fault": "cut-body"}`, `unexpected data`},
		{"a misspelled field", `{"falt": "cut-body"}`, `unknown field \"falt\": want row, fault, times, `},
		{"too much", `{"row": "` + strings.Repeat("x", 70000) + `"}`, "too large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := a.do("POST", "/scenarios", tc.body)
			for _, inner := range []string{"Go ", "admin.", "json:", "scenario: "} {
				if strings.Contains(w.Body.String(), inner) {
					t.Errorf("the message has %q: %s", inner, w.Body)
				}
			}
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tc.want) {
				t.Errorf("%d %s, want %q", w.Code, w.Body, tc.want)
			}
		})
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	a := newFixture(t)
	if w := a.do("POST", "/reload", ""); w.Code != http.StatusOK || a.reloads != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	a.restart = []string{"admin", "issuing.key_type"}
	if w := a.do("POST", "/reload", ""); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != `{"status":"reloaded","need_restart":["admin","issuing.key_type"]}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	a.err = errors.New("line 3: no such plan")
	if w := a.do("POST", "/reload", ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "line 3: no such plan") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	fileless := admin.Handler(admin.Options{Server: a.server})
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/reload", nil)
	r.Host = "localhost"
	if fileless.ServeHTTP(w, r); w.Code != http.StatusConflict {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A page in a browser must not reach the admin API.
func TestBrowserRequestsAreRejected(t *testing.T) {
	t.Parallel()
	a := newFixture(t)
	for _, tc := range []struct {
		name, method string
		headers      []string
		status       int
	}{
		{"a name that DNS may point anywhere", "GET", []string{"Host", "evil.example:8081"}, 403},
		{"another origin", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a read from another site", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a head from another site", "HEAD", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a link on another site", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"a read from another port of this machine", "GET", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"a read with another origin", "GET", []string{"Origin", "http://evil.example"}, 403},
		{"a read with the origin of another port", "GET", []string{"Origin", "http://127.0.0.1:8080"}, 403},
		{"a read of a page without an origin", "GET", []string{"Origin", "null"}, 403},
		{"an unknown value of Sec-Fetch-Site", "GET", []string{"Sec-Fetch-Site", "other-site"}, 403},
		{"a read of the same origin", "GET", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"a read from the same origin", "GET", []string{"Origin", "http://127.0.0.1:8081"}, 200},
		{"an address that was typed", "GET", []string{"Sec-Fetch-Site", "none"}, 200},
		{"no browser", "GET", nil, 200},
		{"localhost", "GET", []string{"Host", "localhost:8081"}, 200},
		{"IPv6", "GET", []string{"Host", "[::1]:8081"}, 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			targets := []string{"/healthz", "/readyz", "/metrics", "/journal", "/applications", "/usage", "/scenarios"}
			if tc.method == "POST" {
				targets = []string{"/scenarios"}
			}
			for _, target := range targets {
				w := a.do(tc.method, target, `{"fault": "cut-body"}`, tc.headers...)
				if w.Code != tc.status || w.Header().Get("Cross-Origin-Resource-Policy") != "same-origin" {
					t.Errorf("%s: %d %v %.200s, want %d", target, w.Code, w.Header(), w.Body, tc.status)
				}
				if tc.status == http.StatusForbidden && strings.Contains(w.Body.String(), "esacert_") {
					t.Errorf("%s was read: %s", target, w.Body)
				}
			}
		})
	}
}

func TestNotReadyWithoutAStore(t *testing.T) {
	t.Parallel()
	a := newFixture(t)
	if err := a.server.Store().Close(); err != nil {
		t.Fatal(err)
	}
	w := a.do("GET", "/readyz", "")
	var body struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusServiceUnavailable || body.Error != "the store: closed" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, e := range listed(t, a) {
		if e.Path == "/readyz" {
			checkFields(t, w.Body.Bytes(), e.Response)
		}
	}
	for _, target := range []string{"/applications", "/applications/30000478", "/usage"} {
		if w := a.do("GET", target, ""); w.Code != http.StatusInternalServerError || strings.TrimSpace(w.Body.String()) != `{"error":"the store: closed"}` {
			t.Errorf("%s without a store: %d %s", target, w.Code, w.Body)
		}
	}
}
