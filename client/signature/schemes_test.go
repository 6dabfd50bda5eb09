package signature_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"github.com/esacert/esacert/client/signature"
)

// schemeOf is the scheme of each of signers.
func schemeOf(signer string) signature.Scheme {
	return map[string]signature.Scheme{
		"SignACS3": signature.ACS3HMACSHA256, "SignACS3 with SM3": signature.ACS3HMACSM3,
		"SignRPC": signature.RPCHMACSHA1, "SignRPC with HMAC-SHA256": signature.RPCHMACSHA256,
	}[signer]
}

func TestSchemes(t *testing.T) {
	t.Parallel()
	names := map[signature.Scheme]string{}
	for signer, sign := range signers() {
		t.Run(signer, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, "POST", endpoint)
			var signed signature.Transcript
			if err := sign(req, []byte("body"), key, at, nonce, signature.WithTranscript(&signed)); err != nil {
				t.Fatal(err)
			}
			m := sent(t, req, []byte("body"))
			claim, err := withSM3.Parse(&m)
			if err != nil {
				t.Fatal(err)
			}
			want := schemeOf(signer)
			if claim.Scheme != want || signed.Scheme != want || want.IsACS3() == want.IsRPC() {
				t.Errorf("claim is of %v, transcript of %v, want %v", claim.Scheme, signed.Scheme, want)
			}
			if err := claim.Verify(&m, key.Secret); err != nil {
				t.Error(err)
			}
			var mismatch *signature.MismatchError
			if err := claim.Verify(&m, "other"); !errors.As(err, &mismatch) {
				t.Fatalf("with another secret: %v", err)
			}
			if mismatch.StringToSign != signed.StringToSign || mismatch.Scheme != want {
				t.Error(signature.Explain(signed.StringToSign, mismatch.StringToSign))
			}
			if theirs, ok := signature.ParseMismatchMessage(signature.MismatchMessage(mismatch)); !ok || theirs.Scheme != want || theirs.StringToSign != signed.StringToSign {
				t.Errorf("the message of a mismatch is read as %v", theirs)
			}
		})
		names[schemeOf(signer)] = schemeOf(signer).String()
	}
	for scheme, want := range map[signature.Scheme]string{
		signature.ACS3HMACSHA256: "ACS3-HMAC-SHA256", signature.ACS3HMACSM3: "ACS3-HMAC-SM3",
		signature.RPCHMACSHA1: "HMAC-SHA1", signature.RPCHMACSHA256: "HMAC-SHA256",
	} {
		if names[scheme] != want {
			t.Errorf("name of a scheme is %q, want %q", names[scheme], want)
		}
	}
}

// The name of the algorithm is signed, so a signature of one
// scheme is not valid under another: a request cannot be downgraded in transit.
func TestSignatureIsValidForOneScheme(t *testing.T) {
	t.Parallel()
	for signer, sign := range signers() {
		for other, otherScheme := range map[string]signature.Scheme{
			"ACS3-HMAC-SHA256": signature.ACS3HMACSHA256, "ACS3-HMAC-SM3": signature.ACS3HMACSM3,
			"HMAC-SHA1": signature.RPCHMACSHA1, "HMAC-SHA256": signature.RPCHMACSHA256,
		} {
			scheme := schemeOf(signer)
			if scheme == otherScheme || scheme.IsACS3() != otherScheme.IsACS3() {
				continue // the two families use different places
			}
			t.Run(signer+" as "+other, func(t *testing.T) {
				t.Parallel()
				req := newRequest(t, "POST", endpoint)
				if err := sign(req, nil, key, at, nonce); err != nil {
					t.Fatal(err)
				}
				m := sent(t, req, nil)
				if scheme.IsACS3() {
					m.Header.Set("Authorization", strings.Replace(m.Header.Get("Authorization"), scheme.String(), other, 1))
				} else {
					m.Query = strings.Replace(m.Query, "SignatureMethod="+scheme.String(), "SignatureMethod="+other, 1)
				}
				claim, err := withSM3.Parse(&m)
				if err != nil || claim.Scheme != otherScheme {
					t.Fatalf("claim is of %v, %v", claim.Scheme, err)
				}
				wantMismatch(t, claim.Verify(&m, key.Secret))
			})
		}
	}
}

// Errors name the supported algorithms.
func TestUnsupportedMethodsNameTheSupportedOnes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		parser signature.Parser
		edit   func(*signature.Message)
		want   []string
	}{
		{"SM3 without SM3", signature.Parser{}, inAuthorization("SHA256", "SM3"), []string{`"ACS3-HMAC-SM3" is not supported; use ACS3-HMAC-SHA256`}},
		{"RSA", withSM3, inAuthorization("HMAC-SHA256", "RSA-SHA256"), []string{`"ACS3-RSA-SHA256" is not supported; use ACS3-HMAC-SHA256 or ACS3-HMAC-SM3`}},
		{"an invention", withSM3, inAuthorization("HMAC-SHA256", "HMAC-MD5"), []string{`"ACS3-HMAC-MD5" is not supported; use ACS3-HMAC-SHA256 or ACS3-HMAC-SM3`}},
		{"another kind", withSM3, func(m *signature.Message) { m.Header.Set("Authorization", "Bearer secret") }, []string{"does not begin with ACS3-HMAC-SHA256 or ACS3-HMAC-SM3"}},
		{"signature 1.0", withSM3, func(m *signature.Message) {
			m.Header.Del("Authorization")
			m.Query = rpc("SignatureMethod", "SignatureMethod=HMAC-SM3")
		}, []string{`"HMAC-SM3" is not supported; use HMAC-SHA1 or HMAC-SHA256`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := acs3(nil)
			tc.edit(&m)
			_, err := tc.parser.Parse(&m)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error is %v, want %q", err, want)
				}
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("error repeats what may be a secret: %v", err)
			}
		})
	}
}

func inAuthorization(old, new string) func(*signature.Message) {
	return func(m *signature.Message) {
		m.Header.Set("Authorization", strings.Replace(m.Header.Get("Authorization"), old, new, 1))
	}
}

// A claim that was not read by a Parser with SM3 is not verified with another
// hash instead.
func TestSM3WithoutItsHash(t *testing.T) {
	t.Parallel()
	m := acs3(nil)
	for _, claim := range []signature.Claim{
		{Scheme: signature.ACS3HMACSM3, Signature: "x"},
		{Scheme: signature.ACS3HMACSHA256, Signature: "x", Digest: sm3.Sum},
		{Scheme: signature.RPCHMACSHA1, Signature: "x", Digest: sm3.Sum},
	} {
		wantError(t, claim.Verify(&m, "s"), signature.ErrUnsupportedMethod, "SignatureMethod", "")
		if d := signature.Diagnose(&m, &claim, "s"); d.Verified || len(d.Mistakes) > 0 {
			t.Errorf("diagnosis is %v", d)
		}
	}
}

// Mistakes that only the newer schemes allow. The client computes its sums with
// the standard library, step by step.
func TestDiagnoseTheHash(t *testing.T) {
	t.Parallel()
	sha, sm := sha256.New, sm3.New
	for _, tc := range []struct {
		name                 string
		body, canonical, mac func() hash.Hash
	}{
		{"body", sha, sm, sm},
		{"canonical request", sm, sha, sm},
		{"HMAC", sm, sm, sha},
		{"body and canonical request", sha, sha, sm},
		{"all of them", sha, sha, sha},
	} {
		t.Run("SM3, "+tc.name, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, "POST", endpoint)
			var signed signature.Transcript
			if err := signature.SignACS3(req, []byte("body"), key, at, nonce, signature.WithSM3(sm3.Sum), signature.WithTranscript(&signed)); err != nil {
				t.Fatal(err)
			}
			bodyHash := hexOf(tc.body, "body")
			// The client sends the correct hash but signs another.
			lines := strings.Split(signed.CanonicalRequest, "\n")
			lines[len(lines)-1] = bodyHash
			stringToSign := "ACS3-HMAC-SM3\n" + hexOf(tc.canonical, strings.Join(lines, "\n"))
			mac := hmac.New(tc.mac, []byte(key.Secret))
			mac.Write([]byte(stringToSign))
			old := req.Header.Get("Authorization")
			req.Header.Set("Authorization", old[:len(old)-64]+hex.EncodeToString(mac.Sum(nil)))
			checkMistake(t, req, "hash-sha256", "SHA-256 was used although")
		})
	}
	for said, used := range map[string]func() hash.Hash{"HMAC-SHA1": sha256.New, "HMAC-SHA256": sha1.New} {
		t.Run("signature 1.0 says "+said, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, "POST", endpoint)
			var signed signature.Transcript
			options := []signature.Option{signature.WithTranscript(&signed)}
			want := "signature-sha256"
			if said == "HMAC-SHA256" {
				options, want = append(options, signature.WithHMACSHA256()), "signature-sha1"
			}
			if err := signature.SignRPC(req, []byte("body"), key, at, nonce, options...); err != nil {
				t.Fatal(err)
			}
			mac := hmac.New(used, []byte(key.Secret+"&"))
			mac.Write([]byte(signed.StringToSign))
			query := req.URL.Query()
			query.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
			req.URL.RawQuery = query.Encode()
			checkMistake(t, req, want, "SignatureMethod says "+said)
		})
	}
}

func hexOf(newHash func() hash.Hash, s string) string {
	h := newHash()
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil))
}

func checkMistake(t *testing.T, req *http.Request, name, explanation string) {
	t.Helper()
	m := sent(t, req, []byte("body"))
	claim, err := withSM3.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	wantMismatch(t, claim.Verify(&m, key.Secret))
	d := signature.Diagnose(&m, &claim, key.Secret)
	if len(d.Mistakes) != 1 || d.Mistakes[0].Name != name || !strings.Contains(d.String(), explanation) {
		t.Errorf("diagnosis is %v", d)
	}
}

// SM3 is passed in, so that programs that do not need it do not compile it.
func ExampleParser() {
	req := exampleRequest()
	key := signature.Key{ID: "testid", Secret: "testsecret"}
	if err := signature.SignACS3(req, nil, key, at, nonce, signature.WithSM3(sm3.Sum)); err != nil {
		panic(err)
	}
	m := signature.MessageOf(req, nil)
	_, err := signature.Parse(&m)
	fmt.Println(err)

	claim, err := signature.Parser{SM3: sm3.Sum}.Parse(&m)
	fmt.Println(claim.Scheme, err, claim.Verify(&m, "testsecret"))
	// Output:
	// signature: unsupported signature method: header authorization: "ACS3-HMAC-SM3" is not supported; use ACS3-HMAC-SHA256
	// ACS3-HMAC-SM3 <nil> <nil>
}

func ExampleWithHMACSHA256() {
	req := exampleRequest()
	key := signature.Key{ID: "testid", Secret: "testsecret"}
	if err := signature.SignRPC(req, nil, key, at, nonce, signature.WithHMACSHA256()); err != nil {
		panic(err)
	}
	fmt.Println(req.URL.Query().Get("SignatureMethod"), len(req.URL.Query().Get("Signature")))
	// Output: HMAC-SHA256 44
}
