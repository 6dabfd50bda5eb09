package signature_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

const (
	anACS3String = "ACS3-HMAC-SHA256\n6306ef31f2c1915dd47e562d932ea4643dad1747e0b751314727150613831f85"
	anRPCString  = "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions"
)

func TestMismatchMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		transcript signature.Transcript
		want       string
	}{
		{"ACS3", signature.Transcript{Scheme: signature.ACS3HMACSHA256, StringToSign: anACS3String, CanonicalRequest: "GET\n/\n\nhost:h\n\nhost\n" + emptyHash},
			"Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n6306ef31f2c1915dd47e562d932ea4643dad1747e0b751314727150613831f85] server CanonicalRequest is [GET\n/\n\nhost:h\n\nhost\n" + emptyHash + "]"},
		{"RPC", signature.Transcript{Scheme: signature.RPCHMACSHA1, StringToSign: anRPCString},
			"Specified signature is not matched with our calculation. server string to sign is:GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := signature.MismatchMessage(&signature.MismatchError{Transcript: c.transcript})
			if got != c.want {
				t.Errorf("message is\n%s\nwant\n%s", got, c.want)
			}
			for _, wrapped := range []string{got, "code: 400, " + got + " request id: 4F1C-22"} {
				if back, ok := signature.ParseMismatchMessage(wrapped); !ok || back != c.transcript {
					t.Errorf("ParseMismatchMessage(%q) returns %v, %v", wrapped, back, ok)
				}
			}
		})
	}
}

func TestParseMismatchMessage(t *testing.T) {
	t.Parallel()
	acs3 := signature.Transcript{Scheme: signature.ACS3HMACSHA256, StringToSign: anACS3String}
	withRequest := acs3
	withRequest.CanonicalRequest = "GET\n/\n\nhost:[::1]\n\nhost\nhash"
	rpc := signature.Transcript{Scheme: signature.RPCHMACSHA1, StringToSign: anRPCString}
	escaped := strings.ReplaceAll(anACS3String, "\n", `\n`)
	for _, c := range []struct {
		name, message string
		want          signature.Transcript
		ok            bool
	}{
		{"string to sign alone", "Specified signature does not match our calculation. server StringToSign is [" + anACS3String + "]", acs3, true},
		{"line end as a space", "server StringToSign is [" + strings.ReplaceAll(anACS3String, "\n", " ") + "]", acs3, true},
		{"line ends escaped", "server StringToSign is [" + escaped + "] server CanonicalRequest is [GET\\n/\\n\\nhost:[::1]\\n\\nhost\\nhash]", withRequest, true},
		{"bracket in a header", "server StringToSign is [" + anACS3String + "] server CanonicalRequest is [" + withRequest.CanonicalRequest + "] request id: 1", withRequest, true},
		{"canonical request cut off", "server StringToSign is [" + anACS3String + "] server CanonicalRequest is [GET\n/", acs3, true},
		{"RPC string in the brackets of the other", "server StringToSign is [" + anRPCString + "]", rpc, true},
		{"RPC, other words before", "signature does not conform to standards. server string to sign is:" + anRPCString, rpc, true},
		{"RPC, space and line after", "server string to sign is: " + anRPCString + "\nRequestId: 1", rpc, true},
		{"RPC, nothing", "server string to sign is: ", signature.Transcript{}, false},
		{"nothing in brackets", "server StringToSign is []", signature.Transcript{}, false},
		{"bracket not closed", "server StringToSign is [ACS3", signature.Transcript{}, false},
		{"another message", "Specified access key is not found.", signature.Transcript{}, false},
		{"empty", "", signature.Transcript{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := signature.ParseMismatchMessage(c.message)
			if got != c.want || ok != c.ok {
				t.Errorf("ParseMismatchMessage returns %q, %q, %v, %v", got.StringToSign, got.CanonicalRequest, got.Scheme, ok)
			}
		})
	}
}

func TestTranscriptExplain(t *testing.T) {
	t.Parallel()
	ours := signature.Transcript{StringToSign: "ACS3-HMAC-SHA256\na", CanonicalRequest: "GET\n/"}
	both := signature.Transcript{StringToSign: "ACS3-HMAC-SHA256\nb", CanonicalRequest: "PUT\n/"}
	one := signature.Transcript{StringToSign: "ACS3-HMAC-SHA256\nb"}
	if d := ours.Explain(both); d.Name != "method" {
		t.Errorf("with both canonical requests: %v", d)
	}
	if d := ours.Explain(one); d.Name != "hash of the canonical request" {
		t.Errorf("without theirs: %v", d)
	}
}

func TestTranscriptString(t *testing.T) {
	t.Parallel()
	got := signature.Transcript{CanonicalRequest: "GET\n/\nSecurityToken=abc", StringToSign: "s"}.String()
	if want := "canonical request:\nGET\n/\nSecurityToken=***\nstring to sign:\ns"; got != want {
		t.Errorf("String is %q, want %q", got, want)
	}
	if got := (signature.Transcript{StringToSign: "s"}).String(); got != "string to sign:\ns" {
		t.Errorf("String is %q", got)
	}
}
