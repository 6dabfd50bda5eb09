package signature_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

func TestCanonicalQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, want string }{
		{"empty", "", ""},
		{"sorted by name", "b=1&a=2&C=3", "C=3&a=2&b=1"},
		{"names compare by bytes, not as name=value", "a.1=x&a=y", "a=y&a.1=x"},
		{"names compare decoded", "%C3%BC=1&z=2&%7e=3", "z=2&~=3&%C3%BC=1"},
		{"space as plus", "a=x+y", "a=x%20y"},
		{"space as %20", "a=x%20y", "a=x%20y"},
		{"plus", "a=x%2By", "a=x%2By"},
		{"unreserved stay", "a=AZaz09-_.~", "a=AZaz09-_.~"},
		{"unreserved encoded", "a=%41%7E%2d", "a=A~-"},
		{"reserved raw", "a=*!'():/?@,$;", "a=%2A%21%27%28%29%3A%2F%3F%40%2C%24%3B"},
		{"lower-case digits", "a=%2f%c3%bc", "a=%2F%C3%BC"},
		{"raw UTF-8", "a=ü", "a=%C3%BC"},
		{"not UTF-8", "a=%ff%00", "a=%FF%00"},
		{"empty value", "a=", "a="},
		{"no equals sign", "a", "a="},
		{"second equals sign is data", "a=b=c", "a=b%3Dc"},
		{"empty name", "=v", "=v"},
		{"nothing but an equals sign", "=", "="},
		{"empty pieces", "&&a=1&&b=2&", "a=1&b=2"},
		{"semicolon is data", "a=1;b=2", "a=1%3Bb%3D2"},
		{"name is encoded too", "a%20b=1", "a%20b=1"},
		{"repeats are kept, by value", "a=2&b=0&a=10&a=1", "a=1&a=10&a=2&b=0"},
		{"equal repeats are kept", "a=1&a=1", "a=1&a=1"},
		{"encoded percent", "a=%252A", "a=%252A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := signature.CanonicalQuery(c.raw)
			if err != nil || got != c.want {
				t.Errorf("CanonicalQuery(%q) = %q, %v, want %q", c.raw, got, err, c.want)
			}
		})
	}
}

func TestUndecodableQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, parameter, detail string }{
		{"letters in a value", "SiteId=1&Domains=%zz", "Domains", `"%zz"`},
		{"cut after the percent", "Domains=a%", "Domains", `"%"`},
		{"cut after one digit", "Domains=a%2&SiteId=1", "Domains", `"%2"`},
		{"second digit wrong", "Domains=%2g", "Domains", `"%2g"`},
		{"in a name", "Dom%zzains=a", "", `"%zz"`},
		{"in an encoded name's value", "Dom%61ins=%zz", "Domains", `"%zz"`},
		{"too many", strings.Repeat("a&", 4097), "", "more than 4096 parameters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := signature.CanonicalQuery(c.raw)
			wantError(t, err, signature.ErrUndecodable, c.parameter, "")
			if got != "" || !strings.Contains(err.Error(), c.detail) {
				t.Errorf("CanonicalQuery = %q, %v, want nothing and an error with %s", got, err, c.detail)
			}
			values, err := signature.ParseQuery(c.raw)
			wantError(t, err, signature.ErrUndecodable, c.parameter, "")
			if values != nil {
				t.Errorf("ParseQuery returns %v with the error", values)
			}
			m := signature.Message{Method: "GET", Query: c.raw, Host: "h"}
			_, err = signature.Parse(&m)
			wantError(t, err, signature.ErrUndecodable, c.parameter, "")
		})
	}
	if _, err := signature.CanonicalQuery(strings.Repeat("a&", 4096)); err != nil {
		t.Errorf("4096 parameters: %v", err)
	}
}

func TestParseQueryAgreesWithNetURL(t *testing.T) {
	t.Parallel()
	const raw = "b=2&a=x+y%2B&a=%C3%BC&empty=&bare"
	want, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := signature.ParseQuery(raw)
	if err != nil || got.Encode() != want.Encode() {
		t.Errorf("ParseQuery = %v, %v, want %v", got, err, want)
	}
	// Unlike net/url, this loses no parameter.
	if got, err := signature.ParseQuery("Domains=a;b"); err != nil || got.Get("Domains") != "a;b" {
		t.Errorf("ParseQuery(Domains=a;b) = %v, %v", got, err)
	}
}
