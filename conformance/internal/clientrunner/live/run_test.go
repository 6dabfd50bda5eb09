package live

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

const requestID = "0A6F1D2C-7B1E-5C55-9A44-0242AC120002"

// correctClient is a client with its server: it returns the expected result of a case,
// and writes the journal entry.
type correctClient struct {
	c      Case
	entry  Entry
	calls  []adapters.Request
	change func(*adapters.Result, *Entry) // makes it incorrect; nil for no change
	panics bool
}

func (p *correctClient) call(_ context.Context, request adapters.Request) adapters.Result {
	p.calls = append(p.calls, request)
	if p.panics {
		panic("broken")
	}
	n := slices.IndexFunc(p.c.Variants, func(v Variant) bool { return strings.Contains(request.ID, v.String()) })
	p.entry = Entry{
		Method: request.Method, Scheme: p.c.Variants[n].scheme(), SiteID: request.Parameters["SiteId"], Rule: "Accepted", Status: http.StatusOK,
	}
	result := adapters.Result{Response: responseOf(p.c.domains(n))}
	if refused := p.c.Refused; refused != nil && !strings.HasSuffix(request.ID, " setup") {
		p.entry.Rule, p.entry.Status = refused.Key, refused.Status
		result = adapters.Result{Error: refusalOf(refused)}
	}
	if p.c.Scenario {
		p.entry.Scenario = p.entry.Rule
	}
	if p.change != nil {
		p.change(&result, &p.entry)
	}
	return result
}

func responseOf(domains []string) *adapters.Response {
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

func (p *correctClient) journal(_ context.Context, id string) ([]Entry, error) {
	if id != requestID {
		return nil, nil
	}
	return []Entry{p.entry}, nil
}

// run runs the case of the client. If journal is nil, the server has the client's.
func (p *correctClient) run(t *testing.T, unsupported func(adapters.Request) string, journal func(context.Context, string) ([]Entry, error)) suite.Result {
	t.Helper()
	if journal == nil {
		journal = p.journal
	}
	session, err := clientrunner.Open(t.Context(), clientrunner.Func("c", p.call), clientrunner.Options{Contract: contract(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	return Run(t.Context(), Client{Session: session, Unsupported: unsupported}, Target{Endpoint: "http://h", Journal: journal}, []Case{p.c})[0]
}

// readContract reads the contract only once, since that takes a while.
var readContract = sync.OnceValues(suite.ReadContract)

func contract(t *testing.T) *suite.Contract {
	t.Helper()
	contract, err := readContract()
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// judgeOne runs a case of one variant with a client that change makes incorrect.
func judgeOne(t *testing.T, c Case, change func(*adapters.Result, *Entry)) suite.Check {
	t.Helper()
	result := (&correctClient{c: c, change: change}).run(t, nil, nil)
	if len(result.Checks) != 1 || result.Verdict != result.Checks[0].Verdict {
		t.Fatalf("got %+v, want one check", result)
	}
	return result.Checks[0]
}

func allCases(t *testing.T) []Case {
	t.Helper()
	example, err := Example(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	return append(Cases(), example, BrokenStore(), WrongClock())
}

func TestCorrectClientPasses(t *testing.T) {
	t.Parallel()
	for _, c := range allCases(t) {
		result := (&correctClient{c: c}).run(t, nil, nil)
		want := len(c.Variants)
		if c.AnyVariant {
			want = 1
		}
		if result.Verdict != suite.Passed || len(result.Checks) != want {
			t.Errorf("%s: got %s, %d checks, want %d: %+v", c.ID, result.Verdict, len(result.Checks), want, result.Checks)
		}
	}
}

func TestCasesHaveEveryRow(t *testing.T) {
	t.Parallel()
	for _, row := range esaops.ApplyCertificate.Errors {
		for _, scenario := range []bool{true, false} {
			if !slices.ContainsFunc(allCases(t), func(c Case) bool { return c.Refused == row && c.Scenario == scenario }) {
				t.Errorf("no case expects %s with scenario = %v", row.Key, scenario)
			}
		}
	}
}

func TestCasesDoNotShareNames(t *testing.T) {
	t.Parallel()
	ids, usedBy := map[string]bool{}, map[string]string{}
	for _, c := range allCases(t) {
		if ids[c.ID] {
			t.Errorf("two cases have the ID %s", c.ID)
		}
		ids[c.ID] = true
		for _, name := range appliedNames(c) {
			if usedBy[name] != "" {
				t.Errorf("%s and %s both apply for %s", usedBy[name], c.ID, name)
			}
			usedBy[name] = c.ID
		}
	}
	if len(usedBy) < 50 {
		t.Errorf("only %d names are used", len(usedBy))
	}
}

// appliedNames returns the domains for which a case creates applications.
func appliedNames(c Case) []string {
	var names []string
	for n := range c.Variants {
		if n == 0 || !c.AnyVariant {
			names = append(names, c.domains(n)...)
		}
	}
	if c.Setup != nil {
		names = append(names, c.Setup["Domains"])
	}
	return names
}

// Example expects every field of the documented response except the domain and the
// request ID.
func TestExampleHasDocumentedFields(t *testing.T) {
	t.Parallel()
	example, err := Example(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	documented, err := contract(t).ExampleFields("documented")
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(example.Fields)
	want["RequestId"], want["Result.0.Domain"] = "", ""
	if got := slices.Sorted(maps.Keys(documented)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("the documented response has %v, want %v", got, want)
	}
	if got := slices.Sorted(maps.Keys(example.Parameters)); !slices.Equal(got, []string{"Domains", "SiteId", "Type"}) {
		t.Errorf("the documented request has %v", got)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, variant := range Variants() {
		names[variant.String()] = true
	}
	if len(names) != 18 || !names["hmac-sha1 POST form bearer"] {
		t.Errorf("got %v", names)
	}
	if DefaultVariant().String() != "acs3 POST query key" || DefaultVariant().Slug() != "acs3-post-query-key" {
		t.Errorf("the default is %s, %s", DefaultVariant(), DefaultVariant().Slug())
	}
}

func TestRunWithoutJudgment(t *testing.T) {
	t.Parallel()
	cases := Cases()
	twice := cases[slices.IndexFunc(cases, func(c Case) bool { return c.Setup != nil })]
	for name, test := range map[string]struct {
		client  correctClient
		journal func(context.Context, string) ([]Entry, error)
		verdict suite.Verdict
		want    string
	}{
		"adapter fails": {client: correctClient{panics: true}, verdict: suite.Errored, want: "broken"},
		"journal fails": {
			journal: func(context.Context, string) ([]Entry, error) { return nil, errors.New("broken") },
			verdict: suite.Failed, want: "broken",
		},
		"journal empty": {
			journal: func(context.Context, string) ([]Entry, error) { return nil, nil },
			verdict: suite.Failed, want: "0 entries of request " + requestID,
		},
		"setup refused": {client: correctClient{change: func(r *adapters.Result, _ *Entry) {
			*r = adapters.Result{Error: refusalOf(esaerrors.QuotaExceeded)}
		}}, verdict: suite.Failed, want: "the setup call was not accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.client.c = twice
			result := test.client.run(t, nil, test.journal)
			if len(result.Checks) != 1 || result.Verdict != test.verdict || !strings.Contains(result.Checks[0].Reason, test.want) {
				t.Errorf("got %+v, want %s: %s", result, test.verdict, test.want)
			}
		})
	}
}

// unsupportedResult is the result of a client that cannot make the call.
func unsupportedResult(r *adapters.Result, _ *Entry) {
	*r = adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported, Raw: "no form"}}
}

func TestRunUnsupported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reason  string // why the client cannot make the call, as declared
		client  correctClient
		verdict suite.Verdict
		want    string
	}{
		"declared":            {"no form", correctClient{change: unsupportedResult}, suite.Unsupported, "no form"},
		"declared, but makes": {"no form", correctClient{}, suite.Failed, "made a call that it does not support (no form)"},
		"not declared":        {"", correctClient{change: unsupportedResult}, suite.Failed, `kind: got "unsupported"`},
		"declared and died":   {"no form", correctClient{panics: true}, suite.Errored, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.client.c = BrokenStore()
			result := test.client.run(t, func(adapters.Request) string { return test.reason }, nil)
			if result.Verdict != test.verdict || !strings.Contains(result.Checks[0].Reason, test.want) {
				t.Errorf("got %+v, want %s: %s", result, test.verdict, test.want)
			}
			if result.Verdict == suite.Unsupported && result.Reason != test.reason {
				t.Errorf("got the reason %q, want %q", result.Reason, test.reason)
			}
		})
	}
}

// A case with alternatives runs in the first supported variant only.
func TestRunAnyVariant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		unsupported []string // signature schemes
		want        Variant
		verdict     suite.Verdict
	}{
		"all":      {want: DefaultVariant(), verdict: suite.Passed},
		"RPC only": {unsupported: []string{adapters.SignatureACS3}, want: DefaultRPCVariant(), verdict: suite.Passed},
		"none": {
			unsupported: []string{adapters.SignatureACS3, adapters.SignatureHMACSHA1}, want: DefaultVariant(), verdict: suite.Unsupported,
		},
		"no RPC": {unsupported: []string{adapters.SignatureHMACSHA1}, want: DefaultVariant(), verdict: suite.Passed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := &correctClient{c: BrokenStore()}
			if test.verdict == suite.Unsupported {
				client.change = unsupportedResult
			}
			result := client.run(t, func(r adapters.Request) string {
				if slices.Contains(test.unsupported, r.Signature) {
					return "no such signature"
				}
				return ""
			}, nil)
			if result.Verdict != test.verdict || len(result.Checks) != 1 {
				t.Errorf("got %+v", result)
			}
			if len(client.calls) != 1 || client.calls[0].Signature != test.want.Signature {
				t.Errorf("got the calls %+v", client.calls)
			}
		})
	}
}

func TestRunNumbersVariants(t *testing.T) {
	t.Parallel()
	client := &correctClient{c: acceptedCases()[0]}
	client.run(t, nil, nil)
	if len(client.calls) != 18 || client.calls[17].Parameters["Domains"] != "www-17.example.com" {
		t.Errorf("got %d calls, the last with %v", len(client.calls), client.calls[len(client.calls)-1].Parameters)
	}
}

// A report does not show the secrets of a call.
func TestRunRedacts(t *testing.T) {
	t.Parallel()
	c := BrokenStore()
	c.Variants = []Variant{DefaultVariant().WithCaller(callers()[1])}
	check := judgeOne(t, c, func(r *adapters.Result, _ *Entry) {
		*r = adapters.Result{Error: &adapters.Error{Kind: adapters.KindConnection, Raw: "GET http://h/?SecurityToken=sts-token-example"}}
	})
	if check.Verdict != suite.Failed || !strings.Contains(check.Got, "[secret]") || strings.Contains(check.Got+check.Reason, "sts-token-example") {
		t.Errorf("got %+v", check)
	}
}
