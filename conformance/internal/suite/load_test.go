package suite_test

import (
	"errors"
	"io/fs"
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

func load(text string) ([]suite.Case, error) {
	return suite.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
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
		t.Errorf("cases are %s", got)
	}
	request := list[0].Server.Steps[0].Request
	if len(request.Parameters) != 3 || request.Parameters[1].Name != "Domains" || request.Parameters[2].Value != "" {
		t.Errorf("parameters are %v", request.Parameters)
	}
	if request.ClockOffset.String() != "-16m0s" {
		t.Errorf("clock_off is %v", request.ClockOffset)
	}
	if got := strings.Join(list[0].Server.Needs, " "); got != "keys.account sites.active" {
		t.Errorf("needs are %s", got)
	}
}

// Everything that is wrong is told at once, each with its place.
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
  colour: blue
`)},
		"b.yaml": {Data: []byte("id: alone\n")},
		"c.yaml": {Data: []byte("- [\n")},
		"d.yaml": {Data: []byte("- id: x\n---\n- id: y\n")},
		"e.yaml": {Data: []byte("\xff")},
	})
	var problems suite.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%v is a %T", err, err)
	}
	for _, want := range []string{
		"a.yaml:11:3: case group/name: the id is used before, at a.yaml:1",
		"a.yaml:11:3: case group/name: evidence is \"rumour\"; it is one of documented, gateway, observed, inferred",
		"a.yaml:17:3: unknown field \"colour\"",
		"b.yaml:1:1: the file must be a list of cases",
		"c.yaml:1:3: ",
		"d.yaml:3:1: a second document",
		"e.yaml: the file is not valid UTF-8",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among\n%v", want, err)
		}
	}
}

func TestLoadWithoutCases(t *testing.T) {
	t.Parallel()
	if _, err := suite.Load(fstest.MapFS{}); err == nil {
		t.Error("no case at all is taken")
	}
	if _, err := suite.Load(unreadable{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

// unreadable has a file that cannot be read.
type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func (unreadable) Glob(string) ([]string, error) { return []string{"a.yaml"}, nil }

// What is wrong inside one case, each by one change of a good one.
func TestCheck(t *testing.T) {
	t.Parallel()
	client := func(text string) string {
		return "- {id: a/b, why: because it is, evidence: gateway, level: must, client: {" + text + "}}"
	}
	server := func(request, rest string) string {
		return "- {id: a/b, why: because it is, evidence: gateway, level: must, violates: SiteNotFound, server: {steps: [{request: {" +
			request + "}, responses: [{row: SiteNotFound}]}]" + rest + "}}"
	}
	answers := func(text, breaks string) string {
		return "- {id: a/b, why: because it is, evidence: gateway, level: must, " + breaks + " server: {writes: true, steps: [{request: {}, responses: " + text + "}]}}"
	}
	script, outcome := "script: [{row: SiteNotFound}]", "outcomes: [{ok: true}]"
	for _, tc := range []struct{ name, text, want string }{
		{"id", strings.Replace(goodCase, "group/name", "name", 1), `id "name" is not a path`},
		{"id with a blank", strings.Replace(goodCase, "group/name", "group/na me", 1), "is not a path"},
		{"why", strings.Replace(goodCase, "because it is so", "because", 1), "why is missing"},
		{"level", strings.Replace(goodCase, "must", "shall", 1), `level is "shall"`},
		{"no side", "- {id: a/b, why: because it is, evidence: gateway, level: must}", "neither a server nor a client"},
		{"breaks missing", strings.Replace(goodCase, "  violates: SiteNotFound\n", "", 1), "does not say which rule it breaks (violates: SiteNotFound)"},
		{"breaks another", strings.Replace(goodCase, "violates: SiteNotFound", "violates: QuotaExceeded", 1), "it breaks QuotaExceeded, and expects SiteNotFound"},
		{"breaks nothing", answers("[{status: 200}]", "violates: SiteNotFound,"), "expects no refusal"},
		{"unknown row", strings.Replace(goodCase, "row: SiteNotFound", "row: SiteLost", 1), `no error with the key "SiteLost"`},
		{"unknown need", server("", ", needs: [sites.moon]"), `needs: "sites.moon"`},
		{"unknown key", server("key: janitor", ""), `key is "janitor"`},
		{"unknown scheme", server("scheme: sm3", ""), `scheme is "sm3"`},
		{"unknown placement", server("placement: cookie", ""), `placement is "cookie"`},
		{"unknown placeholder", server("path: '/${site.active}'", ""), "placeholder ${site.active}: there is none of this form"},
		{"placeholder of an unknown site", server("path: '/${site.moon.id}'", ""), "no site moon"},
		{"form with PUT", server("method: PUT, placement: form", ""), "PUT has no form"},
		{"two queries", server("raw_query: a, parameters: [a: b]", ""), "it has both"},
		{"body and form", server("body: x, placement: form, parameters: [a: b]", ""), "it has both"},
		{"resend first", server("replay: true", ""), "there is no step before"},
		{"signed headers of rpc", server("scheme: rpc, signed: [host]", ""), "only acs3 has signed headers"},
		{"unknown stage", server("sign: [envelope: upper]", ""), `sign is "envelope"`},
		{"canonical request of rpc", server("scheme: rpc, sign: [canonical_request: upper]", ""), "only acs3 has a canonical request"},
		{"bad edit", server("sign: [signature: 'a( -> b']", ""), "missing closing )"},
		{"no verb", server("tamper: [{}]", ""), "it has 0 verbs"},
		{"two verbs", server("tamper: [{drop_header: a, method: GET}]", ""), "it has 2 verbs"},
		{"bad replacement", server("tamper: [{replace: {query: a}}]", ""), "is not of the form old -> new"},
		{"replacement elsewhere", server("tamper: [{replace: {cookie: a -> b}}]", ""), `replace is "cookie"`},
		{"no steps", "- {id: a/b, why: because it is, evidence: gateway, level: must, server: {steps: []}}", "steps are missing"},
		{"no answers", answers("[]", ""), "responses are missing"},
		{"empty answer", answers("[{}]", ""), "would take anything"},
		{"row and status", answers("[{row: SiteNotFound, status: 400}]", "violates: SiteNotFound,"), "it stands alone"},
		{"accepted without names", answers("[{accepted: {site_name: a, domains: []}}]", ""), "accepted has a site_name and domains"},
		{"bad pattern", answers("[{headers: {a: '('}}]", ""), "missing closing )"},
		{"writes not said", strings.Replace(answers("[{accepted: {site_name: a, domains: [b]}}]", ""), "writes: true, ", "", 1), "writes must be true"},
		{"concurrent one", strings.Replace(answers("[{status: 200}]", ""), "request: {}", "request: {}, concurrent: 1", 1), "concurrent is 2 or more"},
		{"concurrent with one answer", strings.Replace(answers("[{status: 200}]", ""), "request: {}", "request: {}, concurrent: 9", 1), "there are two responses"},
		{"no outcomes", client("call: {parameters: []}, " + script + ", outcomes: []"), "outcomes are missing"},
		{"no script", client("call: {parameters: []}, " + outcome), "the script is missing"},
		{"script without request", client("no_request: true, call: {parameters: []}, " + script + ", " + outcome), "neither a script nor"},
		{"attempts", client("min_attempts: 3, max_attempts: 2, call: {parameters: []}, " + script + ", " + outcome), "min_attempts 3 is more than"},
		{"unknown signature", client("call: {parameters: [], signature: sm3}, " + script + ", " + outcome), `signature is "sm3"`},
		{"form with GET", client("call: {parameters: [], method: GET, placement: form}, " + script + ", " + outcome), "a form goes with POST"},
		{"parameter twice", client("call: {parameters: [a: b, a: c]}, " + script + ", " + outcome), "parameter a comes twice"},
		{"reply of two kinds", client("call: {parameters: []}, script: [{row: SiteNotFound, reset: true}], " + outcome), "exactly one of row, example, status, reset"},
		{"body without status", client("call: {parameters: []}, script: [{row: SiteNotFound, body: x}], " + outcome), "a body goes with a status"},
		{"ok and failed", client("call: {parameters: []}, " + script + ", outcomes: [{ok: true, kind: response}]"), "ok and a failure at once"},
		{"neither", client("call: {parameters: []}, " + script + ", outcomes: [{status: 200}]"), "neither ok nor what kind"},
		{"unknown kind", client("call: {parameters: []}, " + script + ", outcomes: [{kind: bad luck}]"), `kind is "bad luck"`},
		{"fields of a failure", client("call: {parameters: []}, " + script + ", outcomes: [{kind: response, fields: {a: b}}]"), "so ok must be true"},
		{"parameter of two pairs", server("parameters: [{a: b, c: d}]", ""), "a parameter is one pair"},
		{"parameter of a list", server("parameters: [a: [b]]", ""), "the value of a parameter is text"},
		{"duration", server("clock_offset: soon", ""), `"soon" is no duration`},
		{"duration of a list", server("clock_offset: [1]", ""), "a duration is text"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(tc.text)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "a.yaml:1:") {
				t.Errorf("got %v, want a.yaml:1:…%s", err, tc.want)
			}
		})
	}
}

// Whatever Load takes it takes again, and every case of it is sound.
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
		f.Add(string(data[:min(len(data), 3000)])) // a beginning of each is enough of every form
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := load(text)
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
				t.Fatalf("taken: %+v", c)
			}
			seen[c.ID] = true
		}
		second, err := load(text)
		if err != nil || len(second) != len(first) {
			t.Fatalf("taken once, then %v", err)
		}
	})
}

// The deprecated kind "answer" is read as "response".
func TestLoadAcceptsDeprecatedKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"response", "answer"} {
		text := "- {id: a/b, why: because it is, evidence: gateway, level: must, client: {call: {parameters: []}, script: [{row: SiteNotFound}], outcomes: [{kind: " + kind + "}]}}"
		loaded, err := suite.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := loaded[0].Client.Outcomes[0].Kind; got != "response" {
			t.Errorf("kind %q: got %q, want response", kind, got)
		}
	}
}

// Deprecated keys are read as their current spelling; a mapping has one of both.
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
