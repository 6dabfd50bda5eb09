package suite_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestParseKnown(t *testing.T) {
	t.Parallel()
	known, err := suite.ParseKnown("known.yaml", []byte(`# of one client
- case: clients/odd/html-*
  check: status
  subject: node
  reason: loses it
`))
	if err == nil {
		t.Fatalf("a partial wildcard is accepted: %v", known)
	}
	known, err = suite.ParseKnown("known.yaml", []byte("- {case: clients/odd/*, check: status, subject: node, reason: it loses the status}\n"))
	if err != nil || len(known) != 1 || known[0].Reason != "it loses the status" || known[0].Case.String() != "clients/odd/*" {
		t.Errorf("got %+v, %v", known, err)
	}
	if known, err := suite.ParseKnown("known.yaml", []byte("# none\n")); err != nil || len(known) != 0 {
		t.Errorf("empty file: got %v, %v", known, err)
	}
	for _, tc := range []struct{ name, input, want string }{
		{"reason missing", "- {case: a/b, check: status, subject: node}", "known.yaml:1:3: reason is missing"},
		{"all missing", "- {}", "known.yaml:1:3: subject is missing"},
		{"unknown key", "- {case: a/b, check: c, subject: s, reason: r, because: x}", `known.yaml:1:48: unknown field "because"`},
		{"pattern", "- {case: a//b, check: c, subject: s, reason: r}", "has an empty element"},
		{"not a list", "case: a/b", "known.yaml:1:1: want a list"},
		{"not YAML", "- [", "known.yaml:1:"},
	} {
		if _, err := suite.ParseKnown("known.yaml", []byte(tc.input)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.name, err, tc.want)
		}
	}
}

func known(t *testing.T, input string) []suite.Known {
	t.Helper()
	list, err := suite.ParseKnown("known.yaml", []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestApplyKnown(t *testing.T) {
	t.Parallel()
	entry := func(pattern, check, subject string) string {
		return "- {case: '" + pattern + "', check: '" + check + "', subject: '" + subject + "', reason: the reason}\n"
	}
	for _, tc := range []struct {
		name     string
		known    string
		checks   string // of a/b by the subject node, as name=verdict
		verdict  suite.Verdict
		want     string
		result   suite.Verdict
		problems string
	}{
		{"the check fails", entry("a/b", "status", "node"), "status=failed code=passed", "", "status=known-failure code=passed", suite.KnownFailure, ""},
		{"another fails too", entry("a/b", "status", "node"), "status=failed code=failed", "", "status=known-failure code=failed", suite.Failed, ""},
		{"the check passes", entry("a/b", "status", "node"), "status=passed code=passed", "", "status=unexpected-pass code=passed", suite.UnexpectedPass, ""},
		{"unexpected pass next to a failure", entry("a/b", "status", "node"), "status=passed code=failed", "", "status=unexpected-pass code=failed", suite.Failed, ""},
		{"the check errors", entry("a/b", "status", "node"), "status=error", "", "status=known-failure", suite.KnownFailure, ""},
		{"any, one fails", entry("a/*", "*", "node"), "status=failed code=passed", "", "status=known-failure code=passed", suite.KnownFailure, ""},
		{"any, all fail", entry("**", "*", "*"), "status=failed code=error", "", "status=known-failure code=known-failure", suite.KnownFailure, ""},
		{"any, none fails", entry("a/b", "*", "node"), "status=passed", "", "status=passed known failure=unexpected-pass", suite.UnexpectedPass, ""},
		{"crash without checks", entry("a/b", "*", "node"), "", suite.Errored, "", suite.KnownFailure, ""},
		{"crash, only a check is known", entry("a/b", "status", "node"), "", suite.Errored, "", suite.Errored, ""},
		{"crash with checks that pass", entry("a/b", "*", "node"), "status=passed", suite.Errored, "status=passed", suite.KnownFailure, ""},
		{"crash with a known failure", entry("a/b", "status", "node"), "status=failed", suite.Errored, "status=known-failure", suite.Errored, ""},
		{"passed without checks", entry("a/b", "*", "node"), "", suite.Passed, "", suite.UnexpectedPass, ""},
		{"not run", entry("a/b", "status", "node"), "", suite.NotRun, "", suite.NotRun, ""},
		{"unsupported", entry("a/b", "*", "node"), "", suite.Unsupported, "", suite.Unsupported, ""},
		{"two entries for one check", entry("a/b", "status", "node") + entry("**", "*", "*"), "status=failed", "", "status=known-failure", suite.KnownFailure, ""},
		{"no such case", entry("a/c", "status", "node"), "status=failed", "", "status=failed", suite.Failed, "known.yaml:1:3: known failure a/c: no case of the run matches"},
		{"no such check", entry("a/b", "color", "node"), "status=failed", "", "status=failed", suite.Failed, `no matching case has a check "color"`},
		{"no such subject", entry("a/b", "status", "deno"), "status=failed", "", "status=failed", suite.Failed, "no subject of this name"},
		{"another subject", entry("a/b", "status", "gosdk"), "status=failed", "", "status=failed", suite.Failed, "no case of the run matches"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result := suite.Result{Case: "a/b", Subject: "node", Verdict: tc.verdict}
			for item := range strings.FieldsSeq(tc.checks) {
				name, verdict, _ := strings.Cut(item, "=")
				result.Checks = append(result.Checks, suite.Check{Name: name, Verdict: suite.Verdict(verdict)})
			}
			if tc.verdict == "" {
				result.Judge()
			}
			run := suite.Run{Subjects: []string{"node", "gosdk"}, Results: []suite.Result{result}}
			problems := suite.ApplyKnown(known(t, tc.known), &run)
			if (tc.problems == "") != (len(problems) == 0) || len(problems) > 0 && !strings.Contains(problems.Error(), tc.problems) {
				t.Errorf("got problems %v, want %s", problems, tc.problems)
			}
			var got []string
			for _, check := range run.Results[0].Checks {
				got = append(got, check.Name+"="+string(check.Verdict))
				if check.Verdict == suite.KnownFailure && check.Reason != "the reason" {
					t.Errorf("%s: reason is %q", check.Name, check.Reason)
				}
			}
			if checks := strings.Join(got, " "); checks != tc.want || run.Results[0].Verdict != tc.result {
				t.Errorf("got %s: %s, want %s: %s", run.Results[0].Verdict, checks, tc.result, tc.want)
			}
		})
	}
}

func TestSelectKnown(t *testing.T) {
	t.Parallel()
	all := []suite.Case{{ID: "a/1"}, {ID: "a/2"}, {ID: "b/1"}}
	list := known(t, "- {case: a/1, check: c, subject: s, reason: r}\n- {case: b/*, check: c, subject: s, reason: r}\n- {case: gone/x, check: c, subject: s, reason: r}\n")
	var got []string
	for _, k := range suite.SelectKnown(list, all, all[:2]) {
		got = append(got, k.Case.String())
	}
	if got := strings.Join(got, " "); got != "a/1 gone/x" {
		t.Errorf("got %s", got)
	}
	if len(list) != 3 {
		t.Error("the list was changed")
	}
}
