package signature_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

func TestSignACS3SetsHeaders(t *testing.T) {
	t.Parallel()
	req := newRequest(t, "POST", endpoint)
	if err := signature.SignACS3(req, nil, key, at, nonce); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"X-Acs-Date":            "2026-11-23T07:06:34Z",
		"X-Acs-Signature-Nonce": nonce,
		"X-Acs-Content-Sha256":  emptyHash,
	} {
		if got := req.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	want := "ACS3-HMAC-SHA256 Credential=testAK,SignedHeaders=" + signedHeaders + ",Signature="
	if got := req.Header.Get("Authorization"); !strings.HasPrefix(got, want) || len(got) != len(want)+64 {
		t.Errorf("Authorization is %q, want %q and 64 digits", got, want)
	}
	if req.Header["X-Acs-Security-Token"] != nil || req.Header["X-Acs-Accesskey-Id"] != nil {
		t.Error("a permanent key sends the headers of a temporary one")
	}
	// The values lie in one array; a header added to one must not show in the
	// next.
	req.Header.Add("X-Acs-Date", "another")
	if got := req.Header.Get("X-Acs-Signature-Nonce"); got != nonce {
		t.Errorf("adding to one header changed another to %q", got)
	}
}

func TestSignedListOfTemporaryCredentials(t *testing.T) {
	t.Parallel()
	// As listed by the vendor's SDKs, including X-Acs-Credentials-Provider.
	const want = "host;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version"
	req := newRequest(t, "POST", endpoint)
	req.Header.Set("X-Acs-Credentials-Provider", "static_sts")
	temporary := signature.Key{ID: "STS.testAK", Secret: "testSecret", SecurityToken: "STS/token+with=chars=="}
	if err := signature.SignACS3(req, nil, temporary, at, nonce); err != nil {
		t.Fatal(err)
	}
	m := sent(t, req, nil)
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(claim.SignedHeaders, ";"); got != want {
		t.Errorf("signed headers are %s, want %s", got, want)
	}
	if claim.SecurityToken != temporary.SecurityToken || req.Header.Get("X-Acs-Accesskey-Id") != temporary.ID {
		t.Errorf("claim is %v with the header %q", claim, req.Header.Get("X-Acs-Accesskey-Id"))
	}
	if err := claim.Verify(&m, temporary.Secret); err != nil {
		t.Error(err)
	}
}

// TestSignedRequestsVerify sends requests of many shapes over the wire.
func TestSignedRequestsVerify(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded; charset=UTF-8"
	temporary := signature.Key{ID: "testAK", Secret: "testSecret", SecurityToken: "STS/token+with=chars=="}
	for _, c := range []struct {
		name, method, target string
		header               http.Header
		body                 string
		key                  signature.Key
	}{
		{"post", "POST", endpoint, nil, "", key},
		{"get", "GET", endpoint, nil, "", key},
		{"no method means get", "", endpoint, nil, "", key},
		{"no path", "GET", "http://localhost?SiteId=1", nil, "", key},
		{"no query", "GET", "http://localhost/", nil, "", key},
		{"bare question mark", "GET", "http://localhost/?", nil, "", key},
		{"fragment", "GET", "http://localhost/?a=1#b", nil, "", key},
		{"IPv6", "GET", "http://[::1]:8080/", nil, "", key},
		{"path", "GET", "http://localhost/v1/sites/a+b*c~d%7Ee%2Ff/ü", nil, "", key},
		{"special characters", "POST", "http://localhost/?b=*%20+%2B~!'()&a=ü%FF;x&a=&=&c", nil, "", key},
		{"form", "POST", endpoint, http.Header{"Content-Type": {form}}, "Tags.1.k=%2A.%E4%BE%8B+~%2B&Tags.2.k=2&a", key},
		{"form, key in lower case", "POST", endpoint, http.Header{"content-type": {form}}, "a=1", key},
		{"JSON", "POST", endpoint, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, `{"a":1}`, key},
		{"bytes without a type", "POST", endpoint, nil, "\x00\xff", key},
		{"temporary key", "POST", endpoint, nil, "", temporary},
		{"value with surrounding spaces", "POST", endpoint, http.Header{"X-Acs-Foo": {"  Bar  baz "}}, "", key},
		{"keys in lower case", "POST", endpoint, http.Header{"x-acs-foo": {"Bar"}}, "", key},
		{"one header in two spellings", "POST", endpoint, http.Header{"x-acs-foo": {"b"}, "X-Acs-Foo": {"c", "a"}, "X-ACS-FOO": {"d"}}, "", key},
		{"many values", "POST", endpoint, http.Header{"X-Acs-Foo": {"b", " a ", "c"}}, "", key},
		{"empty value", "POST", endpoint, http.Header{"X-Acs-Foo": {""}}, "", key},
		{"no value", "POST", endpoint, http.Header{"X-Acs-Foo": {}}, "", key},
		{"more headers than usual", "POST", endpoint, manyHeaders(40), "", key},
		{"more parameters than usual", "POST", endpoint + strings.Repeat("&b=2&a=1", 40), nil, "", key},
		{"a long value", "POST", endpoint + "&long=" + strings.Repeat("%20", 3000), nil, "", key},
		{"key with spaces", "POST", endpoint, nil, "", signature.Key{ID: "a b+&=", Secret: "s"}},
		{"long secret", "POST", endpoint, nil, "", signature.Key{ID: "a", Secret: strings.Repeat("s", 100)}},
	} {
		for scheme, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
			t.Run(c.name+"/"+scheme, func(t *testing.T) {
				t.Parallel()
				req := newRequest(t, c.method, c.target)
				maps.Copy(req.Header, c.header)
				if err := sign(req, []byte(c.body), c.key, at, nonce); err != nil {
					t.Fatal(err)
				}
				m := sent(t, req, []byte(c.body))
				if err := verify(&m, c.key.Secret); err != nil {
					t.Fatal(err)
				}
				wantMismatch(t, verify(&m, c.key.Secret+"x"))
			})
		}
	}
}

func wantMismatch(t *testing.T, err error) {
	t.Helper()
	var mismatch *signature.MismatchError
	if !errors.As(err, &mismatch) {
		t.Errorf("error is %v, want a *MismatchError", err)
	}
}

func manyHeaders(n int) http.Header {
	h := http.Header{}
	for i := range n {
		h[fmt.Sprintf("X-Acs-Extra-%d", i)] = []string{"v"}
	}
	return h
}

func TestSignRPCQuery(t *testing.T) {
	t.Parallel()
	req := newRequest(t, "POST", "http://localhost/?Version=2024-09-10&Action=ApplyCertificate&Domains=*.a+b&Format=XML")
	temporary := signature.Key{ID: "testAK", Secret: "testSecret", SecurityToken: "a/b"}
	if err := signature.SignRPC(req, nil, temporary, at, nonce); err != nil {
		t.Fatal(err)
	}
	want := "AccessKeyId=testAK&Action=ApplyCertificate&Domains=%2A.a%20b&Format=JSON&SecurityToken=a%2Fb&SignatureMethod=HMAC-SHA1&SignatureNonce=" + nonce +
		"&SignatureVersion=1.0&Timestamp=2026-11-23T07%3A06%3A34Z&Version=2024-09-10&Signature="
	if !strings.HasPrefix(req.URL.RawQuery, want) {
		t.Errorf("query is\n%s\nwant\n%s…", req.URL.RawQuery, want)
	}
}

func TestUnsignable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		change    func(*http.Request)
		key       signature.Key
		nonce     string
		reason    signature.Reason
		parameter string
		header    string
	}{
		{"no access key ID", nil, signature.Key{Secret: "s"}, nonce, signature.ErrMissingAccessKeyID, "", ""},
		{"no secret", nil, signature.Key{ID: "a"}, nonce, signature.ErrNoSecret, "", ""},
		{"no nonce", nil, key, "", signature.ErrMissingParameter, "SignatureNonce", ""},
		{"no URL", func(r *http.Request) { r.URL = nil }, key, nonce, signature.ErrNotSignable, "", ""},
		{"opaque URL", func(r *http.Request) { r.URL.Opaque = "//h/p" }, key, nonce, signature.ErrNotSignable, "", ""},
		{"no host", func(r *http.Request) { r.URL.Host = "" }, key, nonce, signature.ErrNotSignable, "", "host"},
		{"host in Unicode", func(r *http.Request) { r.Host = "bücher.example" }, key, nonce, signature.ErrNotSignable, "", "host"},
		{"host with a zone", func(r *http.Request) { r.URL.Host = "[fe80::1%eth0]:80" }, key, nonce, signature.ErrNotSignable, "", "host"},
		{"undecodable query", func(r *http.Request) { r.URL.RawQuery = "Domains=%zz" }, key, nonce, signature.ErrUndecodable, "Domains", ""},
	} {
		for scheme, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
			t.Run(c.name+"/"+scheme, func(t *testing.T) {
				t.Parallel()
				req := newRequest(t, "POST", endpoint)
				if c.change != nil {
					c.change(req)
				}
				before := describe(req)
				var transcript signature.Transcript
				err := sign(req, nil, c.key, at, c.nonce, signature.WithTranscript(&transcript))
				wantError(t, err, c.reason, c.parameter, c.header)
				if describe(req) != before || transcript.StringToSign != "" {
					t.Errorf("the failed signing changed the request to\n%s", describe(req))
				}
			})
		}
	}
}

func TestUnsignableParts(t *testing.T) {
	t.Parallel()
	comma := signature.Key{ID: "a,b", Secret: "s"}
	wantError(t, signature.SignACS3(newRequest(t, "POST", endpoint), nil, comma, at, nonce), signature.ErrNotSignable, "", "authorization")

	req := newRequest(t, "POST", endpoint)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	wantError(t, signature.SignRPC(req, []byte("a=1&Signature=x"), key, at, nonce), signature.ErrDuplicate, "Signature", "")
	wantError(t, signature.SignRPC(req, []byte("a=%zz"), key, at, nonce), signature.ErrUndecodable, "a", "")
	wantError(t, signature.SignRPC(req, []byte(strings.Repeat("a&", 4096)), key, at, nonce), signature.ErrUndecodable, "", "")

	for _, target := range []string{"http://localhost/?a=%zz", "http:///"} {
		req := newRequest(t, "POST", target)
		reason, parameter, head := signature.ErrUndecodable, "a", ""
		if req.URL.Host == "" {
			reason, parameter, head = signature.ErrNotSignable, "", "host"
		}
		wantError(t, signature.SetBearerACS3(req, nil, "tok", at, nonce), reason, parameter, head)
		wantError(t, signature.SetBearerRPC(req, "tok", at, nonce), reason, parameter, head)
	}
	req = newRequest(t, "POST", endpoint)
	wantError(t, signature.SetBearerACS3(req, nil, "", at, nonce), signature.ErrMissingParameter, "BearerToken", "")
	wantError(t, signature.SetBearerRPC(req, "", at, nonce), signature.ErrMissingParameter, "BearerToken", "")
	wantError(t, signature.SetBearerACS3(req, nil, "tok", at, ""), signature.ErrMissingParameter, "SignatureNonce", "")

	// After a bearer token, an undecodable query is still reported.
	req = newRequest(t, "POST", "http://localhost/?a=%zz")
	req.Header.Set("X-Acs-Bearer-Token", "tok")
	wantError(t, signature.SignACS3(req, nil, key, at, nonce), signature.ErrUndecodable, "a", "")
}

func TestSigningWithoutHeaderMap(t *testing.T) {
	t.Parallel()
	for name, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
		req := newRequest(t, "POST", endpoint)
		req.Header = nil
		if err := sign(req, nil, key, at, nonce); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if req.Header == nil {
			req.Header = http.Header{}
		}
		m := sent(t, req, nil)
		if err := verify(&m, key.Secret); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	for name, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
		req := newRequest(t, "POST", endpoint)
		var ours signature.Transcript
		if err := sign(req, nil, key, at, nonce, signature.WithTranscript(&ours)); err != nil {
			t.Fatal(err)
		}
		m := sent(t, req, nil)
		var mismatch *signature.MismatchError
		if err := verify(&m, "another"); !errors.As(err, &mismatch) {
			t.Fatal(err)
		}
		if ours != mismatch.Transcript {
			t.Errorf("%s: client and server saw\n%v\nand\n%v", name, ours, mismatch.Transcript)
		}
		if d := ours.Explain(mismatch.Transcript); !d.Equal {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// TestCanonicalURI checks the second line of the canonical request.
func TestCanonicalURI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, want, rpc string }{
		{"", "/", "%2F"},
		{"/", "/", "%2F"},
		{"/a+b*c~d%7Ee", "/a%20b%2Ac~d~e", "%2Fa%2520b%252Ac~d~e"},
		{"/%2a%2B:@%7e%7", "/%2a%2B:@%7e%7", "%2F%252a%252B%3A%40%257e%257"},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			m := acs3(nil)
			m.Path = c.path
			var mismatch *signature.MismatchError
			if err := verify(&m, "s"); !errors.As(err, &mismatch) {
				t.Fatal(err)
			}
			if got := strings.Split(mismatch.CanonicalRequest, "\n")[1]; got != c.want {
				t.Errorf("canonical URI of %q is %q, want %q", c.path, got, c.want)
			}
			m = signature.Message{Method: "GET", Path: c.path, Query: rpc("-")}
			if err := verify(&m, "s"); !errors.As(err, &mismatch) {
				t.Fatal(err)
			}
			if got := strings.Split(mismatch.StringToSign, "&")[1]; got != c.rpc {
				t.Errorf("path of %q in the RPC string is %q, want %q", c.path, got, c.rpc)
			}
		})
	}
}

// TestOverHTTP signs for a real server, with header keys in lower case as the
// vendor's SDKs write them.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := signature.MessageOf(r, nil)
		if err := verify(&m, key.Secret); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	defer server.Close()
	for name, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"?Domains=a+b%2C*", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["x-acs-action"] = []string{"ApplyCertificate"}
		req.Header["x-acs-version"] = []string{"2024-09-10"}
		if err := sign(req, nil, key, at, nonce); err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", name, res.StatusCode)
		}
	}
}
