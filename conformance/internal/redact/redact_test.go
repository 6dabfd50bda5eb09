package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/redact"
)

func TestRedactor(t *testing.T) {
	t.Parallel()
	r := redact.New("s3cr/t+&\"x", "s3cr3tly", "abc", "hunter2", "", "longer-secret", "longer-secret-still")
	for _, test := range []struct{ name, in, want string }{
		{"unencoded", `<s3cr/t+&"x>`, "<[secret]>"},
		{"in a query", "a=s3cr%2Ft%2B%26%22x&b", "a=[secret]&b"},
		{"percent-encoded twice", "k%3Ds3cr%252Ft%252B%2526%2522x%26b", "k%3D[secret]%26b"},
		{"in a path", "s3cr%2Ft+&%22x", "[secret]"},
		{"in JSON", `{"k":"s3cr/t+\u0026\"x"}`, `{"k":"[secret]"}`},
		{"in base64", "czNjci90KyYieA==", "[secret]"},
		{"shorter secret", "s3cr3tly only", "[secret] only"},
		{"longest secret first", "longer-secret-still", "[secret]"},
		{"too short", "abcabc", "abcabc"},
		{"too short, in a name", "http://hunter2.example.com", "http://hunter2.example.com"},
		{"too short, as the value of a secret field", `{"AccessKeySecret":"hunter2","a":"hunter2"}`, `{"AccessKeySecret":"[secret]","a":"hunter2"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := r.String(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for secret, input := range map[string]string{"]]]]]]]]": "]]]]]]]]]]]]]]]", "abcde[se": "abcdeabcde[se", "x[secret]": "xx[secret]"} {
		if got := redact.New(secret).String(input); got != redact.Mark {
			t.Errorf("secret %s, which a replacement creates again: got %q, want %q", secret, got, redact.Mark)
		}
	}
	if got := redact.New("a[b]c[d]").String("an a[b]c[d]"); got != "an [secret]" {
		t.Errorf("with brackets: got %q", got)
	}
	if got := (*redact.Redactor)(nil).String("as is"); got != "as is" {
		t.Errorf("no redactor: got %q", got)
	}
}

// No part of a secret is left at the limit.
func TestTruncate(t *testing.T) {
	t.Parallel()
	const secret = "0123456789"
	r := redact.New(secret)
	for s, want := range map[string]string{
		"short":                              "short",
		"a " + secret:                        "a [secret]",
		"123456789012345 " + secret:          "123456789012345 [sec",
		strings.Repeat("x", 15) + secret:     "xxxxxxxxxxxxxxx[secr",
		strings.Repeat(secret, 100):          "[secret][secret]",
		strings.Repeat(secret[1:], 100)[:25]: strings.Repeat(secret[1:], 100)[:20],
	} {
		kept, omitted := r.Truncate([]byte(s), 20)
		if kept != want || (omitted == 0) != (len(want) < 20 && len(s) < 40) {
			t.Errorf("%q: got %q and %d omitted bytes, want %q", s, kept, omitted, want)
		}
	}
	if kept, omitted := redact.New("y").Truncate([]byte("SecurityToken=y"), 16); kept != "SecurityToken=[s" || omitted != 6 {
		t.Errorf("longer than before: got %q, %d", kept, omitted)
	}
	if kept, omitted := (*redact.Redactor)(nil).Truncate([]byte("abcdef"), 4); kept != "abcd" || omitted != 2 {
		t.Errorf("nil: got %q, %d", kept, omitted)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	r := redact.New("s3cretly")
	cause := errors.New("no key s3cretly")
	got := r.Error(cause)
	if !errors.Is(got, cause) || got.Error() != "no key [secret]" {
		t.Errorf("got %v", got)
	}
	if got := fmt.Sprintf("%+v", fmt.Errorf("sign: %w", got)); got != "sign: no key [secret]" {
		t.Errorf("wrapped: got %s", got)
	}
	if got := r.Error(nil); got != nil {
		t.Errorf("nil: got %v", got)
	}
}

// WithTokens redacts unknown tokens in the headers and parameters that contain tokens.
func TestWithTokens(t *testing.T) {
	t.Parallel()
	r := redact.New("", "s3cretly/+=", "s3cretly", "y").WithTokens()
	for input, want := range map[string]string{
		"a s3cretly/+= b":                               "a [secret] b",
		"s3cretlyive":                                   "[secret]ive",
		"q=s3cretly%2F%2B%3D":                           "q=[secret]",
		"every alibaba.example is any":                  "every alibaba.example is any",
		`{"AccessKeySecret": "y", "a": "y"}`:            `{"AccessKeySecret": "[secret]", "a": "y"}`,
		"x-acs-security-token: other\r\nHost: a":        "x-acs-security-token: [secret]\r\nHost: a",
		"X-Acs-Bearer-Token:other":                      "X-Acs-Bearer-Token:[secret]",
		"?SecurityToken=other%2Fone&SiteId=1 HTTP":      "?SecurityToken=[secret]&SiteId=1 HTTP",
		"BearerToken=other HTTP":                        "BearerToken=[secret] HTTP",
		"Type=upload&PrivateKey=-----BEGIN%20KEY&a=b":   "Type=upload&PrivateKey=[secret]&a=b",
		"POST&%2F&PrivateKey%3D-----BEGIN%2520K%26T":    "POST&%2F&PrivateKey%3D[secret]%26T",
		`{"PrivateKey":"-----BEGIN\nKEY","Type":"cas"}`: `{"PrivateKey":"[secret]","Type":"cas"}`,
		"GET&%2F&SecurityToken%3Dother%252F%26Site":     "GET&%2F&SecurityToken%3D[secret]%26Site",
		"Signature=0123, the access key id is testid":   "Signature=0123, the access key id is testid",
	} {
		if got := r.String(input); got != want {
			t.Errorf("%q: got %q, want %q", input, got, want)
		}
	}
}

// The input has the values of TestProcessRedactsSecrets of package process in all
// encodings.
func TestEncodedSecrets(t *testing.T) {
	t.Parallel()
	const input = "sec ret one sec+ret+one sec%20ret%20one to/to/to to%2Fto%2Fto b+b+b+b+ b%2Bb%2Bb%2Bb%2B rest"
	if got, want := redact.New("sec ret one", "to/to/to", "b+b+b+b+").String(input),
		"[secret] [secret] [secret] [secret] [secret] [secret] [secret] rest"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A value too short to be a secret is redacted only as the value of its field.
func TestShortSecretKeepsOtherWords(t *testing.T) {
	t.Parallel()
	const input = `dial esa.cn-hangzhou.aliyuncs.com: try again; GET /?a/b=1&SecurityToken=a%2Fb&x=y {"AccessKeySecret":"y"}`
	if got, want := redact.New("y", "a/b", "").String(input),
		`dial esa.cn-hangzhou.aliyuncs.com: try again; GET /?a/b=1&SecurityToken=[secret]&x=y {"AccessKeySecret":"[secret]"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("hunter22", "say hunter22")
	f.Add("a&b/c?d=e", "a%26b%2Fc%3Fd%3De")
	f.Add("]]]]]]]]", "]]]]]]]")
	f.Add("x[secret]", "x")
	f.Fuzz(func(t *testing.T, secret, prefix string) {
		if len(secret) < signature.ShortestSecret || strings.Contains(redact.Mark, secret) {
			return
		}
		if got := redact.New(secret).String(prefix + secret); strings.Contains(got, secret) {
			t.Errorf("secret %q is left in %q", secret, got)
		}
	})
}

// No encoding of a secret is left.
func FuzzEncodings(f *testing.F) {
	f.Add("s3cret", "around")
	f.Add("a/+=\"&<ü", "\r\n")
	f.Fuzz(func(t *testing.T, secret, around string) {
		// A short secret can be a part of the mark that replaces it.
		if len(secret) < 9 || strings.Contains(around, secret) || strings.ToValidUTF8(secret, "") != secret {
			return
		}
		r := redact.New(secret).WithTokens()
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		percent := strings.ReplaceAll(url.QueryEscape(secret), "+", "%20")
		for _, encoding := range []string{
			secret, url.QueryEscape(secret), percent, strings.ReplaceAll(url.QueryEscape(percent), "+", "%20"), strings.Trim(string(quoted), `"`),
		} {
			if got := r.String(around + "\n" + encoding + "\n" + around); strings.Contains(got, encoding) {
				t.Fatalf("%q is still in %q", encoding, got)
			}
		}
	})
}

func BenchmarkString(b *testing.B) {
	r := redact.New("account-secret", "sts-good-secret", "sts-good-token").WithTokens()
	input := strings.Repeat("x-acs-date: 2026-11-23T12:00:00Z\r\n", 30)
	b.ReportAllocs()
	for b.Loop() {
		r.String(input)
	}
}
