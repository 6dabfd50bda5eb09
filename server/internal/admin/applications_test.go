package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// newIssuing returns an admin API whose server issues when the returned
// function is called.
func newIssuing(t *testing.T) (*fixture, func()) {
	t.Helper()
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Issuing.Local.Delay = 0
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	srv, err := core.New(t.Context(), core.Options{Config: cfg, Store: db})
	if err != nil {
		t.Fatal(err)
	}
	i, err := issuersetup.New(t.Context(), issuersetup.Options{
		Config: cfg, Jobs: db, Sites: srv.Sites(), InMemory: true, Observer: srv.Metrics().Issuing(db, srv.Now),
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &fixture{server: srv, handler: admin.Handler(admin.Options{Server: srv, Authority: i.Local()})}
	return a, func() {
		t.Helper()
		if _, err := i.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// expect is a request to the admin API and a substring of its response.
type expect struct {
	name, method, target, body string
	status                     int
	want                       string
}

func (a *fixture) check(t *testing.T, all []expect) {
	t.Helper()
	for _, e := range all {
		t.Run(e.name, func(t *testing.T) {
			w := a.do(e.method, e.target, e.body)
			if w.Code != e.status || !strings.Contains(w.Body.String(), e.want) {
				t.Errorf("%d %s, want %d with %q", w.Code, w.Body, e.status, e.want)
			}
		})
	}
}

// AlgType is shown verbatim, and omitted if it was not sent.
func TestAlgTypeIsShown(t *testing.T) {
	t.Parallel()
	a, _ := newIssuing(t)
	if err := a.applyFor(t, client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: []string{"www.example.com"}, AlgType: "Ecc"}); err != nil {
		t.Fatal(err)
	}
	if err := a.apply(t, servertest.SiteID, "blog.example.com"); err != nil {
		t.Fatal(err)
	}
	a.check(t, []expect{
		{"one", "GET", "/applications/30000478", "", 200, `"type":"lets_encrypt","alg_type":"Ecc","status":"Applying"`},
		{"left out", "GET", "/applications/30000479", "", 200, `"type":"lets_encrypt","status":"Applying"`},
		{"list", "GET", "/applications?limit=1", "", 200, `"alg_type":"Ecc"`},
	})
}

func TestIssuedApplication(t *testing.T) {
	t.Parallel()
	a, issue := newIssuing(t)
	if err := a.apply(t, servertest.SiteID, "www.example.com", "blog.example.com"); err != nil {
		t.Fatal(err)
	}
	a.check(t, []expect{
		{"before", "GET", "/applications/30000478", "", 200, `"attempts":0,"failures":0,"due_at":"20`},
		{"chain before", "GET", "/applications/30000478/chain", "", 404, "no certificate was issued for application 30000478; it is Applying"},
	})
	issue()
	a.check(t, []expect{
		{"one", "GET", "/applications/30000478", "", 200, `"certificate":{"authority":"local","serial":"`},
		{"names", "GET", "/applications/30000479", "", 200, `"names":["blog.example.com"],"issuer":"CN=`},
		{"issued ones", "GET", "/applications?status=Issued&limit=1", "", 200, `"id":"30000478"`},
		{"chain", "GET", "/applications/30000478/chain", "", 200, "-----BEGIN CERTIFICATE-----"},
		{"root", "GET", "/authority/root", "", 200, "-----BEGIN CERTIFICATE-----"},
		{"no key", "GET", "/applications/30000478/key", "", 404, ""},
		{"unknown", "GET", "/applications/1", "", 404, "no application 1 exists"},
		{"unknown chain", "GET", "/applications/1/chain", "", 404, "no application 1 exists"},
		{"no id", "GET", "/applications/x", "", 400, `invalid application ID \"x\" (for example 30000478)`},
		{"metrics by status", "GET", "/metrics", "", 200, `esacert_applications{status="Issued"} 2`},
		{"metrics of issuing", "GET", "/metrics", "", 200, "esacert_issue_duration_seconds_count 2"},
		{"metrics of expiry", "GET", "/metrics", "", 200, "esacert_next_expiry_days 89.9"},
	})
	if body := a.do("GET", "/applications/30000479", "").Body.String(); strings.Contains(body, "due_at\":\"0001") {
		t.Errorf("a zero due time is shown: %s", body)
	}
}

func TestRulesOfTheAuthority(t *testing.T) {
	t.Parallel()
	a, issue := newIssuing(t)
	a.check(t, []expect{
		{"none", "GET", "/authority/rules", "", 200, "[]"},
		{"add", "POST", "/authority/rules", `{"name":"bad.example.com","refuse":"rejectedIdentifier","detail":"not this one"}`, 201, `"refuse":"rejectedIdentifier"`},
		{"list", "GET", "/authority/rules", "", 200, `"name":"bad.example.com"`},
		{"a list", "POST", "/authority/rules", `[]`, 400, `{"error":"the rule cannot be decoded: want a JSON object, got array"}`},
		{"a duration without a unit", "POST", "/authority/rules", `{"slow": "60"}`, 400, `{"error":"the rule cannot be decoded: \"60\" is not a duration`},
		{"two causes", "POST", "/authority/rules", `{"refuse":"dns","slow":"1s"}`, 400, `{"error":"exactly one of`},
		{"contradiction", "POST", "/authority/rules", `{"refuse":"dns","unreachable":true}`, 400, "exactly one of"},
		{"misspelled type", "POST", "/authority/rules", `{"refuse":"rejectedIdentifer"}`, 400, `refuse: \"rejectedIdentifer\" is not an error type: want a URN or one of accountDoesNotExist, alreadyRevoked, badCSR, `},
		{"a URN", "POST", "/authority/rules", `{"name":"x.example.com","refuse":"urn:mine:no"}`, 201, `"refuse":"urn:mine:no"`},
		{"unknown key", "POST", "/authority/rules", `{"refuze":"dns"}`, 400, "refuze"},
		{"no JSON", "POST", "/authority/rules", `refuse`, 400, "cannot be decoded"},
	})
	if err := a.apply(t, servertest.SiteID, "bad.example.com"); err != nil {
		t.Fatal(err)
	}
	issue()
	a.check(t, []expect{
		{"refused once", "GET", "/applications/30000478", "", 200, `"attempts":1,"failures":1,`},
		{"failed", "GET", "/applications/30000478", "", 200, `"problem":{"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"not this one"`},
		{"counted", "GET", "/metrics", "", 200, `esacert_issue_failures_total{type="urn:ietf:params:acme:error:rejectedIdentifier"} 1`},
		{"clear", "DELETE", "/authority/rules", "", 204, ""},
		{"none again", "GET", "/authority/rules", "", 200, "[]"},
	})
}

func TestNothingIsIssued(t *testing.T) {
	t.Parallel()
	newFixture(t).check(t, []expect{
		{"root", "GET", "/authority/root", "", 409, "issuing: off"},
		{"rules", "POST", "/authority/rules", "{}", 409, "issuing: off"},
	})
}

// The root of HTTPS differs from that of the embedded authority.
func TestHTTPSRoot(t *testing.T) {
	t.Parallel()
	a, _ := newIssuing(t)
	a.check(t, []expect{{"none", "GET", "/https/root", "", 409, "no HTTPS root: start it with --https"}})
	a.handler = admin.Handler(admin.Options{Server: a.server, HTTPSRoot: func() []byte { return []byte("the root") }})
	a.check(t, []expect{{"there", "GET", "/https/root", "", 200, "the root"}})
}

// plainStore does not support certificates.
type plainStore struct{ store.Store }

func TestStoreWithoutCertificates(t *testing.T) {
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
	srv, err := core.New(t.Context(), core.Options{Config: cfg, Store: plainStore{db}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/applications", nil)
	admin.Handler(admin.Options{Server: srv}).ServeHTTP(w, r)
	var body struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusNotImplemented || !strings.Contains(body.Error, "does not support certificates") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// An issued application cannot be canceled; a pending one fails with the
// reason.
func TestCancelApplication(t *testing.T) {
	t.Parallel()
	a, issue := newIssuing(t)
	if err := a.apply(t, servertest.SiteID, "www.example.com"); err != nil {
		t.Fatal(err)
	}
	issue()
	if err := a.apply(t, servertest.SiteID, "blog.example.com"); err != nil {
		t.Fatal(err)
	}
	issued := a.do("GET", "/applications/30000478", "").Body.String()
	const usage = "/usage?account=1000000000000001&plan=standard&family=lets_encrypt"
	a.check(t, []expect{
		{"issued", "POST", "/applications/30000478/cancel", "", 409, "application 30000478 is Issued; only an application that is Applying can be canceled, so nothing was changed"},
		{"the issued one afterwards", "GET", "/applications/30000478", "", 200, issued},
		{"its quota", "GET", usage, "", 200, `"quota":2`},
		{"pending", "POST", "/applications/30000479/cancel", "", 200, `"status":"Canceled"`},
		{"the reason", "GET", "/applications/30000479", "", 200, `"problem":{"type":"urn:esacert:error:canceled","detail":"canceled by the operator","at":"20`},
		{"no authority refused it", "GET", "/applications/30000479", "", 200, `"attempts":0,"failures":0,`},
		{"the reason in the list", "GET", "/applications?status=Canceled", "", 200, `"detail":"canceled by the operator"`},
		{"quota afterwards", "GET", usage, "", 200, `"quota":1`},
		{"again", "POST", "/applications/30000479/cancel", "", 409, "application 30000479 is Canceled; only an application that is Applying"},
		{"what is not there", "POST", "/applications/1/cancel", "", 404, "no application 1 exists"},
	})
	issue()
	a.check(t, []expect{{"nothing is issued for it", "GET", "/applications/30000479/chain", "", 404, "it is Canceled"}})
}
