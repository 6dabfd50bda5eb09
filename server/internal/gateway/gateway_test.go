package gateway_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/conns"
	"github.com/esacert/esacert/server/internal/gateway"
	"github.com/esacert/esacert/server/internal/journal"
	"github.com/esacert/esacert/server/internal/metrics"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/ram"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/internal/scenario"
)

// directory has two access keys of an account: "key" may do everything, "denied"
// nothing.
type directory struct{}

func (directory) AccessKey(id string) (*auth.AccessKey, bool) {
	principal := &auth.Principal{Kind: auth.KindAccount, Account: "1"}
	if id == "key" {
		principal.Policies = ram.Root()
	}
	return &auth.AccessKey{ID: id, Secret: "secret", Principal: principal}, true
}

func (directory) BearerToken(string) (*auth.BearerToken, bool) { return nil, false }
func (directory) SecurityToken(string) bool                    { return false }
func (directory) Peers(string) auth.Peers                      { return auth.Peers{Accounts: 1, Keys: 1} }
func (directory) Scenario(_ *esaops.Operation, site int64) (*esaerrors.Error, bool) {
	return esaerrors.QuotaExceeded, site == 400
}

// rules records a request and returns err, or accepts one name.
type rules struct {
	gateway.Operations // the other operations are not called

	call operations.Call
	got  esaapi.ApplyCertificateParams
	err  error
}

func (o *rules) ApplyCertificate(call *operations.Call, in esaapi.ApplyCertificateParams) (*esaapi.ApplyCertificateResponseBody, error) {
	o.call, o.got = *call, in
	if o.err != nil {
		return nil, o.err
	}
	call.NonceStored, call.Domains, call.IDs = true, []string{in.Domains}, []int64{7}
	return &esaapi.ApplyCertificateResponseBody{
		SiteName: "example.com", TotalCount: 1, RequestID: call.RequestID,
		Result: []esaapi.CertificateApplication{{Domain: in.Domains, Status: "Applying", ID: "7"}},
	}, nil
}

type fixture struct {
	gateway *gateway.Gateway
	rules   rules
	journal *journal.Journal
	queue   scenario.Queue
	now     time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{journal: journal.New(10), now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	cache, clock, logger := auth.NewNonces(10), func() time.Time { return f.now }, slog.New(slog.DiscardHandler)
	var err error
	f.gateway, err = gateway.New(gateway.Options{
		Authenticator: auth.New(cache), Nonces: auth.NewDurableNonces(cache, nil, clock, logger), Clock: clock,
		NewIDs:    func() gateway.IDs { return gateway.IDs{RequestID: "ID", Trace: "trace"} },
		Scenarios: &f.queue, Journal: f.journal, Metrics: metrics.New(), Logger: logger,
	}, gateway.Settings{
		Directory: directory{}, Operations: &f.rules, Region: "cn-hangzhou", HostID: "host",
		Limits: gateway.Limits{URL: 200, Header: 2000, HeaderFields: 20, Body: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// send signs and sends a request.
func (f *fixture) send(t *testing.T, key, nonce, query, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://host/?"+query, strings.NewReader(body))
	r.Header.Set("X-Acs-Action", esaops.ApplyCertificate.Action)
	r.Header.Set("X-Acs-Version", esaapi.Version)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if err := signature.SignACS3(r, []byte(body), signature.Key{ID: key, Secret: "secret"}, f.now, nonce); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	f.gateway.ServeHTTP(w, r)
	return w
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := f.send(t, "key", "nonce", "SiteId=5&Type=lets_encrypt", `{"Domains": "www.example.com", "AlgType": "ECC"}`)
	var body esaapi.ApplyCertificateResponseBody
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusOK || body.Result[0].ID != "7" || body.RequestID != "ID" {
		t.Fatalf("%d %s (%v)", w.Code, w.Body, err)
	}
	got := f.rules.got
	call := f.rules.call
	if call.Account != "1" || got.SiteID != 5 || got.Domains != "www.example.com" || *got.Type != "lets_encrypt" || *got.AlgType != "ECC" ||
		call.RequestID != "ID" || !call.At.Equal(f.now) || call.Nonce.AccessKeyID != "key" {
		t.Errorf("the rules got %+v", got)
	}
}

// Each stage rejects a request that breaks its rule and that of the next stages.
func TestStages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.rules.err = refusal.New(esaerrors.SiteNotFound, "no site")
	reject := func(key, nonce, query, body string, want *esaerrors.Error) {
		t.Helper()
		w := f.send(t, key, nonce, query, body)
		var got esaapi.Error
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != want.Status || got.Code != want.Code || got.RequestID != "ID" {
			t.Errorf("got %d %s (%v), want %s", w.Code, w.Body, err, want.Key)
		}
		if last := f.journal.Entries(journal.Query{Limit: 1}); last[0].Rule != want.Key {
			t.Errorf("the journal has the rule %s, want %s", last[0].Rule, want.Key)
		}
	}
	reject("key", "used", "SiteId=5&Domains=a.example.com", "", esaerrors.SiteNotFound)
	reject("key", "used", "SiteId="+strings.Repeat("5", 300), strings.Repeat(" ", 200), esaerrors.RequestURITooLong)
	reject("key", "used", "SiteId=x", strings.Repeat(" ", 200), esaerrors.RequestEntityTooLarge)
	reject("key", "used", "SiteId=x", "{", esaerrors.SignatureNonceUsed)
	reject("key", "1", "SiteId=x&Format=XML", "{", esaerrors.InvalidParameter)
	reject("key", "2", "SiteId=400&Format=XML", "", esaerrors.InvalidParameterFormat)
	if err := f.queue.Push(scenario.Scenario{Response: esaerrors.Throttling}); err != nil {
		t.Fatal(err)
	}
	reject("key", "3", "SiteId=400", "", esaerrors.Throttling)
	reject("key", "4", "SiteId=400", "", esaerrors.QuotaExceeded)
	reject("denied", "5", "SiteId=5", "", esaerrors.NoPermission)
	reject("key", "6", "SiteId=5", "", esaerrors.MissingDomains)
	f.rules.err = errors.New("disk full")
	reject("key", "7", "SiteId=5&Domains=a.example.com", "", esaerrors.InternalException)
}

func TestRespondMalformed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	response, err := f.gateway.RespondMalformed(conns.TargetTooLong, "192.0.2.1:1", gateway.Limits{URL: 200})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(response); !strings.HasPrefix(got, "HTTP/1.1 414 ") || !strings.Contains(got, `"RequestId":"ID"`) {
		t.Errorf("got %s", got)
	}
	if entries := f.journal.Entries(journal.Query{}); len(entries) != 1 || entries[0].Rule != esaerrors.RequestURITooLong.Key || entries[0].Remote != "192.0.2.1:1" {
		t.Errorf("the journal has %+v", entries)
	}
}

func TestMissingOptions(t *testing.T) {
	t.Parallel()
	if _, err := gateway.New(gateway.Options{}, gateway.Settings{}); err == nil {
		t.Error("New accepts no options")
	}
}
