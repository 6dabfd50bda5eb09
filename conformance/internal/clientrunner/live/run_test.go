package live

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaerrors"
)

const requestID = "0A6F1D2C-7B1E-5C55-9A44-0242AC120002"

// perfect is a client that talks to a server in its head: it has the situation
// that it is put in, and makes the result and the journal's entry for it.
type correctClient struct {
	situation Case
	entry     Entry
	calls     []adapters.Request
	spoil     func(*adapters.Result, *Entry) // what is not perfect; nil for nothing
	err       error
}

func (p *correctClient) Call(_ context.Context, request adapters.Request) (adapters.Result, error) {
	p.calls = append(p.calls, request)
	first := p.situation.Setup != nil && len(p.calls)%2 == 1
	n := slices.IndexFunc(p.situation.Variants, func(w Variant) bool {
		return strings.Contains(request.ID, w.String())
	})
	p.entry = Entry{
		Method: request.Method, Scheme: p.situation.Variants[n].scheme(), SiteID: request.Parameters["SiteId"], Rule: "Accepted", Status: http.StatusOK,
	}
	result := adapters.Result{ID: request.ID, OK: true, Response: answerOf(p.situation.domains(n))}
	if refused := p.situation.Refused; refused != nil && !first {
		p.entry.Rule, p.entry.Status = refused.Key, refused.Status
		result = adapters.Result{ID: request.ID, Error: refusalOf(refused)}
	}
	if p.situation.Scenario {
		p.entry.Scenario = p.entry.Rule
	}
	if p.spoil != nil {
		p.spoil(&result, &p.entry)
	}
	return result, p.err
}

func answerOf(domains []string) *adapters.Response {
	items := []any{}
	for i, domain := range domains {
		items = append(items, map[string]any{"Domain": domain, "Id": strconv.Itoa(30000478 + i), "Status": "Applying"})
	}
	return &adapters.Response{
		Status:  http.StatusOK,
		Headers: map[string]string{"x-acs-request-id": requestID},
		Body: map[string]any{
			"RequestId": requestID, "SiteName": "example.com", "Result": items,
			"TotalCount": json.Number(strconv.Itoa(len(domains))),
		},
	}
}

func refusalOf(row *esaerrors.Error) *adapters.Error {
	refusal := &adapters.Error{
		Kind: adapters.KindService, Code: row.Code, Message: row.Message, Status: row.Status, RequestID: requestID,
	}
	switch row.Code {
	case "SignatureDoesNotMatch":
		refusal.Message += " server StringToSign is […]"
	case "NoPermission":
		refusal.Data = map[string]any{"AccessDeniedDetail": map[string]any{"AuthAction": "esa:ApplyCertificate"}}
	}
	return refusal
}

func (p *correctClient) target() Target {
	return Target{Endpoint: "http://h", Journal: func(_ context.Context, id string) ([]Entry, error) {
		if id != requestID {
			return nil, nil
		}
		return []Entry{p.entry}, nil
	}}
}

// judged runs a situation with a client that is not perfect, and returns the
// failures.
func judgeAll(t *testing.T, s Case, spoil func(*adapters.Result, *Entry)) []string {
	t.Helper()
	p := &correctClient{situation: s, spoil: spoil}
	matrix := NewMatrix("c")
	Run(t.Context(), Client{Name: "c", Adapter: p}, p.target(), []Case{s}, matrix)
	return matrix.Failures()
}

func TestPerfectClientPasses(t *testing.T) {
	t.Parallel()
	for _, s := range append(Cases(), BrokenStore(), WrongClock()) {
		if failures := judgeAll(t, s, nil); len(failures) > 0 {
			t.Errorf("%s: %s", s.Name, failures)
		}
	}
}

func TestSituationsHaveEveryRow(t *testing.T) {
	t.Parallel()
	all := append(Cases(), BrokenStore(), WrongClock())
	for _, row := range esaerrors.Rows() {
		for _, scenario := range []bool{true, false} {
			if !slices.ContainsFunc(all, func(s Case) bool { return s.Refused == row && s.Scenario == scenario }) {
				t.Errorf("no situation has %s with scenario = %v", row.Key, scenario)
			}
		}
	}
}

func TestSituationsDoNotShareNames(t *testing.T) {
	t.Parallel()
	takenBy := map[string]string{}
	for _, s := range Cases() {
		if slices.ContainsFunc(takenNames(s), func(name string) bool { return takenBy[name] != "" }) {
			t.Errorf("%s applies for names that another situation has applied for", s.Name)
		}
		for _, name := range takenNames(s) {
			takenBy[name] = s.Name
		}
	}
	if len(takenBy) < 50 {
		t.Errorf("only %d names are applied for", len(takenBy))
	}
}

// takenNames are the names that a situation gets applications for.
func takenNames(s Case) []string {
	var names []string
	for n := range s.Variants {
		names = append(names, s.domains(n)...)
	}
	if s.Setup != nil {
		names = append(names, s.Setup["Domains"])
	}
	return names
}

func TestWaysAreAllDifferent(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, way := range Variants() {
		names[way.String()] = true
	}
	if len(names) != 18 || !names["hmac-sha1 POST form bearer"] {
		t.Errorf("got %v", names)
	}
	if DefaultVariant().String() != "acs3 POST query key" {
		t.Errorf("plain is %s", DefaultVariant())
	}
}

func TestRunTellsWhatItCouldNotJudge(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	all := Cases()
	twice := all[slices.IndexFunc(all, func(s Case) bool { return s.Setup != nil })]
	for name, test := range map[string]struct {
		adapter correctClient
		journal func(context.Context, string) ([]Entry, error)
		want    string
	}{
		"adapter fails": {adapter: correctClient{err: broken}, want: "broken"},
		"journal fails": {journal: func(context.Context, string) ([]Entry, error) { return nil, broken }, want: "broken"},
		"journal empty": {journal: func(context.Context, string) ([]Entry, error) { return nil, nil }, want: "0 entries of request " + requestID},
		"first call refused": {adapter: correctClient{spoil: func(r *adapters.Result, _ *Entry) {
			*r = adapters.Result{Error: refusalOf(esaerrors.QuotaExceeded)}
		}}, want: "the call before it was not accepted: an error of kind service"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.adapter.situation = twice
			target := test.adapter.target()
			if test.journal != nil {
				target.Journal = test.journal
			}
			matrix := NewMatrix("c")
			Run(t.Context(), Client{Name: "c", Adapter: &test.adapter}, target, []Case{twice}, matrix)
			if failures := matrix.Failures(); len(failures) != 1 || !strings.Contains(failures[0], test.want) {
				t.Errorf("got %q, want %q", failures, test.want)
			}
		})
	}
}

func TestRunHoldsAClientToWhatItLacks(t *testing.T) {
	t.Parallel()
	s := BrokenStore()
	unsupported := func(r *adapters.Result, _ *Entry) {
		*r = adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported, Raw: "no form"}}
	}
	for name, test := range map[string]struct {
		lacks  string
		spoil  func(*adapters.Result, *Entry)
		err    error
		failed string
	}{
		"lacks it, as said":   {lacks: "no form", spoil: unsupported},
		"makes it after all":  {lacks: "no form", failed: "made a call that it is said to lack (no form)"},
		"lacks it, unknown":   {spoil: unsupported, failed: "got an error of kind unsupported"},
		"died when asked for": {lacks: "no form", err: errors.New("died"), failed: "died"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &correctClient{situation: s, spoil: test.spoil, err: test.err}
			client := Client{Name: "c", Adapter: p, Unsupported: func(adapters.Request) string { return test.lacks }}
			matrix := NewMatrix("c")
			Run(t.Context(), client, p.target(), []Case{s}, matrix)
			_, failed, lacking := matrix.Totals()
			if (failed == 1) != (test.failed != "") || (lacking == 1) != (test.failed == "") {
				t.Errorf("got %d failed, %d lacking", failed, lacking)
			}
			if test.failed != "" && !strings.Contains(matrix.Failures()[0], test.failed) {
				t.Errorf("got %q, want %q", matrix.Failures(), test.failed)
			}
		})
	}
}

func TestRunNumbersTheWays(t *testing.T) {
	t.Parallel()
	s := acceptedCases()[0]
	p := &correctClient{situation: s}
	Run(t.Context(), Client{Name: "c", Adapter: p}, p.target(), []Case{s}, NewMatrix("c"))
	if len(p.calls) != len(s.Variants) || p.calls[17].Parameters["Domains"] != "www-17.example.com" {
		t.Errorf("got %d calls, the last with %v", len(p.calls), p.calls[len(p.calls)-1].Parameters)
	}
}

func TestHTTPJournal(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := map[string]string{
			"A": `[{"number":7,"method":"GET","scheme":"HMAC-SHA1","site_id":"1","status":403,"rule":"QuotaExceeded","scenario":"QuotaExceeded"}]`,
			"B": `nonsense`,
		}[r.URL.Query().Get("request_id")]
		if r.URL.Path != "/journal" || text == "" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	ask := HTTPJournal(server.URL)
	got, err := ask(t.Context(), "A")
	want := Entry{Method: "GET", Scheme: "HMAC-SHA1", SiteID: "1", Status: 403, Rule: "QuotaExceeded", Scenario: "QuotaExceeded"}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for id, want := range map[string]string{"B": "invalid character", "C": "418"} {
		if _, err := ask(t.Context(), id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", id, err, want)
		}
	}
	for name, base := range map[string]string{"no server": "http://127.0.0.1:1", "no address": "::"} {
		if _, err := HTTPJournal(base)(t.Context(), "A"); err == nil || !strings.HasPrefix(err.Error(), "ask the journal: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
