package signature_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"github.com/esacert/esacert/client/signature"
)

// at is the time of the requests that the tests sign.
var at = time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)

const (
	nonce    = "977ab7fba3b365bae11feaec5d7712e5"
	endpoint = "http://127.0.0.1:18080/?Domains=www.example.com%2Cblog.example.com&SiteId=1234567890123"
)

var key = signature.Key{ID: "testAK", Secret: "testSecret"}

// readJSON reads a data file.
func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	if err := decodeStrictly(path, into); err != nil {
		t.Fatal(err)
	}
}

// decodeStrictly reads a data file and rejects unknown keys: a misspelled
// expectation would pass unnoticed.
func decodeStrictly(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if decoder.More() {
		return fmt.Errorf("%s: more than one value", path)
	}
	return nil
}

// received returns the Message of a request with these lines.
func received(t testing.TB, lines []string, body string) signature.Message {
	t.Helper()
	s := strings.Join(lines, "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(s)))
	if err != nil {
		t.Fatalf("the request cannot be read: %v", err)
	}
	return signature.MessageOf(r, []byte(body))
}

// sent writes a client's request to the wire and returns the Message that a
// server reads there.
func sent(t testing.TB, req *http.Request, body []byte) signature.Message {
	t.Helper()
	out := req.Clone(t.Context())
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	var wire bytes.Buffer
	if err := out.Write(&wire); err != nil {
		t.Fatalf("the request cannot be sent: %v", err)
	}
	in, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatalf("what was sent cannot be read: %v", err)
	}
	arrived, err := io.ReadAll(in.Body)
	if err != nil {
		t.Fatal(err)
	}
	return signature.MessageOf(in, arrived)
}

// newRequest returns an unsigned request for ApplyCertificate.
func newRequest(t testing.TB, method, target string) *http.Request {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Request{Method: method, URL: u, Header: http.Header{
		"X-Acs-Action":  {"ApplyCertificate"},
		"X-Acs-Version": {"2024-09-10"},
	}}
}

// verify parses and verifies, as a server does.
func verify(m *signature.Message, secret string) error {
	claim, err := withSM3.Parse(m)
	if err != nil {
		return err
	}
	return claim.Verify(m, secret)
}

// wantError checks an *Error except for its detail.
func wantError(t *testing.T, err error, reason signature.Reason, parameter, header string) {
	t.Helper()
	var got *signature.Error
	if !errors.As(err, &got) {
		t.Fatalf("error is %v (%T), want an *Error: %v", err, err, reason)
	}
	if !errors.Is(err, reason) || got.Parameter != parameter || got.Header != header {
		t.Errorf("error is %q (reason %q, parameter %q, header %q), want reason %q, parameter %q, header %q",
			err, got.Reason, got.Parameter, got.Header, reason, parameter, header)
	}
}

// signFunc is the shape of SignACS3 and SignRPC.
type signFunc = func(*http.Request, []byte, signature.Key, time.Time, string, ...signature.Option) error

// withSM3 parses all schemes, with a cache. Tests of signature.Parse verify
// without one.
var withSM3 = signature.Parser{SM3: sm3.Sum, KeyCache: new(signature.KeyCache)}

// signers are the signing functions by the names that the vectors use.
func signers() map[string]signFunc {
	with := func(sign signFunc, fixed signature.Option) signFunc {
		return func(r *http.Request, body []byte, k signature.Key, at time.Time, nonce string, more ...signature.Option) error {
			return sign(r, body, k, at, nonce, append([]signature.Option{fixed}, more...)...)
		}
	}
	return map[string]signFunc{
		"SignACS3":                 signature.SignACS3,
		"SignACS3 with SM3":        with(signature.SignACS3, signature.WithSM3(sm3.Sum)),
		"SignRPC":                  signature.SignRPC,
		"SignRPC with HMAC-SHA256": with(signature.SignRPC, signature.WithHMACSHA256()),
	}
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hmacSHA256Hex(key, s string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(s))
	return hex.EncodeToString(mac.Sum(nil))
}
