package suite_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	full := targets(t, fullTargets)
	for _, tc := range []struct{ text, want, err string }{
		{text: "plain $ {x} text", want: "plain $ {x} text"},
		{text: "${site.active.id}", want: "5"},
		{text: "a.${unique}.${site.cname.name},b", want: "a.u1.cname.example,b"},
		{text: "${key.account.id}/${key.sts.token}/${key.bearer.token}", want: "id-one/token-two/token-three"},
		{text: "${scenario.SiteNotFound} ${scenario.QuotaExceeded} ${scenario.InvalidParameter.Domains.TooMany}", want: "4001 4015 4006"},
		{text: "${names.2.active}", want: "n1.u1.active.example,n2.u1.active.example"},
		{text: "${letters.3}", want: "aaa"},
		{text: "${name.17.active}", want: "u1.active.example"},
		{text: "${name.20.active}", want: "aa.u1.active.example"},
		{text: "${unknown}", err: "placeholder ${unknown}: there is none of this form"},
		{text: "${site.pending.id}", err: "the targets have no site pending"},
		{text: "${site.active.colour}", err: "a site has an id and a name"},
		{text: "${key.denied.id}", err: "the targets have no key denied"},
		{text: "${key.account.secret}", err: "a key has an id and a token"},
		{text: "${scenario.NoPermission}", err: "no row of the table has the key NoPermission"},
		{text: "${names.0.active}", err: "no number from 1"},
		{text: "${names.x.active}", err: "no number from 1"},
		{text: "${names.1.moon}", err: "no site moon"},
		{text: "${letters.99999999}", err: "no number from 1"},
		{text: "${name.18.active}", err: "do not fit into 18 octets"},
		{text: "${name.3.active}", err: "do not fit"},
		{text: "${name.x.active}", err: "no number"},
		{text: "${name.9.moon}", err: "no site moon"},
		{text: "${unknown} ${site.moon.id}", err: "placeholder ${unknown}"},
	} {
		got, err := suite.Expand(tc.text, full, "u1")
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) || got != "" {
				t.Errorf("%s: got %q, %v, want %s", tc.text, got, err, tc.err)
			}
			continue
		}
		if err != nil || got != tc.want {
			t.Errorf("%s: got %q, %v, want %q", tc.text, got, err, tc.want)
		}
	}
	if _, err := suite.Expand("${scenario.SiteNotFound}", &suite.Targets{}, "u"); err == nil {
		t.Error("a scenario without a base")
	}
}

// A long name has the octets that were asked for, in labels of 63 at most.
func TestLongNames(t *testing.T) {
	t.Parallel()
	full := targets(t, fullTargets)
	for n := 19; n <= 400; n++ {
		text, err := suite.Expand("${name."+itoa(n)+".active}", full, "u1")
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if len(text) != n || !strings.HasSuffix(text, ".u1.active.example") {
			t.Errorf("%d: %q has %d octets", n, text, len(text))
		}
		for label := range strings.SplitSeq(text, ".") {
			if label == "" || len(label) > 63 {
				t.Errorf("%d: label %q", n, label)
			}
		}
	}
}

func itoa(n int) string {
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append([]byte{byte('0' + n%10)}, digits...)
	}
	return string(digits)
}

func TestEdit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ edit, text, want string }{
		{"upper", "ab1", "AB1"},
		{"lower", "AB1", "ab1"},
		{"a -> b", "cac", "cbc"},
		{"a -> ", "cac", "cc"},
		{"a ->", "cac", "cc"},
		{"(x)(y) -> $2$1", "xy", "yx"},
		{"\n -> \r\n", "a\nb", "a\r\nb"},
		{`\z -> !`, "a", "a!"},
		{"upper", "AB1", ""},
		{"x -> y", "abc", ""},
		{"b -> b", "abc", ""},
	} {
		edit, err := suite.ParseEdit(tc.edit)
		if err != nil {
			t.Errorf("%q: %v", tc.edit, err)
			continue
		}
		got, err := edit.Apply(tc.text)
		if (err != nil) != (tc.want == "") || got != tc.want {
			t.Errorf("%q makes %q of %q, want %q (%v)", tc.edit, got, tc.text, tc.want, err)
		}
	}
	if got, err := (suite.Edit{}).Apply("a"); err == nil {
		t.Errorf("the zero edit makes %q", got)
	}
	for _, bad := range []string{"", "a", "a->b", " -> b", "( -> b", "UPPER"} {
		if _, err := suite.ParseEdit(bad); err == nil {
			t.Errorf("%q is an edit", bad)
		}
	}
}

func TestParseReplacement(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"a -> b":             {"a", "b"},
		",Signed -> , Si":    {",Signed", ", Si"},
		"a -> ":              {"a", ""},
		"a ->":               {"a", ""},
		"a -> b -> c":        {"a", "b -> c"},
		"Type=(x) -> Type=.": {"Type=(x)", "Type=."},
	} {
		old, by, err := suite.ParseReplacement(text)
		if err != nil || old != want[0] || by != want[1] {
			t.Errorf("%q: got %q, %q, %v", text, old, by, err)
		}
	}
	for _, bad := range []string{"", "a", " -> b", "->"} {
		if _, _, err := suite.ParseReplacement(bad); err == nil {
			t.Errorf("%q is a replacement", bad)
		}
	}
}

// Without a placeholder a text stays; none is left in what Expand gives, unless
// the targets have put it there.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"${site.active.id}", "${unique}${", "$${letters.2}}", "${names.3.active}", "${name.50.cname}", "${scenario.X}"} {
		f.Add(seed)
	}
	full, err := suite.ParseTargets("t", []byte(fullTargets))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 || strings.Count(text, "${") > 3 {
			return
		}
		got, err := suite.Expand(text, full, "u1")
		switch {
		case err != nil && got != "":
			t.Fatalf("an error and %q", got)
		case err == nil && !strings.Contains(text, "${") && got != text:
			t.Fatalf("%q became %q", text, got)
		case err == nil && strings.Contains(got, "${site.active.id}") && strings.Count(text, "${") < 2:
			t.Fatalf("%q became %q", text, got)
		}
	})
}
