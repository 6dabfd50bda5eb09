package signature_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
)

func TestBearer(t *testing.T) {
	t.Parallel()
	const token = "tok/en+1=="
	req := newRequest(t, "POST", "http://localhost/?SiteId=1")
	if err := signature.SetBearerACS3(req, []byte("body"), token, at, nonce); err != nil {
		t.Fatal(err)
	}
	if got := req.URL.RawQuery; got != "SignatureType=BEARERTOKEN&SiteId=1" {
		t.Errorf("query is %s", got)
	}
	if req.Header.Get("Authorization") != "" || req.Header.Get("X-Acs-Content-Sha256") != "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5" {
		t.Errorf("headers are %v", req.Header)
	}
	wantBearer(t, req, token)

	req = newRequest(t, "POST", "http://localhost/?SiteId=1&Action=ApplyCertificate&Version=2024-09-10")
	if err := signature.SetBearerRPC(req, token, at, nonce); err != nil {
		t.Fatal(err)
	}
	want := "Action=ApplyCertificate&BearerToken=tok%2Fen%2B1%3D%3D&Format=JSON&SignatureNonce=" + nonce + "&SignatureType=BEARERTOKEN&SiteId=1&Timestamp=2026-11-23T07%3A06%3A34Z&Version=2024-09-10"
	if got := req.URL.RawQuery; got != want {
		t.Errorf("query is\n%s\nwant\n%s", got, want)
	}
	wantBearer(t, req, token)
}

func wantBearer(t *testing.T, req *http.Request, token string) {
	t.Helper()
	m := sent(t, req, []byte("body"))
	claim, err := signature.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	if claim.Scheme != signature.Bearer || claim.BearerToken != token || claim.Nonce != nonce || claim.Date != "2026-11-23T07:06:34Z" || claim.Action != "ApplyCertificate" {
		t.Errorf("claim is %v", claim)
	}
}

// TestResign signs one request with all schemes in sequence, like a client
// with changing credentials. Nothing of the previous signature may remain.
func TestResign(t *testing.T) {
	t.Parallel()
	temporary := signature.Key{ID: "STS.other", Secret: "otherSecret", SecurityToken: "token"}
	type step struct {
		name string
		do   func(*http.Request, time.Time, string) error
		key  signature.Key
		want signature.Scheme
	}
	acs3 := func(k signature.Key) step {
		return step{"ACS3 " + k.ID, func(r *http.Request, at time.Time, nonce string) error {
			return signature.SignACS3(r, nil, k, at, nonce)
		}, k, signature.ACS3HMACSHA256}
	}
	rpc := func(k signature.Key) step {
		return step{"RPC " + k.ID, func(r *http.Request, at time.Time, nonce string) error {
			return signature.SignRPC(r, nil, k, at, nonce)
		}, k, signature.RPCHMACSHA1}
	}
	other := func(signer string) step {
		return step{signer, func(r *http.Request, at time.Time, nonce string) error {
			return signers()[signer](r, nil, temporary, at, nonce)
		}, temporary, schemeOf(signer)}
	}
	bearerHeader := step{"bearer header", func(r *http.Request, at time.Time, nonce string) error {
		return signature.SetBearerACS3(r, nil, "tok", at, nonce)
	}, key, signature.Bearer}
	bearerQuery := step{"bearer query", func(r *http.Request, at time.Time, nonce string) error {
		return signature.SetBearerRPC(r, "tok", at, nonce)
	}, key, signature.Bearer}

	for name, steps := range map[string][]step{
		"headers":     {acs3(key), acs3(temporary), acs3(key), bearerHeader, bearerHeader, acs3(temporary), acs3(key)},
		"query":       {rpc(key), rpc(temporary), rpc(key), bearerQuery, bearerQuery, rpc(temporary), rpc(key)},
		"both":        {acs3(temporary), rpc(key), bearerQuery, rpc(temporary)},
		"HMAC-SHA256": {rpc(key), other("SignRPC with HMAC-SHA256"), rpc(temporary), bearerQuery, other("SignRPC with HMAC-SHA256"), rpc(key)},
		"SM3":         {acs3(key), other("SignACS3 with SM3"), acs3(temporary), bearerHeader, other("SignACS3 with SM3"), acs3(key)},
		"first once":  {acs3(key)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := newRequest(t, "POST", endpoint)
			// Headers in the spelling of another library.
			again.Header["x-acs-date"] = []string{"old"}
			again.Header["authorization"] = []string{"old"}
			again.Header["X-ACS-SIGNATURE-NONCE"] = []string{"old"}
			for i, s := range steps {
				at, nonce := at.Add(time.Duration(i)*time.Second), fmt.Sprintf("nonce-%d", i)
				fresh := newRequest(t, "POST", endpoint)
				if err := errors.Join(s.do(again, at, nonce), s.do(fresh, at, nonce)); err != nil {
					t.Fatalf("%s: %v", s.name, err)
				}
				if got, want := describe(again), describe(fresh); got != want {
					t.Fatalf("%s after others yields\n%s\nand alone\n%s", s.name, got, want)
				}
				m := sent(t, again, nil)
				claim, err := withSM3.Parse(&m)
				if err != nil || claim.Scheme != s.want || claim.Nonce != nonce {
					t.Fatalf("%s: claim is %v, %v", s.name, claim, err)
				}
				if s.want == signature.Bearer {
					continue
				}
				if err := claim.Verify(&m, s.key.Secret); err != nil {
					t.Errorf("%s: %v", s.name, err)
				}
			}
		})
	}
}

func describe(r *http.Request) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, r.Header[name])
	}
	return b.String()
}
