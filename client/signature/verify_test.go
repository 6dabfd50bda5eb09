package signature_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

// TestAlteredRequestsDoNotVerify changes one value of a signed request at a
// time.
func TestAlteredRequestsDoNotVerify(t *testing.T) {
	t.Parallel()
	type change struct {
		name   string
		change func(*signature.Message)
		scheme string
	}
	set := func(name, value string) func(*signature.Message) {
		return func(m *signature.Message) { m.Header[name] = []string{value} }
	}
	query := func(old, new string) func(*signature.Message) {
		return func(m *signature.Message) { m.Query = strings.Replace(m.Query, old, new, 1) }
	}
	for _, c := range []change{
		{"method", func(m *signature.Message) { m.Method = "GET" }, "both"},
		{"method in lower case", func(m *signature.Message) { m.Method = "post" }, "both"},
		{"path", func(m *signature.Message) { m.Path = "/x" }, "both"},
		{"parameter value", query("SiteId=1234567890123", "SiteId=1234567890124"), "both"},
		{"parameter name", query("SiteId=", "SiteID="), "both"},
		{"parameter added", query("SiteId=", "a=1&SiteId="), "both"},
		{"parameter repeated", query("SiteId=", "SiteId=1&SiteId="), "both"},
		{"parameter dropped", query("Domains=www.example.com%2Cblog.example.com&", ""), "both"},
		{"parameter names joined", query("Domains=www.example.com%2Cblog.example.com&", "Domains=www.example.com%2Cblog.example.com%26"), "both"},
		{"form parameter", func(m *signature.Message) { m.Body = []byte("Type=digicert_single") }, "both"},
		{"form parameter moved to the query", func(m *signature.Message) { m.Query, m.Body = m.Query+"&Type=lets_encrypt", nil }, "ACS3"},
		{"form no longer a form", set("Content-Type", "text/plain"), "both"},
		{"body dropped", func(m *signature.Message) { m.Body = nil }, "both"},
		{"host", func(m *signature.Message) { m.Host = "127.0.0.1:18081" }, "ACS3"},
		{"action", set("X-Acs-Action", "DeleteCertificate"), "ACS3"},
		{"version", set("X-Acs-Version", "2024-09-11"), "ACS3"},
		{"date", set("X-Acs-Date", "2026-11-23T07:06:35Z"), "ACS3"},
		{"nonce", set("X-Acs-Signature-Nonce", "another"), "ACS3"},
		{"hash", set("X-Acs-Content-Sha256", emptyHash), "ACS3"},
		{"hash in upper case", func(m *signature.Message) {
			m.Header["X-Acs-Content-Sha256"] = []string{strings.ToUpper(m.Header.Get("X-Acs-Content-Sha256"))}
		}, "ACS3"},
		{"another header of the signed set", set("X-Acs-Foo", "Baz"), "ACS3"},
		{"a value more", func(m *signature.Message) { m.Header.Add("X-Acs-Foo", "Baz") }, "ACS3"},
		{"signature", func(m *signature.Message) {
			m.Header["Authorization"] = []string{flipLast(m.Header.Get("Authorization"))}
		}, "ACS3"},
		{"signature cut", func(m *signature.Message) {
			a := m.Header.Get("Authorization")
			m.Header["Authorization"] = []string{a[:len(a)-1]}
		}, "ACS3"},
		{"signature empty", func(m *signature.Message) {
			a := m.Header.Get("Authorization")
			m.Header["Authorization"] = []string{a[:len(a)-64]}
		}, "ACS3"},
		{"signature very long", func(m *signature.Message) {
			m.Header["Authorization"] = []string{m.Header.Get("Authorization") + strings.Repeat("0", 1000)}
		}, "ACS3"},
		{"nonce parameter", query(nonce, "another"), "RPC"},
		{"timestamp", query("Timestamp=2026", "Timestamp=2027"), "RPC"},
		{"format", query("Format=JSON", "Format=XML"), "RPC"},
		{"access key", query("AccessKeyId=testAK", "AccessKeyId=testA"), "RPC"},
	} {
		for scheme, sign := range map[string]signFunc{"ACS3": signature.SignACS3, "RPC": signature.SignRPC} {
			if c.scheme != "both" && c.scheme != scheme {
				continue
			}
			t.Run(c.name+"/"+scheme, func(t *testing.T) {
				t.Parallel()
				req := newRequest(t, "POST", endpoint)
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("X-Acs-Foo", "Bar")
				body := []byte("Type=lets_encrypt")
				if err := sign(req, body, key, at, nonce); err != nil {
					t.Fatal(err)
				}
				m := sent(t, req, body)
				if err := verify(&m, key.Secret); err != nil {
					t.Fatal(err)
				}
				c.change(&m)
				wantMismatch(t, verify(&m, key.Secret))
			})
		}
	}
}

// TestEncodedSignatureName encodes the name of a parameter differently, but
// equivalently for every decoder.
func TestEncodedSignatureName(t *testing.T) {
	t.Parallel()
	req := newRequest(t, "POST", endpoint)
	if err := signature.SignRPC(req, nil, key, at, nonce); err != nil {
		t.Fatal(err)
	}
	m := sent(t, req, nil)
	m.Query = strings.Replace(m.Query, "&Signature=", "&Sign%61ture=", 1)
	if err := verify(&m, key.Secret); err != nil {
		t.Error(err)
	}
}

func flipLast(s string) string {
	last := s[len(s)-1]
	if last == '0' {
		return s[:len(s)-1] + "1"
	}
	return s[:len(s)-1] + "0"
}

// TestHashHeader tests the header that repeats the hash of the body: a client
// need not send or sign it, but its value must be correct.
func TestHashHeader(t *testing.T) {
	t.Parallel()
	sign := func(t *testing.T, body string) *http.Request {
		req := newRequest(t, "POST", endpoint)
		if err := signature.SignACS3(req, []byte(body), key, at, nonce); err != nil {
			t.Fatal(err)
		}
		return req
	}
	unsignedHash := func(t *testing.T, m *signature.Message) (signature.Claim, string) {
		// Re-sign without the header, as a client that signs fewer headers.
		m.Header["Authorization"] = []string{strings.Replace(m.Header.Get("Authorization"), "x-acs-content-sha256;", "", 1)}
		claim, err := signature.Parse(m)
		if err != nil {
			t.Fatal(err)
		}
		claim.Signature = resign(t, m, &claim)
		return claim, claim.Signature
	}
	t.Run("not signed", func(t *testing.T) {
		t.Parallel()
		m := sent(t, sign(t, "body"), []byte("body"))
		claim, _ := unsignedHash(t, &m)
		if err := claim.Verify(&m, key.Secret); err != nil {
			t.Error(err)
		}
	})
	t.Run("not sent", func(t *testing.T) {
		t.Parallel()
		m := sent(t, sign(t, "body"), []byte("body"))
		claim, _ := unsignedHash(t, &m)
		m.Header.Del("X-Acs-Content-Sha256")
		if err := claim.Verify(&m, key.Secret); err != nil {
			t.Error(err)
		}
	})
	t.Run("not signed and false", func(t *testing.T) {
		t.Parallel()
		m := sent(t, sign(t, "body"), []byte("body"))
		claim, _ := unsignedHash(t, &m)
		m.Header.Set("X-Acs-Content-Sha256", emptyHash)
		wantMismatch(t, claim.Verify(&m, key.Secret))
		if d := signature.Diagnose(&m, &claim, key.Secret); len(d.Mistakes) != 1 || d.Mistakes[0].Name != "body-hash-header" || d.Verified {
			t.Errorf("diagnosis is %v", d)
		}
	})
}

func TestVerifyWithoutSecret(t *testing.T) {
	t.Parallel()
	m := acs3(nil)
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	// What an attacker can compute: the signature under the empty key.
	claim.Signature = resignWith(t, &m, &claim, "")
	wantError(t, claim.Verify(&m, ""), signature.ErrNoSecret, "", "")
	if d := signature.Diagnose(&m, &claim, ""); d.Verified || len(d.Mistakes) > 0 {
		t.Errorf("diagnosis is %v", d)
	}
}

func TestVerifyAnotherMessage(t *testing.T) {
	t.Parallel()
	m := acs3(nil)
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	m.Query = "a=%zz"
	wantError(t, claim.Verify(&m, "s"), signature.ErrUndecodable, "a", "")
	if d := signature.Diagnose(&m, &claim, "s"); d.Verified || len(d.Mistakes) > 0 {
		t.Errorf("diagnosis is %v", d)
	}
	rpcClaim := signature.Claim{Scheme: signature.RPCHMACSHA1, Signature: "x"}
	for _, bad := range []signature.Message{
		{Query: "a=%zz"},
		{Header: header("Content-Type", "application/x-www-form-urlencoded"), Body: []byte("a=%zz")},
	} {
		wantError(t, rpcClaim.Verify(&bad, "s"), signature.ErrUndecodable, "a", "")
		if d := signature.Diagnose(&bad, &rpcClaim, "s"); d.Verified || len(d.Mistakes) > 0 {
			t.Errorf("diagnosis is %v", d)
		}
	}
}

// TestDiagnoseLongRequests sends strings beyond the limits of Diagnose.
func TestDiagnoseLongRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		length int
		want   int
	}{
		{"two mistakes in a short string", 100, 2},
		{"one mistake in a long string", 5000, 1},
		{"two mistakes in a long string", 5000, 0},
		{"one mistake in a very long string", 33000, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, "POST", "http://localhost/?a=1&long="+strings.Repeat("l", c.length))
			if err := signature.SignACS3(req, nil, signature.Key{ID: "testAK", Secret: key.Secret + "\n"}, at, nonce); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(c.name, "two") {
				req.Method = "GET"
			}
			m := sent(t, req, nil)
			claim, err := signature.Parse(&m)
			if err != nil {
				t.Fatal(err)
			}
			if d := signature.Diagnose(&m, &claim, key.Secret); len(d.Mistakes) != c.want {
				t.Errorf("diagnosis has %d mistakes, want %d: %v", len(d.Mistakes), c.want, d)
			}
		})
	}
}

// TestDiagnoseHandMadeClaim passes a Claim to Diagnose that Parse did not
// return.
func TestDiagnoseHandMadeClaim(t *testing.T) {
	t.Parallel()
	m := acs3(nil)
	claim := signature.Claim{Scheme: signature.ACS3HMACSHA256, SignedHeaders: []string{"host", "x-acs-absent"}, Signature: "x"}
	if d := signature.Diagnose(&m, &claim, "s"); d.Verified || len(d.Mistakes) > 0 {
		t.Errorf("diagnosis is %v", d)
	}
}

// TestAllocations bounds the allocations for requests of usual size with a
// KeyCache.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector, sync.Pool drops items at random")
	}
	for name, c := range map[string]struct {
		capture func() (signature.Message, string)
		most    float64
	}{"ACS3": {capture, 2}, "RPC": {captureRPC, 4}} {
		m, secret := c.capture()
		got := testing.AllocsPerRun(100, func() {
			if err := verify(&m, secret); err != nil {
				t.Fatal(err)
			}
		})
		if got > c.most {
			t.Errorf("Parse and Verify of %s take %v allocations, want at most %v", name, got, c.most)
		}
	}
	cached := []signature.Option{signature.WithKeyCache(new(signature.KeyCache))}
	for name, c := range map[string]struct {
		sign signFunc
		most float64
	}{"ACS3": {signature.SignACS3, 12}, "RPC": {signature.SignRPC, 14}} {
		got := testing.AllocsPerRun(100, func() {
			req := newRequest(t, "POST", endpoint)
			if err := c.sign(req, nil, key, at, nonce, cached...); err != nil {
				t.Fatal(err)
			}
		}) - testing.AllocsPerRun(100, func() { newRequest(t, "POST", endpoint) })
		if got > c.most {
			t.Errorf("signing with %s takes %v allocations, want at most %v", name, got, c.most)
		}
	}
}

// resign computes the signature of the message according to the claim.
func resign(t *testing.T, m *signature.Message, claim *signature.Claim) string {
	return resignWith(t, m, claim, key.Secret)
}

func resignWith(t *testing.T, m *signature.Message, claim *signature.Claim, secret string) string {
	t.Helper()
	lines := []string{m.Method, "/", "", "", strings.Join(claim.SignedHeaders, ";")}
	canonical, err := signature.CanonicalQuery(m.Query)
	if err != nil {
		t.Fatal(err)
	}
	lines[2] = canonical
	names := slices.Clone(claim.SignedHeaders)
	block := ""
	for _, name := range names {
		value := m.Header.Get(name)
		if name == "host" {
			value = m.Host
		}
		block += name + ":" + value + "\n"
	}
	s := strings.Join(lines[:3], "\n") + "\n" + block + "\n" + lines[4] + "\n" + sha256Hex(string(m.Body))
	return hmacSHA256Hex(secret, "ACS3-HMAC-SHA256\n"+sha256Hex(s))
}
