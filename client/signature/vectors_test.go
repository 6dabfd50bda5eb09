package signature_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
)

// vector is a file of testdata/vectors, or of vectors-sm3: a request as
// received, and what the scheme computes from it.
type vector struct {
	Source  string   `json:"source"`
	Secret  string   `json:"secret"`
	Request []string `json:"request"`
	Body    string   `json:"body"`
	// Signer is the function that computes the same signature for this request.
	Signer string `json:"signer"`

	AccessKeyID            string   `json:"accessKeyId"`
	Date                   string   `json:"date"`
	Nonce                  string   `json:"nonce"`
	Action                 string   `json:"action"`
	Version                string   `json:"version"`
	CanonicalQuery         string   `json:"canonicalQuery"`
	CanonicalRequest       []string `json:"canonicalRequest"`
	CanonicalRequestSHA256 string   `json:"canonicalRequestSHA256"`
	StringToSign           string   `json:"stringToSign"`
	Signature              string   `json:"signature"`
}

func TestVectors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/vectors*/*")
	if err != nil || len(files) < 14 {
		t.Fatalf("found %d vectors (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			var v vector
			readJSON(t, file, &v)
			if v.Signature == "" && v.CanonicalQuery == "" {
				t.Fatal("the vector expects nothing")
			}
			v.check(t)
		})
	}
}

func (v vector) check(t *testing.T) {
	m := received(t, v.Request, v.Body)
	if v.CanonicalQuery != "" {
		got, err := signature.CanonicalQuery(m.Query)
		if err != nil || got != v.CanonicalQuery {
			t.Errorf("CanonicalQuery = %q, %v, want %q", got, err, v.CanonicalQuery)
		}
	}
	if v.Signature == "" {
		return
	}
	claim, err := withSM3.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct{ name, got, want string }{
		{"AccessKeyID", claim.AccessKeyID, v.AccessKeyID},
		{"Date", claim.Date, v.Date},
		{"Nonce", claim.Nonce, v.Nonce},
		{"Action", claim.Action, v.Action},
		{"Version", claim.Version, v.Version},
		{"Signature", claim.Signature, v.Signature},
	} {
		if f.got != f.want {
			t.Errorf("Claim.%s = %q, want %q", f.name, f.got, f.want)
		}
	}
	if err := claim.Verify(&m, v.Secret); err != nil {
		t.Errorf("Verify: %v", err)
	}
	v.checkMismatch(t, &m, &claim)
	v.checkSigner(t, &m)
}

// checkMismatch compares the strings that a mismatch shows.
func (v vector) checkMismatch(t *testing.T, m *signature.Message, claim *signature.Claim) {
	var mismatch *signature.MismatchError
	if err := claim.Verify(m, v.Secret+"x"); !errors.As(err, &mismatch) {
		t.Fatalf("Verify with another secret: %v, want a *MismatchError", err)
	}
	if v.StringToSign != "" && mismatch.StringToSign != v.StringToSign {
		t.Errorf("string to sign is\n%s\nwant\n%s", mismatch.StringToSign, v.StringToSign)
	}
	if v.CanonicalRequest != nil && mismatch.CanonicalRequest != strings.Join(v.CanonicalRequest, "\n") {
		t.Error(signature.Explain(mismatch.CanonicalRequest, strings.Join(v.CanonicalRequest, "\n")))
	}
	if v.CanonicalRequestSHA256 != "" {
		sum := sha256.Sum256([]byte(mismatch.CanonicalRequest))
		if got := hex.EncodeToString(sum[:]); got != v.CanonicalRequestSHA256 {
			t.Errorf("hash of the canonical request is %s, want %s; it is\n%s", got, v.CanonicalRequestSHA256, mismatch.CanonicalRequest)
		}
	}
}

// checkSigner re-signs the request and compares the signatures.
func (v vector) checkSigner(t *testing.T, m *signature.Message) {
	sign := signers()[v.Signer]
	if sign == nil {
		if v.Signer != "" {
			t.Fatalf("the vector has an unknown signer %q", v.Signer)
		}
		return
	}
	at, err := signature.ParseTime(signature.ACS3HMACSHA256, v.Date)
	if err != nil {
		t.Fatal(err)
	}
	req := &http.Request{Method: m.Method, Host: m.Host, URL: &url.URL{Scheme: "http", Host: m.Host, Path: m.Path, RawQuery: m.Query}, Header: m.Header.Clone()}
	body := []byte(v.Body)
	if err := sign(req, body, signature.Key{ID: v.AccessKeyID, Secret: v.Secret}, at, v.Nonce); err != nil {
		t.Fatal(err)
	}
	again := sent(t, req, body)
	claim, err := withSM3.Parse(&again)
	if err != nil {
		t.Fatal(err)
	}
	if claim.Signature != v.Signature {
		t.Errorf("%s yields %s, want %s", v.Signer, claim.Signature, v.Signature)
	}
}

func TestUnknownKeyInVectorFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vector.json")
	if err := os.WriteFile(path, []byte(`{"source": "x", "sgnature": "y"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := decodeStrictly(path, new(vector)); err == nil {
		t.Error("a misspelled key was read without complaint")
	}
}
