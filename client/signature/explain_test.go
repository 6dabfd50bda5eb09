package signature_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

const ours = `POST
/
Domains=www.example.com%2Cblog.example.com&SiteId=1
host:127.0.0.1:18080
x-acs-action:ApplyCertificate
x-acs-security-token:ours-tkn

host;x-acs-action;x-acs-security-token
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`

func TestExplainCanonicalRequest(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) string { return strings.Replace(ours, old, new, 1) }
	for _, c := range []struct {
		name, theirs    string
		line            int
		what, parameter string
		offset          int
	}{
		{"method", replace("POST", "GET"), 1, "method", "", 0},
		{"URI", replace("\n/\n", "\n\n"), 2, "URI", "", 0},
		{"parameter value", replace("%2C", ","), 3, "query", "Domains", 23},
		{"parameter missing", replace("&SiteId=1", ""), 3, "query", "SiteId", 42},
		{"parameter added", replace("SiteId=1", "SiteId=1&Type=x"), 3, "query", "Type", 51},
		{"parameter name", replace("SiteId", "siteId"), 3, "query", "SiteId", 43},
		{"query left out", replace("Domains=www.example.com%2Cblog.example.com&SiteId=1", ""), 3, "query", "Domains", 0},
		{"header value", replace("127.0.0.1:18080", "127.0.0.1"), 4, "header host", "", 14},
		{"header missing", replace("x-acs-action:ApplyCertificate\n", ""), 5, "header x-acs-action", "", 6},
		{"token", replace("ours-tkn", "their-tk"), 6, "header x-acs-security-token", "", 21},
		{"no blank line", replace("\n\n", "\n"), 7, "blank line after the headers", "", 0},
		{"header more", replace("\n\n", "\nx-acs-version:1\n\n"), 7, "blank line after the headers", "", 0},
		{"signed headers", replace("host;x-acs-action", "x-acs-action;host"), 8, "signed headers", "", 0},
		{"body hash", replace("e3b0", "E3B0"), 9, "body hash", "", 0},
		{"body hash missing", ours[:strings.LastIndex(ours, "\n")], 9, "body hash", "", 0},
		{"line more", ours + "\n", 10, "after the end", "", 0},
		{"line ends", strings.ReplaceAll(ours, "\n", "\r\n"), 1, "method", "", 4},
		{"nothing", "", 1, "method", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := signature.Explain(ours, c.theirs)
			if d.Equal || d.Line != c.line || d.Name != c.what || d.Parameter != c.parameter || d.Offset != c.offset {
				t.Errorf("difference is line %d, %q, parameter %q, offset %d, want line %d, %q, parameter %q, offset %d",
					d.Line, d.Name, d.Parameter, d.Offset, c.line, c.what, c.parameter, c.offset)
			}
			if strings.Contains(d.Ours+d.Theirs+d.String(), "-tk") {
				t.Errorf("difference shows the token: %v", d)
			}
			if back := signature.Explain(c.theirs, ours); back.Line != d.Line || back.Offset != d.Offset || back.Ours != d.Theirs || back.TheirsEnded != d.OursEnded {
				t.Errorf("reversed it is %+v, want the mirror of %+v", back, d)
			}
		})
	}
}

func TestExplainStringToSign(t *testing.T) {
	t.Parallel()
	const acs3 = "ACS3-HMAC-SHA256\n6306ef31"
	const rpc = "POST&%2F&AccessKeyId%3DtestAK%26Domains%3Da%252Cb%26Timestamp%3D2026-11-23T07%253A06%253A34Z"
	for _, c := range []struct {
		name, ours, theirs string
		line               int
		what, parameter    string
	}{
		{"ACS3 hash", acs3, "ACS3-HMAC-SHA256\n6306ef32", 2, "hash of the canonical request", ""},
		{"ACS3 algorithm", acs3, "ACS3-HMAC-SM3\n6306ef31", 1, "algorithm", ""},
		{"ACS3 more lines", acs3, acs3 + "\n", 3, "after the end", ""},
		{"RPC method", rpc, "GET" + rpc[4:], 1, "method", ""},
		{"RPC path", rpc, strings.Replace(rpc, "%2F", "/", 1), 1, "path", ""},
		{"RPC value", rpc, strings.Replace(rpc, "%252C", "%2C", 1), 1, "parameters", "Domains"},
		{"RPC last value", rpc, strings.Replace(rpc, "34Z", "35Z", 1), 1, "parameters", "Timestamp"},
		{"RPC parameter missing", rpc, strings.Replace(rpc, "%26Domains%3Da%252Cb", "", 1), 1, "parameters", "Domains"},
		{"RPC parameter more", rpc, rpc + "%26Version%3D1", 1, "parameters", "Version"},
		{"RPC encoded once", rpc, "POST&%2F&AccessKeyId=testAK&Domains=a%2Cb", 1, "parameters", "AccessKeyId"},
		{"RPC empty", "GET&%2F&", "GET&%2F&a%3Db", 1, "parameters", "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if d := signature.Explain(c.ours, c.theirs); d.Equal || d.Line != c.line || d.Name != c.what || d.Parameter != c.parameter {
				t.Errorf("difference is line %d, %q, parameter %q, want line %d, %q, parameter %q", d.Line, d.Name, d.Parameter, c.line, c.what, c.parameter)
			}
		})
	}
}

func TestDifferenceString(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for _, c := range []struct{ name, ours, theirs, want string }{
		{"equal", "a", "a", "no difference: both sides signed the same string, so their secrets differ"},
		{"in a parameter", "GET\n/\nDomains=a%20b&SiteId=1", "GET\n/\nDomains=a+b&SiteId=1", `line 3 (query, parameter Domains) differs at byte 10:
  ours:   "Domains=a%20b&SiteId=1"
  theirs: "Domains=a+b&SiteId=1"
                    ^`},
		{"after a quoted byte", "GET\n/\nD=\"ü\x01a", "GET\n/\nD=\"ü\x01b", `line 3 (query, parameter D) differs at byte 7:
  ours:   "D=\"ü\x01a"
  theirs: "D=\"ü\x01b"
                    ^`},
		{"line ends", "GET\n/", "GET\r\n/", `line 1 (method) differs at byte 4:
  ours:   "GET"
  theirs: "GET\r"
              ^`},
		{"line missing", "GET\n/\na=1", "GET\n/", `line 3 (query, parameter a) differs at byte 1:
  ours:   "a=1"
  theirs: (line is missing)
           ^`},
		{"line missing in ours", "GET\n/", "GET\n/\na=1", `line 3 (query, parameter a) differs at byte 1:
  ours:   (line is missing)
  theirs: "a=1"
           ^`},
		{"long lines", "GET\n/\n" + long + "a" + long, "GET\n/\n" + long + "b" + long, `line 3 (query, parameter "` + long[:64] + `"…) differs at byte 101:
  ours:   …"` + long[:48] + "a" + long[:47] + `"…
  theirs: …"` + long[:48] + "b" + long[:47] + `"…
` + strings.Repeat(" ", 60) + "^"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := signature.Explain(c.ours, c.theirs).String(); got != c.want {
				t.Errorf("String is\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestDiagnosisString(t *testing.T) {
	t.Parallel()
	difference := signature.Explain("POST\n/", "post\n/")
	one, two := signature.Mistake{Name: "a", Explanation: "first"}, signature.Mistake{Name: "b", Explanation: "second"}
	for _, c := range []struct {
		d    signature.Diagnosis
		want string
	}{
		{signature.Diagnosis{Verified: true}, "the signature matches"},
		{signature.Diagnosis{}, "no known mistake produces this signature: most likely the secrets differ, or a signed value changed in transit"},
		{signature.Diagnosis{Mistakes: []signature.Mistake{one}, Difference: signature.Difference{Equal: true}}, "first"},
		{signature.Diagnosis{Mistakes: []signature.Mistake{one, two}, Difference: difference}, "first; and second\n" + difference.String()},
	} {
		if got := c.d.String(); got != c.want {
			t.Errorf("String is %q, want %q", got, c.want)
		}
	}
}
