package signature_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

func TestRedactField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"query":                {"GET /?SecurityToken=ab&a=ab HTTP", "GET /?SecurityToken=$x&a=ab HTTP"},
		"end of text":          {"BearerToken=ab", "BearerToken=$x"},
		"string to sign":       {"SecurityToken%3Dab%26SiteId%3Dab", "SecurityToken%3D$x%26SiteId%3Dab"},
		"header":               {"X-Acs-Security-Token: ab\r\nHost: ab", "X-Acs-Security-Token: $x\r\nHost: ab"},
		"canonical header":     {"x-acs-bearer-token:ab\n", "x-acs-bearer-token:$x\n"},
		"JSON":                 {`{"AccessKeySecret": "ab", "b": "ab"}`, `{"AccessKeySecret": "$x", "b": "ab"}`},
		"JSON in JSON":         {`{\"access_key_secret\":\"ab\"}`, `{\"access_key_secret\":\"$x\"}`},
		"flag":                 {"--access-key-secret=ab", "--access-key-secret=$x"},
		"a host":               {"no connection to esa.ab.aliyuncs.com", "no connection to esa.ab.aliyuncs.com"},
		"a longer value":       {"SecurityToken=abc", "SecurityToken=abc"},
		"in another case":      {"SecurityToken=AB", "SecurityToken=AB"},
		"another field":        {"Signature=ab&Action=ab", "Signature=ab&Action=ab"},
		"two fields in a row":  {"SecurityToken=ab&BearerToken=ab", "SecurityToken=$x&BearerToken=$x"},
		"a field without more": {"AccessKeySecret", "AccessKeySecret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := signature.RedactField(c.text, "ab", "$x"); got != c.want {
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
	f.Fuzz(func(t *testing.T, text, value string) {
		got := signature.RedactField(text+"\nSecurityToken="+value+"&", value, "(hidden)")
		// What may stand between a name and its value does not begin one.
		if value == "" || strings.ContainsAny(value[:1], " \"'\\") {
			return
		}
		if !strings.HasSuffix(got, "\nSecurityToken=(hidden)&") {
			t.Errorf("%q is not hidden in its field: %q", value, got)
		}
	})
}
