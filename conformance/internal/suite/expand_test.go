package suite_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	full := targets(t, fullTargets)
	for _, tc := range []struct{ input, want, err string }{
		{input: "plain $ {x} input", want: "plain $ {x} input"},
		{input: "${site.active.id}", want: "5"},
		{input: "a.${unique}.${site.cname.name},b", want: "a.u1.cname.example,b"},
		{input: "${key.account.id}/${key.sts.token}/${key.bearer.token}", want: "id-one/token-two/token-three"},
		{input: "${scenario.SiteNotFound} ${scenario.QuotaExceeded} ${scenario.InvalidParameter.Domains.TooMany}", want: "4001 4015 4006"},
		{input: "${names.2.active}", want: "n1.u1.active.example,n2.u1.active.example"},
		{input: "${letters.3}", want: "aaa"},
		{input: "${name.17.active}", want: "u1.active.example"},
		{input: "${name.20.active}", want: "aa.u1.active.example"},
		{input: "${unknown}", err: "placeholder ${unknown}: unknown form"},
		{input: "${site.pending.id}", err: "no site pending in the targets file"},
		{input: "${site.active.color}", err: "unknown field of a site"},
		{input: "${key.denied.id}", err: "no key denied in the targets file"},
		{input: "${key.account.secret}", err: "unknown field of a key"},
		{input: "${scenario.NoPermission}", err: "no row of the documented table has the key NoPermission"},
		{input: "${names.0.active}", err: "is not a number from 1"},
		{input: "${names.x.active}", err: "is not a number from 1"},
		{input: "${names.1.moon}", err: "no site moon"},
		{input: "${letters.99999999}", err: "is not a number from 1"},
		{input: "${name.18.active}", err: "cannot be extended to 18 octets"},
		{input: "${name.3.active}", err: "cannot be extended"},
		{input: "${name.x.active}", err: "is not a number"},
		{input: "${name.9.moon}", err: "no site moon"},
		{input: "${captured.id}", err: "no earlier step captures id"},
		{input: "${certificate.odd.active}", err: "unknown kind of certificate; want one of valid, expired, mixed, foreign"},
		{input: "${certificate.valid.moon}", err: "no site moon"},
		{input: "${private_key.third}", err: "unknown private key; want own or other"},
		{input: "${unknown} ${site.moon.id}", err: "placeholder ${unknown}"},
	} {
		got, err := suite.Expand(tc.input, full, "u1")
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) || got != "" {
				t.Errorf("%s: got %q, %v, want %s", tc.input, got, err, tc.err)
			}
			continue
		}
		if err != nil || got != tc.want {
			t.Errorf("%s: got %q, %v, want %q", tc.input, got, err, tc.want)
		}
	}
	if _, err := suite.Expand("${scenario.SiteNotFound}", &suite.Targets{}, "u"); err == nil {
		t.Error("a scenario without scenario_base is accepted")
	}
}

func TestExpandCaptured(t *testing.T) {
	t.Parallel()
	values := suite.Values{Targets: targets(t, fullTargets), Unique: "u1", Captured: map[string]string{"id": "77"}}
	if got, err := values.Expand("${captured.id} ${site.active.id} ${unique}"); err != nil || got != "77 5 u1" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := values.Expand("${captured.other}"); err == nil || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

// A certificate has the names and the validity of its kind, and belongs to the key
// own, but not to the key other.
func TestExpandCertificate(t *testing.T) {
	t.Parallel()
	full := targets(t, fullTargets)
	for _, tc := range []struct {
		kind, names string
		expired     bool
	}{
		{"valid", "www.u1.active.example", false},
		{"expired", "www.u1.active.example", true},
		{"mixed", "www.u1.active.example www.u1.esaconform.invalid", false},
		{"foreign", "www.u1.esaconform.invalid", false},
	} {
		input, err := suite.Expand("${certificate."+tc.kind+".active}", full, "u1")
		if err != nil {
			t.Fatal(err)
		}
		key, err := suite.Expand("${private_key.own}", full, "u1")
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.X509KeyPair([]byte(input), []byte(key))
		if err != nil {
			t.Fatalf("%s: %v", tc.kind, err)
		}
		if got := strings.Join(pair.Leaf.DNSNames, " "); got != tc.names {
			t.Errorf("%s: got names %s, want %s", tc.kind, got, tc.names)
		}
		now := time.Now()
		if got := now.After(pair.Leaf.NotAfter); got != tc.expired || now.Before(pair.Leaf.NotBefore) {
			t.Errorf("%s: valid from %s to %s", tc.kind, pair.Leaf.NotBefore, pair.Leaf.NotAfter)
		}
		other, err := suite.Expand("${private_key.other}", full, "u1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tls.X509KeyPair([]byte(input), []byte(other)); err == nil {
			t.Errorf("%s: the other key belongs to the certificate", tc.kind)
		}
	}
}

// A long name has the given number of octets, in labels of at most 63.
func TestLongNames(t *testing.T) {
	t.Parallel()
	full := targets(t, fullTargets)
	for n := 19; n <= 400; n++ {
		input, err := suite.Expand("${name."+itoa(n)+".active}", full, "u1")
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if len(input) != n || !strings.HasSuffix(input, ".u1.active.example") {
			t.Errorf("%d: %q has %d octets", n, input, len(input))
		}
		for label := range strings.SplitSeq(input, ".") {
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
	for _, tc := range []struct{ edit, input, want string }{
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
		got, err := edit.Apply(tc.input)
		if (err != nil) != (tc.want == "") || got != tc.want {
			t.Errorf("edit %q of %q: got %q, %v, want %q", tc.edit, tc.input, got, err, tc.want)
		}
	}
	if got, err := (suite.Edit{}).Apply("a"); err == nil {
		t.Errorf("zero Edit: got %q", got)
	}
	for _, bad := range []string{"", "a", "a->b", " -> b", "( -> b", "UPPER"} {
		if _, err := suite.ParseEdit(bad); err == nil {
			t.Errorf("edit %q is accepted", bad)
		}
	}
}

func TestParseReplacement(t *testing.T) {
	t.Parallel()
	for input, want := range map[string][2]string{
		"a -> b":             {"a", "b"},
		",Signed -> , Si":    {",Signed", ", Si"},
		"a -> ":              {"a", ""},
		"a ->":               {"a", ""},
		"a -> b -> c":        {"a", "b -> c"},
		"Type=(x) -> Type=.": {"Type=(x)", "Type=."},
	} {
		old, by, err := suite.ParseReplacement(input)
		if err != nil || old != want[0] || by != want[1] {
			t.Errorf("%q: got %q, %q, %v", input, old, by, err)
		}
	}
	for _, bad := range []string{"", "a", " -> b", "->"} {
		if _, _, err := suite.ParseReplacement(bad); err == nil {
			t.Errorf("replacement %q is accepted", bad)
		}
	}
}

// Expand does not change a string without placeholders, and leaves none except
// those that are values of the targets.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"${site.active.id}", "${unique}${", "$${letters.2}}", "${names.3.active}", "${name.50.cname}", "${scenario.X}"} {
		f.Add(seed)
	}
	full, err := suite.ParseTargets("t", []byte(fullTargets))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, input string) {
		if len(input) > 1000 || strings.Count(input, "${") > 3 {
			return
		}
		got, err := suite.Expand(input, full, "u1")
		switch {
		case err != nil && got != "":
			t.Fatalf("got both an error and %q", got)
		case err == nil && !strings.Contains(input, "${") && got != input:
			t.Fatalf("%q: got %q", input, got)
		case err == nil && strings.Contains(got, "${site.active.id}") && strings.Count(input, "${") < 2:
			t.Fatalf("%q: got %q", input, got)
		}
	})
}
