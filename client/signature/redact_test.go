package signature_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

const (
	testSecret = "S3cretValue"
	testToken  = "STS/t0ken+V@lue=="
)

// allVerbs formats a value in all forms in which a program might print it.
func allVerbs(t *testing.T, value any) map[string]string {
	t.Helper()
	variants := map[string]string{}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		variants[format] = fmt.Sprintf(format, value)
		variants[format+" in a struct"] = fmt.Sprintf(format, struct{ Field any }{value})
	}
	encoded, err := json.Marshal(map[string]any{"value": value})
	if err != nil {
		t.Fatal(err)
	}
	variants["JSON"] = string(encoded)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "value", value)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "value", value)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "value", struct{ Field any }{value})
	variants["slog"] = log.String()
	if s, ok := value.(fmt.GoStringer); ok {
		variants["GoString"] = s.GoString()
	}
	return variants
}

func wantHidden(t *testing.T, value any) {
	t.Helper()
	for form, printed := range allVerbs(t, value) {
		if containsSecret(printed) {
			t.Errorf("%s shows a secret: %s", form, printed)
		}
	}
}

// containsSecret reports whether a printed form shows testSecret or testToken.
func containsSecret(printed string) bool {
	return slices.ContainsFunc([]string{
		testSecret, testToken, fmt.Sprintf("%x", testSecret), fmt.Sprintf("%x", testToken), "t0ken",
	}, func(secret string) bool { return strings.Contains(printed, secret) })
}

func TestKeyRedactsSecret(t *testing.T) {
	t.Parallel()
	key := signature.Key{ID: "testAK", Secret: testSecret, SecurityToken: testToken}
	wantHidden(t, key)
	wantHidden(t, &key)
	wantHidden(t, []signature.Key{key})
	for form, s := range allVerbs(t, key) {
		if !strings.Contains(s, "testAK") {
			t.Errorf("%s does not show the ID: %s", form, s)
		}
	}
	if got := fmt.Sprint(signature.Key{ID: "a"}); got != "Key{ID: a, Secret: (hidden), SecurityToken: none}" {
		t.Errorf("a permanent key prints as %s", got)
	}
}

func TestClaimRedactsTokens(t *testing.T) {
	t.Parallel()
	claim := signature.Claim{Scheme: signature.ACS3HMACSHA256, AccessKeyID: "testAK", Nonce: "n", SecurityToken: testToken, BearerToken: testToken}
	wantHidden(t, claim)
	wantHidden(t, &claim)
	if got, want := fmt.Sprint(claim), "ACS3-HMAC-SHA256, access key testAK, nonce n, security token (hidden), bearer token (hidden)"; got != want {
		t.Errorf("String is %q, want %q", got, want)
	}
}

func TestMismatchErrorRedactsTranscript(t *testing.T) {
	t.Parallel()
	temporary := signature.Key{ID: "testAK", Secret: testSecret, SecurityToken: testToken}
	for name, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
		req := newRequest(t, "POST", endpoint)
		var transcript signature.Transcript
		if err := sign(req, nil, temporary, at, nonce, signature.WithTranscript(&transcript)); err != nil {
			t.Fatal(err)
		}
		wantHidden(t, redacted{transcript})
		m := sent(t, req, nil)
		err := verify(&m, testSecret+"x")
		var mismatch *signature.MismatchError
		if !errors.As(err, &mismatch) {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Contains(mismatch.CanonicalRequest+mismatch.StringToSign, testSecret) {
			t.Errorf("%s: the mismatch has the secret", name)
		}
		if s := fmt.Sprintf("%v %+v %#v %s", err, err, err, err); strings.Contains(s, "t0ken") || strings.Contains(s, "Domains") {
			t.Errorf("%s: the error prints the signed values: %s", name, s)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "err", err)
		if strings.Contains(log.String(), "Domains") {
			t.Errorf("%s: the log shows what was signed: %s", name, &log)
		}
		claim, err := signature.Parse(&m)
		if err != nil {
			t.Fatal(err)
		}
		wantHidden(t, signature.Diagnose(&m, &claim, testSecret+"\n"))
	}
}

// redacted prints a Transcript but does not encode it as JSON, for which its
// fields are meant.
type redacted struct{ signature.Transcript }

func (redacted) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, input, want string }{
		{"nothing to hide", "POST\n/\nDomains=a&SiteId=1\nhost:h\n", "POST\n/\nDomains=a&SiteId=1\nhost:h\n"},
		{"header", "x-acs-security-token:abc\nx-acs-version:1", "x-acs-security-token:***\nx-acs-version:1"},
		{"header in another case", "X-Acs-Security-Token: abc", "X-Acs-Security-Token:****"},
		{"bearer header", "x-acs-bearer-token:abc", "x-acs-bearer-token:***"},
		{"parameter", "a=1&SecurityToken=a%2Fb&b=2\nhost:h", "a=1&SecurityToken=*****&b=2\nhost:h"},
		{"last parameter", "BearerToken=ab\nSecurityToken=c", "BearerToken=**\nSecurityToken=*"},
		{"string to sign", "GET&%2F&A%3D1%26SecurityToken%3Da%252Fb%26Z%3D2", "GET&%2F&A%3D1%26SecurityToken%3D*******%26Z%3D2"},
		{"twice", "SecurityToken=a&SecurityToken=bc", "SecurityToken=*&SecurityToken=**"},
		{"among letters that grow in lower case", "İ=1&SecurityToken=abc", "İ=1&SecurityToken=***"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := signature.Redact(c.input); got != c.want {
				t.Errorf("Redact(%q) = %q, want %q", c.input, got, c.want)
			}
		})
	}
}

func TestRedactField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ input, want string }{
		"query":                {"GET /?SecurityToken=ab&a=ab HTTP", "GET /?SecurityToken=$x&a=ab HTTP"},
		"end of string":        {"BearerToken=ab", "BearerToken=$x"},
		"string to sign":       {"SecurityToken%3Dab%26SiteId%3Dab", "SecurityToken%3D$x%26SiteId%3Dab"},
		"header":               {"X-Acs-Security-Token: ab\r\nHost: ab", "X-Acs-Security-Token: $x\r\nHost: ab"},
		"canonical header":     {"x-acs-bearer-token:ab\n", "x-acs-bearer-token:$x\n"},
		"JSON":                 {`{"AccessKeySecret": "ab", "b": "ab"}`, `{"AccessKeySecret": "$x", "b": "ab"}`},
		"JSON in JSON":         {`{\"access_key_secret\":\"ab\"}`, `{\"access_key_secret\":\"$x\"}`},
		"flag":                 {"--access-key-secret=ab", "--access-key-secret=$x"},
		"a host":               {"connect to esa.ab.aliyuncs.com", "connect to esa.ab.aliyuncs.com"},
		"a longer value":       {"SecurityToken=abc", "SecurityToken=abc"},
		"in another case":      {"SecurityToken=AB", "SecurityToken=AB"},
		"another field":        {"Signature=ab&Action=ab", "Signature=ab&Action=ab"},
		"two fields in a row":  {"SecurityToken=ab&BearerToken=ab", "SecurityToken=$x&BearerToken=$x"},
		"a field without more": {"AccessKeySecret", "AccessKeySecret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := signature.RedactField(c.input, "ab", "$x"); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
	if got := signature.RedactField("SecurityToken=", "", "x"); got != "SecurityToken=" {
		t.Errorf("no value: %q", got)
	}
}

func FuzzRedactField(f *testing.F) {
	f.Add("some text", "y")
	f.Add(`{"AccessKeySecret":"`, "$1")
	f.Add("SecurityToken=", "(?")
	f.Fuzz(func(t *testing.T, s, value string) {
		got := signature.RedactField(s+"\nSecurityToken="+value+"&", value, "(hidden)")
		// A separator between name and value does not start a value.
		if value == "" || strings.ContainsAny(value[:1], " \"'\\") {
			return
		}
		if !strings.HasSuffix(got, "\nSecurityToken=(hidden)&") {
			t.Errorf("%q is not hidden in its field: %q", value, got)
		}
	})
}
