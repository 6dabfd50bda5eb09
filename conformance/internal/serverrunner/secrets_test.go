package serverrunner

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestSecretsAreCut(t *testing.T) {
	t.Parallel()
	cut := newSecrets([]string{"", "s3cretly/+=", "s3cretly", "y"})
	for text, want := range map[string]string{
		"a s3cretly/+= b":                             "a (hidden) b",
		"s3cretlyive":                                 "(hidden)ive",
		"q=s3cretly%2F%2B%3D":                         "q=(hidden)",
		"every alibaba.example is any":                "every alibaba.example is any",
		`{"AccessKeySecret": "y", "a": "y"}`:          `{"AccessKeySecret": "(hidden)", "a": "y"}`,
		"x-acs-security-token: other\r\nHost: a":      "x-acs-security-token: (hidden)\r\nHost: a",
		"X-Acs-Bearer-Token:other":                    "X-Acs-Bearer-Token:(hidden)",
		"?SecurityToken=other%2Fone&SiteId=1 HTTP":    "?SecurityToken=(hidden)&SiteId=1 HTTP",
		"BearerToken=other HTTP":                      "BearerToken=(hidden) HTTP",
		"GET&%2F&SecurityToken%3Dother%252F%26Site":   "GET&%2F&SecurityToken%3D(hidden)%26Site",
		"Signature=0123, the access key id is testid": "Signature=0123, the access key id is testid",
	} {
		if got := cut.from(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	r := suite.Result{Reason: "s3cretly", Checks: []suite.Check{{Want: "s3cretly", Got: "s3cretly", Reason: "s3cretly"}}}
	cut.result(&r)
	if c := r.Checks[0]; strings.Contains(r.Reason+c.Want+c.Got+c.Reason, "s3cretly") {
		t.Errorf("%+v", r)
	}
}

// A text that is too long to be shown is cut, and never in the middle of a
// secret.
func TestLongTextsAreCut(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s3cret", 5)
	cut := newSecrets([]string{secret})
	for _, before := range []int{0, longestRecord - 40, longestRecord - 10, longestRecord, 2*longestRecord - 10, 3 * longestRecord} {
		text := strings.Repeat("a", before) + secret + strings.Repeat("b", longestRecord)
		got := shown([]byte(text), cut)
		if strings.Contains(got, "s3c") || len(got) > longestRecord+100 || !strings.Contains(got, "bytes in all") {
			t.Errorf("%d: %d bytes, the end is %q", before, len(got), got[len(got)-60:])
		}
	}
	many := strings.Repeat(secret, 3*longestRecord/len(secret))
	if got := shown([]byte(many), cut); strings.Contains(got, "s3c") {
		t.Errorf("the end is %q", got[len(got)-60:])
	}
	if got := shown([]byte("short"), cut); got != "short" {
		t.Error(got)
	}
}

// However a secret is written into a request or an answer, it does not come out.
func FuzzSecretsAreCut(f *testing.F) {
	f.Add("s3cret", "text")
	f.Add("a/+=\"&<ü", "\r\n")
	f.Fuzz(func(t *testing.T, secret, around string) {
		// A short secret can be a part of the mark that stands in its place.
		if len(secret) < 9 || strings.Contains(around, secret) || strings.ToValidUTF8(secret, "") != secret {
			return
		}
		cut := newSecrets([]string{secret})
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, spelled := range []string{secret, url.QueryEscape(secret), encode(secret), encode(encode(secret)), strings.Trim(string(quoted), `"`)} {
			if got := cut.from(around + "\n" + spelled + "\n" + around); strings.Contains(got, spelled) {
				t.Fatalf("%q is still in %q", spelled, got)
			}
		}
	})
}

func BenchmarkSecrets(b *testing.B) {
	cut := newSecrets([]string{"account-secret", "sts-good-secret", "sts-good-token"})
	text := strings.Repeat("x-acs-date: 2026-11-23T12:00:00Z\r\n", 30)
	b.ReportAllocs()
	for b.Loop() {
		cut.from(text)
	}
}
