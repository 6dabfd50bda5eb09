package signature_test

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

// FuzzCanonicalQuery checks the definition of the canonical form: it is its own
// canonical form, is equivalent, and does not depend on how a space was
// encoded.
func FuzzCanonicalQuery(f *testing.F) {
	for _, seed := range []string{
		"", "a=1&b=2", "b=2&a=1&a=0", "a=x+y", "a=x%20y", "a=%2B", "a&=&==", "&&", "a=1;b=2", "a=%zz", "a=%", "%C3%BC=ü", "a=%ff",
		"Domains=*.example.com%2Ca%20b%2C~tilde%2Cplus%2Bplus%2C(p)!%27q%27", "a.1=x&a=y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		canonical, err := signature.CanonicalQuery(raw)
		values, parseErr := signature.ParseQuery(raw)
		if (err == nil) != (parseErr == nil) {
			t.Fatalf("CanonicalQuery returns the error %v, ParseQuery %v", err, parseErr)
		}
		if err != nil {
			if !errors.Is(err, signature.ErrUndecodable) || canonical != "" || values != nil {
				t.Fatalf("CanonicalQuery = %q, %v", canonical, err)
			}
			return
		}
		again, err := signature.CanonicalQuery(canonical)
		if err != nil || again != canonical {
			t.Fatalf("the canonical form of %q is %q, %v", canonical, again, err)
		}
		spaces, err := signature.CanonicalQuery(strings.ReplaceAll(raw, "+", "%20"))
		if err != nil || spaces != canonical {
			t.Fatalf("with %%20 for + the canonical form is %q, %v, want %q", spaces, err, canonical)
		}
		// Any decoder reads the sent values from the canonical form.
		decoded, err := url.ParseQuery(canonical)
		if err != nil {
			t.Fatalf("the canonical form cannot be decoded: %v", err)
		}
		for _, list := range values {
			slices.Sort(list)
		}
		if !maps.EqualFunc(values, decoded, slices.Equal) {
			t.Fatalf("the canonical form %q means %v, the query %v", canonical, decoded, values)
		}
	})
}

// FuzzEncoding sends any name and value through the canonical form and back.
func FuzzEncoding(f *testing.F) {
	f.Add("Domains", "*.example.com,a b,~tilde,plus+plus,(p)!'q',bücher.中国,x/y?z=1&2%2A")
	f.Add("", "")
	f.Add("a&b=c", "\x00\xff%")
	f.Fuzz(func(t *testing.T, name, value string) {
		canonical, err := signature.CanonicalQuery(url.Values{name: {value}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(canonical, "+*!'() ") || strings.Count(canonical, "=") != 1 || strings.Contains(canonical, "&") {
			t.Errorf("canonical form has a raw reserved character: %q", canonical)
		}
		values, err := signature.ParseQuery(canonical)
		if err != nil || len(values) != 1 || len(values[name]) != 1 || values[name][0] != value {
			t.Errorf("%q=%q decoded to %q, %v", name, value, values, err)
		}
	})
}

// FuzzParse passes anything to Parse. It must not panic, an error must be an
// *Error, and the values must be those of the request.
func FuzzParse(f *testing.F) {
	f.Add(authorized, "2026-11-23T07:06:34Z", "n1", "token", "application/x-www-form-urlencoded", rpc("-"), "a=1")
	f.Add("", "", "", "", "", rpc("-"), "")
	f.Add("ACS3-HMAC-SHA256 Credential= a ,SignedHeaders=X-Acs-Date;host;x-acs-signature-nonce, Signature=", "d", "n", "", "", "", "")
	f.Add(strings.Replace(authorized, "SHA256", "SM3", 1), "2026-11-23T07:06:34Z", "n1", "", "", "", "")
	f.Add("ACS3-HMAC-SHA256 ,,", "d", "n", "", "", "SignatureType=BEARERTOKEN&BearerToken=%zz", "")
	f.Fuzz(func(t *testing.T, authorization, date, nonce, token, contentType, query, body string) {
		m := signature.Message{Method: "POST", Path: "/", Query: query, Host: "h", Body: []byte(body), Header: http.Header{
			"Authorization": {authorization}, "X-Acs-Date": {date}, "X-Acs-Signature-Nonce": {nonce},
			"X-Acs-Security-Token": {token}, "Content-Type": {contentType},
		}}
		claim, err := withSM3.Parse(&m)
		var fault *signature.Error
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("error is %v (%T)", err, err)
		}
		if err != nil {
			if claim.Scheme != signature.None || claim.AccessKeyID != "" {
				t.Fatalf("there is a claim with the error: %v", claim)
			}
			return
		}
		switch claim.Scheme {
		case signature.ACS3HMACSHA256, signature.ACS3HMACSM3:
			if claim.Nonce == "" || claim.Date == "" || claim.AccessKeyID == "" || !claim.Signs("x-acs-date") || !claim.Signs("x-acs-signature-nonce") ||
				!slices.IsSorted(claim.SignedHeaders) || !strings.Contains(authorization, claim.Signature) {
				t.Fatalf("claim is %v", claim)
			}
		case signature.RPCHMACSHA1, signature.RPCHMACSHA256:
			if claim.Nonce == "" || claim.Date == "" || claim.AccessKeyID == "" || claim.Signature == "" {
				t.Fatalf("claim is %v", claim)
			}
		}
		if err := claim.Verify(&m, "secret"); err == nil {
			t.Fatal("verified, without a signature")
		}
		if d := signature.Diagnose(&m, &claim, "secret"); d.Verified {
			t.Fatal("diagnosed as right, without a signature")
		}
	})
}

// FuzzSignVerify signs any request, sends it, and verifies that the signed
// values arrive.
func FuzzSignVerify(f *testing.F) {
	f.Add("POST", "/", "Domains=a%2Cb&SiteId=1", "Foo", "Bar", []byte("a=1&b=2"), "testSecret", "n1", true)
	f.Add("GET", "/a+b*c%7E", "a=*&a=%20+~&&=;", "x-acs-foo", "  b ", []byte(nil), "s", "n+/=&", false)
	f.Fuzz(func(t *testing.T, method, path, query, name, value string, body []byte, secret, nonce string, form bool) {
		for signer, sign := range signers() {
			scheme := schemeOf(signer)
			req := fuzzRequest(t, method, path, query, name, value, form)
			var transcript signature.Transcript
			err := sign(req, body, signature.Key{ID: "testAK", Secret: secret}, at, nonce, signature.WithTranscript(&transcript))
			if err != nil {
				var fault *signature.Error
				if !errors.As(err, &fault) {
					t.Fatalf("error is %v (%T)", err, err)
				}
				continue
			}
			m, ok := onTheWire(t, req, body)
			if !ok {
				continue
			}
			claim, err := withSM3.Parse(&m)
			if err != nil {
				// Skip input in which the caller duplicates or sets reserved fields.
				if errors.Is(err, signature.ErrDuplicate) || strings.TrimSpace(nonce) == "" || strings.TrimSpace(nonce) != nonce {
					continue
				}
				t.Fatalf("%v cannot be parsed: %v\n%s", scheme, err, describe(req))
			}
			if claim.Scheme != scheme || claim.AccessKeyID != "testAK" || claim.Nonce != strings.TrimSpace(nonce) && scheme.IsACS3() || claim.Date != "2026-11-23T07:06:34Z" {
				t.Fatalf("claim is %v", claim)
			}
			if err := claim.Verify(&m, secret); err != nil {
				t.Fatalf("%v\nclient signed\n%v\nrequest is\n%s", err, transcript, describe(req))
			}
		}
	})
}

func fuzzRequest(t *testing.T, method, path, query, name, value string, form bool) *http.Request {
	if !validToken(method) || !strings.HasPrefix(path, "/") || strings.ContainsAny(path+query, " #?\r\n") || method == "CONNECT" {
		t.Skip()
	}
	u := &url.URL{Scheme: "http", Host: "localhost:8080", RawQuery: query}
	var err error
	if u.Path, err = url.PathUnescape(path); err != nil {
		t.Skip()
	}
	u.RawPath = path
	req := &http.Request{Method: method, URL: u, Header: http.Header{"X-Acs-Action": {"ApplyCertificate"}}}
	if !validToken(name) {
		t.Skip()
	}
	req.Header["X-Acs-Fuzz-"+name] = []string{value}
	if form {
		req.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	}
	return req
}

func validToken(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// onTheWire sends a request, unless net/http would not.
func onTheWire(t *testing.T, req *http.Request, body []byte) (signature.Message, bool) {
	for _, values := range req.Header {
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				return signature.Message{}, false
			}
		}
	}
	if strings.ContainsFunc(req.URL.RequestURI(), func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return signature.Message{}, false
	}
	return sent(t, req, body), true
}

// FuzzAltered changes one byte of a signed request: method, path, raw query,
// host, a signed header, the body, the signature. The result may verify only if
// the message is equivalent.
func FuzzAltered(f *testing.F) {
	for part := range byte(parts) {
		f.Add(part, uint16(3), byte('x'), "Domains=a%2Cb+c&SiteId=1", []byte("Type=lets_encrypt&x=%41"))
		f.Add(part, uint16(0), byte('&'), "a=1&&b=2", []byte("{}"))
	}
	f.Fuzz(func(t *testing.T, part byte, index uint16, to byte, query string, body []byte) {
		if strings.ContainsAny(query, "# ?\r\n") {
			t.Skip()
		}
		for signer, sign := range signers() {
			scheme := schemeOf(signer)
			req := fuzzRequest(t, "POST", "/a", query, "x", "value", true)
			if err := sign(req, body, key, at, nonce); err != nil {
				continue
			}
			original, ok := onTheWire(t, req, body)
			if !ok {
				continue
			}
			if err := verify(&original, key.Secret); err != nil {
				if errors.Is(err, signature.ErrDuplicate) {
					continue
				}
				t.Fatal(err)
			}
			altered := original
			altered.Header = original.Header.Clone()
			if !alter(&altered, part, int(index), to) {
				continue
			}
			err := verify(&altered, key.Secret)
			if same := meansTheSame(scheme, &original, &altered); (err == nil) != same {
				t.Fatalf("%v: verifies: %v, means the same: %v\nbefore %+v\nafter  %+v", scheme, err, same, original, altered)
			}
		}
	})
}

// parts is the number of message parts that alter can change.
const parts = 8

// alter changes one byte of a part; false if the message is unchanged.
func alter(m *signature.Message, part byte, index int, to byte) bool {
	change := func(s string) string {
		if s == "" {
			return s
		}
		b := []byte(s)
		b[index%len(b)] = to
		return string(b)
	}
	before, header := "", ""
	after := ""
	switch part % parts {
	case 0:
		before, after = m.Method, change(m.Method)
		m.Method = after
	case 1:
		before, after = m.Path, change(m.Path)
		m.Path = after
	case 2:
		before, after = m.Query, change(m.Query)
		m.Query = after
	case 3:
		before, after = m.Host, change(m.Host)
		m.Host = after
	case 4:
		before, after = string(m.Body), change(string(m.Body))
		m.Body = []byte(after)
	case 5:
		// In this header only the signature has a single spelling.
		s, sum, found := strings.Cut(m.Header.Get("Authorization"), "Signature=")
		if found {
			before, after = sum, change(sum)
			m.Header["Authorization"] = []string{s + "Signature=" + after}
		}
	case 6:
		header = "X-Acs-Fuzz-X"
	default:
		header = "X-Acs-Date"
	}
	if header != "" {
		before = m.Header.Get(header)
		after = change(before)
		m.Header[header] = []string{after}
	}
	return before != after
}

// meansTheSame reports whether a scheme treats two messages as equivalent:
// unsigned values may differ, and so may the encoding of decoded ones.
func meansTheSame(scheme signature.Scheme, a, b *signature.Message) bool {
	sameQuery := sameParameters(a.Query, b.Query)
	if scheme.IsACS3() {
		return a.Method == b.Method && a.Path == b.Path && a.Host == b.Host && sameQuery && bytes.Equal(a.Body, b.Body) &&
			maps.EqualFunc(a.Header, b.Header, func(x, y []string) bool { return strings.TrimSpace(x[0]) == strings.TrimSpace(y[0]) })
	}
	return a.Method == b.Method && a.Path == b.Path && sameQuery && sameParameters(string(a.Body), string(b.Body))
}

// sameParameters compares with net/url, which shares no code with the package;
// a semicolon is data, as in a browser.
func sameParameters(a, b string) bool {
	x, err := url.ParseQuery(strings.ReplaceAll(a, ";", "%3B"))
	if err != nil {
		return false
	}
	y, err := url.ParseQuery(strings.ReplaceAll(b, ";", "%3B"))
	if err != nil {
		return false
	}
	for _, values := range []url.Values{x, y} {
		for _, list := range values {
			slices.Sort(list)
		}
	}
	return maps.EqualFunc(x, y, slices.Equal)
}

// FuzzMismatchMessage converts any signed request's strings to the gateway's
// message and back, and parses arbitrary messages.
func FuzzMismatchMessage(f *testing.F) {
	f.Add("Domains=a%2Cb", "value", "server StringToSign is [ACS3-HMAC-SHA256 x] server CanonicalRequest is []")
	f.Add("a=]&b=[", "[::1] server string to sign", "server string to sign is:")
	f.Fuzz(func(t *testing.T, query, value, message string) {
		if got, ok := signature.ParseMismatchMessage(message); ok != (got.StringToSign != "") {
			t.Fatalf("ParseMismatchMessage returns %q, %v", got.StringToSign, ok)
		}
		if strings.ContainsAny(query, "# ?\r\n") || strings.Contains(value, "server string to sign is:") {
			t.Skip()
		}
		for scheme, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
			req := fuzzRequest(t, "POST", "/", query, "x", value, false)
			var transcript signature.Transcript
			if err := sign(req, nil, key, at, nonce, signature.WithTranscript(&transcript)); err != nil {
				continue
			}
			message := signature.MismatchMessage(&signature.MismatchError{Transcript: transcript})
			if back, ok := signature.ParseMismatchMessage(message); !ok || back != transcript {
				t.Fatalf("%s: %q parsed as %q", scheme, transcript, back)
			}
		}
	})
}

// FuzzExplain compares any two strings.
func FuzzExplain(f *testing.F) {
	f.Add(ours, strings.Replace(ours, "POST", "GET", 1))
	f.Add(anRPCString, anRPCString+"%26a%3Db")
	f.Add(anACS3String, "")
	f.Add("SecurityToken=a\n", "X-Acs-Security-Token:\xff\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := signature.Explain(a, b)
		if d.Equal != (a == b) {
			t.Fatalf("Equal is %v", d.Equal)
		}
		if s := d.String(); s == "" || d.Equal {
			return
		}
		// The position must be the first difference: everything before is equal, and
		// the byte there differs.
		x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
		at := d.Line - 1
		if !slices.Equal(x[:at], y[:at]) || d.OursEnded != (at == len(x)) || d.TheirsEnded != (at == len(y)) {
			t.Fatalf("difference %+v of %q and %q", d, a, b)
		}
		if d.OursEnded || d.TheirsEnded {
			return
		}
		if x[at][:d.Offset] != y[at][:d.Offset] || x[at] == y[at] || len(d.Ours) != len(x[at]) || len(d.Theirs) != len(y[at]) ||
			d.Offset < len(x[at]) && d.Offset < len(y[at]) && x[at][d.Offset] == y[at][d.Offset] {
			t.Fatalf("difference %+v of %q and %q", d, a, b)
		}
	})
}
