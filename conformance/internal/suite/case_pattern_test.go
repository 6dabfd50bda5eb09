package suite_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pattern string
		match   string
		miss    string
	}{
		{"a/b", "a/b", "a a/b/c a/c b"},
		{"a/*", "a/b a/c", "a a/b/c b/b"},
		{"*/b", "a/b c/b", "b a/b/b"},
		{"a/**", "a a/b a/b/c", "b b/a"},
		{"**", "a a/b a/b/c", ""},
		{"**/c", "c a/c a/b/c", "a c/a"},
		{"a/**/c", "a/c a/b/c a/b/b/c", "a c a/c/b"},
		{"a/**/b/**/c", "a/b/c a/x/b/y/z/c a/b/b/c", "a/c a/x/c b/c"},
		{"*/**/*", "a/b a/b/c", "a"},
		{"**/**/a", "a b/a b/c/a", "b a/b"},
		{"errors/InvalidParameter.Domains.TooMany", "errors/InvalidParameter.Domains.TooMany", "errors/InvalidParameterXDomains.TooMany"},
	} {
		p, err := suite.ParsePattern(tc.pattern)
		if err != nil {
			t.Errorf("%s: %v", tc.pattern, err)
			continue
		}
		for _, id := range strings.Fields(tc.match) {
			if !p.Match(id) {
				t.Errorf("%s does not match %s", tc.pattern, id)
			}
		}
		for _, id := range strings.Fields(tc.miss) {
			if p.Match(id) {
				t.Errorf("%s matches %s", tc.pattern, id)
			}
		}
	}
	for _, bad := range []string{"", "/", "a/", "/a", "a//b", "a*", "a/b*", "***", "a/*b/c"} {
		if p, err := suite.ParsePattern(bad); err == nil {
			t.Errorf("%q is accepted as %s", bad, p)
		}
	}
	if (suite.Pattern{}).Match("a") {
		t.Error("the zero pattern matches")
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	var list []suite.Case
	for _, id := range []string{"a/1", "a/2", "b/1", "b/c/1"} {
		list = append(list, suite.Case{ID: id})
	}
	for _, tc := range []struct {
		name      string
		run, skip []string
		want      string
		err       string
	}{
		{name: "all", want: "a/1 a/2 b/1 b/c/1"},
		{name: "run", run: []string{"a/*"}, want: "a/1 a/2"},
		{name: "two patterns, in the order of the cases", run: []string{"b/**", "a/1"}, want: "a/1 b/1 b/c/1"},
		{name: "skip", skip: []string{"**/1"}, want: "a/2"},
		{name: "both", run: []string{"b/**"}, skip: []string{"b/c/*"}, want: "b/1"},
		{name: "nothing left", run: []string{"a/1"}, skip: []string{"a/*"}},
		{name: "no match", run: []string{"a/3"}, err: `--run: no case matches "a/3"`},
		{name: "no match to skip", skip: []string{"c/**"}, err: `--skip: no case matches "c/**"`},
		{name: "malformed", run: []string{"a*"}, err: "must be a name, * or **"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			selected, err := suite.Select(list, tc.run, tc.skip)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, want %s", err, tc.err)
				}
				return
			}
			var ids []string
			for _, c := range selected {
				ids = append(ids, c.ID)
			}
			if got := strings.Join(ids, " "); err != nil || got != tc.want {
				t.Errorf("got %q %v, want %q", got, err, tc.want)
			}
		})
	}
	_, err := suite.Select(list, []string{"x", "y*"}, []string{"z"})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want all problems", err)
	}
}

// A pattern matches the same IDs as the equivalent regular expression, and its
// string parses to the same pattern.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"a/**/b", "a/x/y/b"}, {"**", "a"}, {"*/*", "a/b"}, {"**/a/**/a", "a/a/b/a"}, {"a", ""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, id string) {
		if len(pattern) > 60 || len(id) > 60 {
			return
		}
		p, err := suite.ParsePattern(pattern)
		if err != nil || id == "" {
			return
		}
		again, err := suite.ParsePattern(p.String())
		if err != nil || again.Match(id) != p.Match(id) {
			t.Fatalf("%q parses again as %q: %v", pattern, p, err)
		}
		var parts []string
		for part := range strings.SplitSeq(pattern, "/") {
			switch part {
			case "**":
				parts = append(parts, `(?:/[^/]*)*`)
			case "*":
				parts = append(parts, `/[^/]*`)
			default:
				parts = append(parts, "/"+regexp.QuoteMeta(part))
			}
		}
		same, err := regexp.Compile(`(?s)\A` + strings.Join(parts, "") + `\z`)
		if err != nil {
			return // not UTF-8
		}
		if want := same.MatchString("/" + id); p.Match(id) != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, id, p.Match(id), want)
		}
	})
}

func BenchmarkPattern(b *testing.B) {
	p, err := suite.ParsePattern("signatures/**/canonical-request/*")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !p.Match("signatures/acs3/canonical-request/query-unsorted") {
			b.Fatal("no match")
		}
	}
}
