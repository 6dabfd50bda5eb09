package signature_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

const (
	signedHeaders = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
	emptyHash     = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	aSignature    = "70fe7bc80f4726e5dbe5601053731babbd26dba348b22d05a8d5da6cf694ac87"
	authorized    = "ACS3-HMAC-SHA256 Credential=testAK,SignedHeaders=" + signedHeaders + ",Signature=" + aSignature
)

// acs3 returns a request with an ACS3 signature and changed headers: an empty
// list removes one.
func acs3(change http.Header) signature.Message {
	h := http.Header{
		"Authorization":         {authorized},
		"X-Acs-Action":          {"ApplyCertificate"},
		"X-Acs-Content-Sha256":  {emptyHash},
		"X-Acs-Date":            {"2026-11-23T07:06:34Z"},
		"X-Acs-Signature-Nonce": {"n1"},
		"X-Acs-Version":         {"2024-09-10"},
	}
	maps.Copy(h, change)
	return signature.Message{Method: "POST", Path: "/", Query: "SiteId=1", Host: "localhost", Header: h}
}

func header(name string, values ...string) http.Header { return http.Header{name: values} }

func authorization(s string) http.Header { return header("Authorization", s) }

func TestParseRejectsACS3(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		change            http.Header
		reason            signature.Reason
		parameter, header string
	}{
		{"two Authorization headers", header("Authorization", authorized, authorized), signature.ErrDuplicate, "", "authorization"},
		{"two dates", header("X-Acs-Date", "a", "b"), signature.ErrDuplicate, "", "x-acs-date"},
		{"two equal nonces", header("X-Acs-Signature-Nonce", "a", "a"), signature.ErrDuplicate, "", "x-acs-signature-nonce"},
		{"two actions", header("X-Acs-Action", "a", "b"), signature.ErrDuplicate, "", "x-acs-action"},
		{"two versions", header("X-Acs-Version", "a", "b"), signature.ErrDuplicate, "", "x-acs-version"},
		{"two hashes", header("X-Acs-Content-Sha256", "a", "b"), signature.ErrDuplicate, "", "x-acs-content-sha256"},
		{"two tokens", header("X-Acs-Security-Token", "a", "b"), signature.ErrDuplicate, "", "x-acs-security-token"},
		{"two content types", header("Content-Type", "a", "b"), signature.ErrDuplicate, "", "content-type"},
		{"two access keys", header("X-Acs-Accesskey-Id", "a", "b"), signature.ErrDuplicate, "", "x-acs-accesskey-id"},
		{"no date", header("X-Acs-Date"), signature.ErrMissingParameter, "Timestamp", "x-acs-date"},
		{"empty date", header("X-Acs-Date", " "), signature.ErrMissingParameter, "Timestamp", "x-acs-date"},
		{"no nonce", header("X-Acs-Signature-Nonce"), signature.ErrMissingParameter, "SignatureNonce", "x-acs-signature-nonce"},
		{"signed header absent", header("X-Acs-Content-Sha256"), signature.ErrSignedHeaderMissing, "", "x-acs-content-sha256"},
		{"signed action absent", header("X-Acs-Action"), signature.ErrSignedHeaderMissing, "", "x-acs-action"},
		{"token not signed", header("X-Acs-Security-Token", "t"), signature.ErrHeaderNotSigned, "", "x-acs-security-token"},
		{"date not signed", authorization(strings.Replace(authorized, ";x-acs-date", "", 1)), signature.ErrHeaderNotSigned, "", "x-acs-date"},
		{"nonce not signed", authorization(strings.Replace(authorized, ";x-acs-signature-nonce", "", 1)), signature.ErrHeaderNotSigned, "", "x-acs-signature-nonce"},
		{"action not signed", authorization(strings.Replace(authorized, ";x-acs-action", "", 1)), signature.ErrHeaderNotSigned, "", "x-acs-action"},
		{"version not signed", authorization(strings.Replace(authorized, ";x-acs-version", "", 1)), signature.ErrHeaderNotSigned, "", "x-acs-version"},
		{"another access key in the header", header("X-Acs-Accesskey-Id", "other"), signature.ErrMalformed, "", "authorization"},

		{"SM3", authorization(strings.Replace(authorized, "HMAC-SHA256", "HMAC-SM3", 1)), signature.ErrUnsupportedMethod, "SignatureMethod", "authorization"},
		{"RSA", authorization(strings.Replace(authorized, "HMAC-SHA256", "RSA-SHA256", 1)), signature.ErrUnsupportedMethod, "SignatureMethod", "authorization"},
		{"invented algorithm", authorization(strings.Replace(authorized, "HMAC-SHA256", "HMAC-MD5", 1)), signature.ErrUnsupportedMethod, "SignatureMethod", "authorization"},
		{"algorithm alone", authorization("ACS3-HMAC-SHA256"), signature.ErrMissingAccessKeyID, "", "authorization"},
		{"no credential", authorization(strings.Replace(authorized, "Credential=testAK,", "", 1)), signature.ErrMissingAccessKeyID, "", "authorization"},
		{"empty credential", authorization(strings.Replace(authorized, "testAK", "", 1)), signature.ErrMissingAccessKeyID, "", "authorization"},
		{"no signature", authorization(strings.TrimSuffix(authorized, ",Signature="+aSignature)), signature.ErrMissingParameter, "Signature", "authorization"},
		{"no signed headers", authorization(strings.Replace(authorized, "SignedHeaders="+signedHeaders+",", "", 1)), signature.ErrMalformed, "", "authorization"},
		{"empty signed headers", authorization(strings.Replace(authorized, signedHeaders, "", 1)), signature.ErrMalformed, "", "authorization"},
		{"empty name in signed headers", authorization(strings.Replace(authorized, "host;", "host;;", 1)), signature.ErrMalformed, "", "authorization"},
		{"no name in signed headers", authorization(strings.Replace(authorized, "host;", "ho st;", 1)), signature.ErrMalformed, "", "authorization"},
		{"far too many signed headers", authorization(strings.Replace(authorized, "host;", "host;"+strings.Repeat("a;", 251), 1)), signature.ErrMalformed, "", "authorization"},
		{"too many but for one, absent", authorization(strings.Replace(authorized, "host;", "host;"+manyNames(250), 1)), signature.ErrSignedHeaderMissing, "", "a0"},
		{"signed header twice", authorization(strings.Replace(authorized, "host;", "host;host;", 1)), signature.ErrDuplicate, "", "authorization"},
		{"signed header twice in two cases", authorization(strings.Replace(authorized, "host;", "host;Host;", 1)), signature.ErrDuplicate, "", "authorization"},
		{"credential twice", authorization(authorized + ",Credential=other"), signature.ErrDuplicate, "", "authorization"},
		{"signature twice", authorization(authorized + ",Signature=" + aSignature), signature.ErrDuplicate, "", "authorization"},
		{"unknown part", authorization(authorized + ",Region=cn"), signature.ErrMalformed, "", "authorization"},
		{"part without a value", authorization("ACS3-HMAC-SHA256 Credential,SignedHeaders=host,Signature=a"), signature.ErrMissingAccessKeyID, "", "authorization"},
		{"comma at the end", authorization(authorized + ","), signature.ErrMalformed, "", "authorization"},
		{"another scheme", authorization("Basic dGVzdA=="), signature.ErrMalformed, "", "authorization"},
		{"scheme in lower case", authorization(strings.ToLower(authorized)), signature.ErrMalformed, "", "authorization"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := acs3(c.change)
			_, err := signature.Parse(&m)
			wantError(t, err, c.reason, c.parameter, c.header)
		})
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d;", i)
	}
	return b.String()
}

func TestParseRejectsUndecodableQuery(t *testing.T) {
	t.Parallel()
	m := acs3(nil)
	m.Query = "SiteId=1&Domains=%zz"
	_, err := signature.Parse(&m)
	wantError(t, err, signature.ErrUndecodable, "Domains", "")
	m.Query = "Action=a&Action=b"
	_, err = signature.Parse(&m)
	wantError(t, err, signature.ErrDuplicate, "Action", "")
}

func TestParseRejectsMissingHost(t *testing.T) {
	t.Parallel()
	m := acs3(nil)
	m.Host = ""
	_, err := signature.Parse(&m)
	wantError(t, err, signature.ErrSignedHeaderMissing, "", "host")
}

func TestParseDoesNotRepeatForeignCredentials(t *testing.T) {
	t.Parallel()
	m := acs3(authorization("a-raw-password"))
	if _, err := signature.Parse(&m); err == nil || strings.Contains(err.Error(), "password") {
		t.Errorf("error is %v", err)
	}
}

func TestParseACS3(t *testing.T) {
	t.Parallel()
	spaces := strings.ReplaceAll(authorized, ",", ",  ")
	for _, c := range []struct {
		name   string
		change http.Header
		query  string
		check  func(*testing.T, signature.Claim)
	}{
		{"as SDKs send it", nil, "SiteId=1", func(t *testing.T, c signature.Claim) {
			want := signature.Claim{Scheme: signature.ACS3HMACSHA256, AccessKeyID: "testAK", Signature: aSignature, Nonce: "n1", Date: "2026-11-23T07:06:34Z", Action: "ApplyCertificate", Version: "2024-09-10"}
			if fmt.Sprint(c) != fmt.Sprint(want)+", signed headers "+signedHeaders || c.Signature != aSignature || c.SecurityToken != "" {
				t.Errorf("claim is %v", c)
			}
		}},
		{"spaces after commas", authorization(spaces), "", func(t *testing.T, c signature.Claim) {
			if c.AccessKeyID != "testAK" || c.Signature != aSignature || strings.Join(c.SignedHeaders, ";") != signedHeaders {
				t.Errorf("claim is %v", c)
			}
		}},
		{"credential with spaces", authorization(strings.Replace(authorized, "testAK", " a b ", 1)), "", func(t *testing.T, c signature.Claim) {
			if c.AccessKeyID != " a b " {
				t.Errorf("AccessKeyID is %q", c.AccessKeyID)
			}
		}},
		{"parts in another order", authorization("ACS3-HMAC-SHA256 Signature=" + aSignature + ",SignedHeaders=" + signedHeaders + ",Credential=testAK"), "", func(t *testing.T, c signature.Claim) {
			if c.AccessKeyID != "testAK" || c.Signature != aSignature {
				t.Errorf("claim is %v", c)
			}
		}},
		{"empty signature", authorization(strings.TrimSuffix(authorized, aSignature)), "", func(t *testing.T, c signature.Claim) {
			// A real gateway responds with SignatureDoesNotMatch, so it is left
			// to Verify.
			if c.Signature != "" {
				t.Errorf("claim is %v", c)
			}
		}},
		{"names unsorted and in capitals", authorization(strings.Replace(authorized, signedHeaders, "X-Acs-Version;Host;x-acs-date;x-acs-action;x-acs-signature-nonce", 1)), "", func(t *testing.T, c signature.Claim) {
			if got := strings.Join(c.SignedHeaders, ";"); got != "host;x-acs-action;x-acs-date;x-acs-signature-nonce;x-acs-version" {
				t.Errorf("SignedHeaders is %s", got)
			}
			if !c.Signs("host") || c.Signs("content-type") {
				t.Error("Signs does not know the headers")
			}
		}},
		{"a header with a very long name", http.Header{
			"Authorization":                 {strings.Replace(authorized, "host;", "host;x-"+strings.Repeat("a", 70)+";", 1)},
			"X-A" + strings.Repeat("a", 69): {"v"},
		}, "", func(t *testing.T, c signature.Claim) {
			if len(c.SignedHeaders) != 7 {
				t.Errorf("SignedHeaders is %v", c.SignedHeaders)
			}
		}},
		{"temporary credentials", http.Header{
			"Authorization":        {strings.Replace(authorized, "host;", "host;x-acs-accesskey-id;x-acs-security-token;", 1)},
			"X-Acs-Accesskey-Id":   {"testAK"},
			"X-Acs-Security-Token": {"token"},
		}, "", func(t *testing.T, c signature.Claim) {
			if c.SecurityToken != "token" {
				t.Errorf("SecurityToken is %q", c.SecurityToken)
			}
		}},
		{"action and version in the query", http.Header{
			"Authorization": {strings.Replace(strings.Replace(authorized, "x-acs-action;", "", 1), ";x-acs-version", "", 1)},
			"X-Acs-Action":  nil, "X-Acs-Version": nil,
		}, "Action=A&Version=V", func(t *testing.T, c signature.Claim) {
			if c.Action != "A" || c.Version != "V" {
				t.Errorf("claim is %v", c)
			}
		}},
		{"the headers go before the query", nil, "Action=A&Version=V", func(t *testing.T, c signature.Claim) {
			if c.Action != "ApplyCertificate" || c.Version != "2024-09-10" {
				t.Errorf("claim is %v", c)
			}
		}},
		{"parameters of the other scheme are data", nil, "Signature=a&Signature=b&SignatureType=BEARERTOKEN&AccessKeyId=x", func(t *testing.T, c signature.Claim) {
			if c.Scheme != signature.ACS3HMACSHA256 || c.Signature != aSignature || c.AccessKeyID != "testAK" {
				t.Errorf("claim is %v", c)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := acs3(c.change)
			m.Query = c.query
			claim, err := signature.Parse(&m)
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, claim)
		})
	}
}

func TestErrorString(t *testing.T) {
	t.Parallel()
	m := acs3(header("X-Acs-Date", "a", "b"))
	_, err := signature.Parse(&m)
	if got, want := err.Error(), "signature: sent more than once: header x-acs-date"; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	m = acs3(authorization(strings.Replace(authorized, "HMAC-SHA256", "HMAC-SM3", 1)))
	_, err = signature.Parse(&m)
	if got, want := err.Error(), "signature: unsupported signature method: header authorization: \"ACS3-HMAC-SM3\" is not supported; use ACS3-HMAC-SHA256"; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	_, err = signature.CanonicalQuery("Domains=%zz")
	if got, want := err.Error(), `signature: cannot be decoded: parameter Domains: invalid percent-encoding in its value: "%zz"`; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	_, err = signature.CanonicalQuery("a%0Alevel=error=%zz")
	if got, want := err.Error(), `signature: cannot be decoded: parameter "a\nlevel": invalid percent-encoding in its value: "%zz"`; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	_, err = signature.ParseTime(signature.RPCHMACSHA1, strings.Repeat("x", 1000))
	if len(err.Error()) > 250 {
		t.Errorf("an error repeats all input of a caller: %q", err)
	}
	seen := map[string]bool{}
	for reason := signature.ErrMissingAccessKeyID; reason <= signature.ErrNotSignable; reason++ {
		s := reason.Error()
		if seen[s] || s == signature.Reason(0).Error() {
			t.Errorf("reason %d has no own message: %q", reason, s)
		}
		seen[s] = true
		if !errors.Is(&signature.Error{Reason: reason}, reason) {
			t.Errorf("errors.Is does not find %q", s)
		}
	}
}
