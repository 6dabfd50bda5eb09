package suite_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/suite"
)

const goodCase = `- id: group/name
  why: because it is so
  evidence: gateway
  level: must
  violates: SiteNotFound
  server:
    steps:
      - request: {parameters: [SiteId: "1", Domains: "${unique}.${site.active.name}", Domains: ""], clock_offset: -16m}
        responses: [{row: SiteNotFound}]
`

func load(input string) ([]suite.Case, error) {
	return suite.Load(fstest.MapFS{"a.yaml": {Data: []byte(input)}})
}

func TestLoad(t *testing.T) {
	t.Parallel()
	list, err := suite.Load(fstest.MapFS{
		"b.yaml":       {Data: []byte(strings.Replace(goodCase, "group/name", "b/1", 1))},
		"a.yaml":       {Data: []byte("# first\n" + goodCase + strings.Replace(goodCase, "group/name", "group/second", 1))},
		"targets.yaml": {Data: []byte("keys: {}")},
		"notes.txt":    {Data: []byte("- not YAML: [")},
		"empty.yaml":   {Data: []byte("# nothing yet\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	if got := strings.Join(ids, " "); got != "group/name group/second b/1" {
		t.Errorf("got cases %s", got)
	}
	request := list[0].Server.Steps[0].Request
	if len(request.Parameters) != 3 || request.Parameters[1].Name != "Domains" || request.Parameters[2].Value != "" {
		t.Errorf("got parameters %v", request.Parameters)
	}
	if request.ClockOffset.String() != "-16m0s" {
		t.Errorf("got clock_offset %v", request.ClockOffset)
	}
	if got := strings.Join(list[0].Server.Needs, " "); got != "keys.account sites.active" {
		t.Errorf("got needs %s", got)
	}
}

// The error lists all problems with their positions.
func TestLoadReportsAllProblems(t *testing.T) {
	t.Parallel()
	_, err := suite.Load(fstest.MapFS{
		"a.yaml": {Data: []byte(goodCase + `
- id: group/name
  why: because it is so
  evidence: rumour
  level: must
  client: {call: {parameters: []}, script: [{row: SiteNotFound}], outcomes: [{ok: true}]}
- id: group/unknown
  color: blue
`)},
		"b.yaml": {Data: []byte("id: alone\n")},
		"c.yaml": {Data: []byte("- [\n")},
		"d.yaml": {Data: []byte("- id: x\n---\n- id: y\n")},
		"e.yaml": {Data: []byte("\xff")},
	})
	var problems suite.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got a %T: %v", err, err)
	}
	for _, want := range []string{
		"a.yaml:11:3: case group/name: duplicate ID, first used at a.yaml:1",
		"a.yaml:11:3: case group/name: evidence is \"rumour\", want one of documented, gateway, observed, inferred",
		"a.yaml:17:3: unknown field \"color\"",
		"b.yaml:1:1: want a list of cases",
		"c.yaml:1:3: ",
		"d.yaml:3:1: unexpected second document",
		"e.yaml: not valid UTF-8",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
}

func TestLoadWithoutCases(t *testing.T) {
	t.Parallel()
	if _, err := suite.Load(fstest.MapFS{}); err == nil {
		t.Error("a file system without cases is accepted")
	}
	if _, err := suite.Load(unreadable{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

// unreadable is a file system with a file that cannot be read.
type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func (unreadable) Glob(string) ([]string, error) { return []string{"a.yaml"}, nil }

// Each invalid case differs from a valid one in one place.
func TestCheck(t *testing.T) {
	t.Parallel()
	client := func(input string) string {
		return "- {id: a/b, why: because it is, evidence: gateway, level: must, client: {" + input + "}}"
	}
	server := func(request, rest string) string {
		return "- {id: a/b, why: because it is, evidence: gateway, level: must, violates: SiteNotFound, server: {steps: [{request: {" +
			request + "}, responses: [{row: SiteNotFound}]}]" + rest + "}}"
	}
	responses := func(input, violates string) string {
		return "- {id: a/b, why: because it is, evidence: gateway, level: must, " + violates + " server: {writes: true, steps: [{request: {}, responses: " + input + "}]}}"
	}
	script, outcome := "script: [{row: SiteNotFound}]", "outcomes: [{ok: true}]"
	for _, tc := range []struct{ name, input, want string }{
		{"id", strings.Replace(goodCase, "group/name", "name", 1), `id "name" is not a path`},
		{"id with a space", strings.Replace(goodCase, "group/name", "group/na me", 1), "is not a path"},
		{"why", strings.Replace(goodCase, "because it is so", "because", 1), "why is missing"},
		{"level", strings.Replace(goodCase, "must", "shall", 1), `level is "shall"`},
		{"no side", "- {id: a/b, why: because it is, evidence: gateway, level: must}", "neither server nor client is set"},
		{"violates missing", strings.Replace(goodCase, "  violates: SiteNotFound\n", "", 1), "violates is missing; want SiteNotFound"},
		{"violates another", strings.Replace(goodCase, "violates: SiteNotFound", "violates: QuotaExceeded", 1), "violates is QuotaExceeded, and SiteNotFound is expected"},
		{"violates without a rejection", responses("[{status: 200}]", "violates: SiteNotFound,"), "no rejection is expected"},
		{"unknown row", strings.Replace(goodCase, "row: SiteNotFound", "row: SiteLost", 1), `no error with the key "SiteLost"`},
		{"unknown need", server("", ", needs: [sites.moon]"), `needs: unknown need "sites.moon"`},
		{"unknown key", server("key: janitor", ""), `key is "janitor"`},
		{"unknown scheme", server("scheme: sm3", ""), `scheme is "sm3"`},
		{"unknown placement", server("placement: cookie", ""), `placement is "cookie"`},
		{"unknown placeholder", server("path: '/${site.active}'", ""), "placeholder ${site.active}: unknown form"},
		{"placeholder of an unknown site", server("path: '/${site.moon.id}'", ""), "no site moon"},
		{"form with PUT", server("method: PUT, placement: form", ""), "method PUT cannot send a form"},
		{"two queries", server("raw_query: a, parameters: [a: b]", ""), "both are set"},
		{"body and form", server("body: x, placement: form, parameters: [a: b]", ""), "both are set"},
		{"replay first", server("replay: true", ""), "the first step cannot refer to a previous one"},
		{"signed headers of rpc", server("scheme: rpc, signed: [host]", ""), "signed requires scheme acs3"},
		{"unknown stage", server("sign: [envelope: upper]", ""), `sign is "envelope"`},
		{"canonical request of rpc", server("scheme: rpc, sign: [canonical_request: upper]", ""), "canonical_request requires scheme acs3"},
		{"bad edit", server("sign: [signature: 'a( -> b']", ""), "missing closing )"},
		{"no change", server("tamper: [{}]", ""), "0 fields are set"},
		{"two changes", server("tamper: [{drop_header: a, method: GET}]", ""), "2 fields are set"},
		{"bad replacement", server("tamper: [{replace: {query: a}}]", ""), "want old -> new"},
		{"replacement elsewhere", server("tamper: [{replace: {cookie: a -> b}}]", ""), `replace is "cookie"`},
		{"no steps", "- {id: a/b, why: because it is, evidence: gateway, level: must, server: {steps: []}}", "steps is missing"},
		{"no responses", responses("[]", ""), "responses is missing"},
		{"empty response", responses("[{}]", ""), "would match every response"},
		{"row and status", responses("[{row: SiteNotFound, status: 400}]", "violates: SiteNotFound,"), "row excludes"},
		{"accepted without names", responses("[{accepted: {site_name: a, domains: []}}]", ""), "accepted requires site_name and domains"},
		{"bad pattern", responses("[{headers: {a: '('}}]", ""), "missing closing )"},
		{"writes missing", strings.Replace(responses("[{accepted: {site_name: a, domains: [b]}}]", ""), "writes: true, ", "", 1), "set writes"},
		{"concurrent one", strings.Replace(responses("[{status: 200}]", ""), "request: {}", "request: {}, concurrent: 1", 1), "concurrent must be at least 2"},
		{"concurrent with one response", strings.Replace(responses("[{status: 200}]", ""), "request: {}", "request: {}, concurrent: 9", 1), "concurrent requires two responses"},
		{"unknown operation", server("operation: CreateSite", ""), `request.operation: the contract has no operation "CreateSite"`},
		{"query of a form", server("operation: SetCertificate, raw_query: a", ""), "raw_query requires placement query"},
		{"uncaptured field", server("path: '/${captured.id}'", ""), "no earlier step captures id"},
		{"captured by the same step", strings.Replace(responses("[{status: 200, fields: {a: '${captured.id}'}}]", ""), "request: {}", "request: {}, capture: {id: a}", 1), "no earlier step captures id"},
		{"name of a captured field", strings.Replace(responses("[{status: 200}]", ""), "request: {}", "request: {}, capture: {My-ID: a}", 1), `"My-ID" is not a name`},
		{"captured concurrently", strings.Replace(responses("[{status: 200}, {status: 400}]", ""), "request: {}", "request: {}, concurrent: 2, capture: {id: a}", 1), "concurrent excludes capture"},
		{"writes missing for a deletion", strings.NewReplacer("writes: true, ", "", "request: {}", "request: {operation: DeleteCertificate}").Replace(responses("[{status: 200}]", "")), "set writes"},
		{"unknown kind of certificate", server("body: '${certificate.odd.active}'", ""), "unknown kind of certificate"},
		{"call of an unknown operation", client("call: {operation: CreateSite, parameters: []}, " + script + ", " + outcome), `client.call.operation: the contract has no operation "CreateSite"`},
		{"no outcomes", client("call: {parameters: []}, " + script + ", outcomes: []"), "outcomes is missing"},
		{"no script", client("call: {parameters: []}, " + outcome), "script is missing"},
		{"script without request", client("no_request: true, call: {parameters: []}, " + script + ", " + outcome), "no_request excludes"},
		{"attempts", client("min_attempts: 3, max_attempts: 2, call: {parameters: []}, " + script + ", " + outcome), "min_attempts 3 is greater than"},
		{"unknown signature", client("call: {parameters: [], signature: sm3}, " + script + ", " + outcome), `signature is "sm3"`},
		{"form with GET", client("call: {parameters: [], method: GET, placement: form}, " + script + ", " + outcome), "placement form requires method POST"},
		{"parameter twice", client("call: {parameters: [a: b, a: c]}, " + script + ", " + outcome), "parameter a is duplicated"},
		{"reply of two kinds", client("call: {parameters: []}, script: [{row: SiteNotFound, reset: true}], " + outcome), "exactly one of row, example, status, reset"},
		{"body without status", client("call: {parameters: []}, script: [{row: SiteNotFound, body: x}], " + outcome), "body requires status"},
		{"ok and failed", client("call: {parameters: []}, " + script + ", outcomes: [{ok: true, kind: response}]"), "both ok and a failure are set"},
		{"neither", client("call: {parameters: []}, " + script + ", outcomes: [{status: 200}]"), "neither ok nor a failure is set"},
		{"unknown kind", client("call: {parameters: []}, " + script + ", outcomes: [{kind: bad luck}]"), `kind is "bad luck"`},
		{"fields of a failure", client("call: {parameters: []}, " + script + ", outcomes: [{kind: response, fields: {a: b}}]"), "fields requires ok"},
		{"parameter of two pairs", server("parameters: [{a: b, c: d}]", ""), "want one pair"},
		{"parameter of a list", server("parameters: [a: [b]]", ""), "must be a scalar"},
		{"duration", server("clock_offset: soon", ""), `invalid duration "soon"`},
		{"duration of a list", server("clock_offset: [1]", ""), "want a duration"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(tc.input)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "a.yaml:1:") {
				t.Errorf("got %v, want a.yaml:1:…%s", err, tc.want)
			}
		})
	}
}

// A step that only reads does not write, and its response can be captured.
func TestReadsDoNotWrite(t *testing.T) {
	t.Parallel()
	list, err := load("- {id: a/b, why: because it is, evidence: gateway, level: must, server: {steps: [" +
		"{request: {operation: ListSites}, responses: [{status: 200}], capture: {total: TotalCount}}, " +
		"{request: {operation: ListSites}, responses: [{status: 200, fields: {TotalCount: '${captured.total}'}}]}]}}")
	if err != nil {
		t.Fatal(err)
	}
	if got := list[0].Server.Needs; !slices.Equal(got, []string{"keys.account"}) {
		t.Errorf("got needs %q", got)
	}
}

// Load accepts an input again, and all cases that it returns are valid.
func FuzzLoad(f *testing.F) {
	f.Add(goodCase)
	f.Add("- {id: a/b, why: because it is, evidence: gateway, level: must, client: {call: {parameters: []}, no_request: true, outcomes: [{kind: input}]}}")
	names, err := fs.Glob(cases.FS(), "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(cases.FS(), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data[:min(len(data), 3000)])) // enough for every construct
	}
	f.Fuzz(func(t *testing.T, input string) {
		first, err := load(input)
		var problems suite.Problems
		if err != nil {
			if !errors.As(err, &problems) || len(problems) == 0 || err.Error() == "" {
				t.Fatalf("an error without a problem: %#v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, c := range first {
			if seen[c.ID] || c.Server == nil && c.Client == nil || c.Why == "" {
				t.Fatalf("accepted: %+v", c)
			}
			seen[c.ID] = true
		}
		second, err := load(input)
		if err != nil || len(second) != len(first) {
			t.Fatalf("accepted, then %v", err)
		}
	})
}

// The deprecated kind "answer" is read as "response".
func TestLoadAcceptsDeprecatedKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"response", "answer"} {
		input := "- {id: a/b, why: because it is, evidence: gateway, level: must, client: {call: {parameters: []}, script: [{row: SiteNotFound}], outcomes: [{kind: " + kind + "}]}}"
		loaded, err := suite.Load(fstest.MapFS{"a.yaml": {Data: []byte(input)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := loaded[0].Client.Outcomes[0].Kind; got != "response" {
			t.Errorf("kind %q: got %q, want response", kind, got)
		}
	}
}

// Deprecated keys are read as their current spelling. Both spellings in one mapping
// are an error.
func TestLoadAcceptsDeprecatedKeys(t *testing.T) {
	t.Parallel()
	const current = `- {id: a/b, why: because it is, evidence: gateway, violates: SiteNotFound,
    server: {steps: [
      {request: {clock_offset: -16m, tamper: [{drop_header: a}]}, responses: [{status: 400, message_contains: [a]}]},
      {request: {replay: true}, responses: [{status: 200}]},
      {request: {reuse_nonce: true, headers: [{source: spoil}]}, responses: [{row: SiteNotFound}]}]},
    client: {call: {parameters: [{wait: breaks}]}, script: [{row: SiteNotFound}], max_attempts: 2, min_retry_delay: 1s,
      outcomes: [{row: SiteNotFound}]}}
`
	deprecated := strings.NewReplacer("evidence:", "source:", "violates:", "breaks:", "clock_offset:", "clock_off:", "tamper:", "spoil:",
		"responses:", "answers:", "message_contains:", "message_has:", "replay:", "resend:", "reuse_nonce:", "same_nonce:",
		"min_retry_delay:", "wait:").Replace(current)
	want, err := load(current)
	if err != nil {
		t.Fatal(err)
	}
	got, err := load(deprecated)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deprecated keys (-current +deprecated):\n%s", diff)
	}
	_, err = load(strings.Replace(current, "evidence: gateway", "evidence: gateway, source: gateway", 1))
	if err == nil || !strings.Contains(err.Error(), "source is the deprecated spelling of evidence; both are set") {
		t.Errorf("both spellings: got %v", err)
	}
}
