package server_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// Of 1,000 concurrent sends of one signed request exactly one passes.
func TestReplays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		request
	}{
		{"ACS3", request{}},
		{"signature 1.0", request{rpc: true}},
		{"SM3", request{variant: sm3Variant()}},
		{"HMAC-SHA256", request{rpc: true, variant: sha256Variant()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			const sends = 1000
			srv := newServer(t)
			tc.query = validQuery("www.example.com")
			signed := tc.build(t, srv, "http://esa.test")
			var passed, used atomic.Int64
			var wg sync.WaitGroup
			for range sends {
				wg.Go(func() {
					again := signed.Clone(t.Context())
					again.Body = http.NoBody
					response, err := srv.Transport().RoundTrip(again)
					if err != nil {
						t.Error(err)
						return
					}
					switch a := readResponse(t, response); {
					case a.status == http.StatusOK:
						passed.Add(1)
					case a.err.Code == esaerrors.SignatureNonceUsed.Code:
						used.Add(1)
					default:
						t.Errorf("%d %s", a.status, a.body)
					}
				})
			}
			wg.Wait()
			if passed.Load() != 1 || used.Load() != sends-1 || len(srv.Applications()) != 1 {
				t.Errorf("%d passed, %d failed because the nonce is used, %d stored", passed.Load(), used.Load(), len(srv.Applications()))
			}
		})
	}
}

// A refused request uses its nonce too, so it cannot be replayed.
// A nonce is used once, whatever the scheme: a request that is signed again
// under another scheme with the same nonce is a replay.
func TestNoncesAreSharedAcrossSchemes(t *testing.T) {
	t.Parallel()
	schemes := map[string]request{
		"ACS3": {}, "SM3": {variant: sm3Variant()}, "signature 1.0": {rpc: true}, "HMAC-SHA256": {rpc: true, variant: sha256Variant()},
	}
	for first, a := range schemes {
		for second, b := range schemes {
			t.Run(first+" then "+second, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				a.nonce, b.nonce = "one nonce", "one nonce"
				a.query, b.query = validQuery("a.example.com"), validQuery("b.example.com")
				if got := a.send(t, srv); got.status != http.StatusOK {
					t.Fatalf("%d %s (%s)", got.status, got.body, srv.LastEntry().Detail)
				}
				checkRefused(t, srv, b.send(t, srv), esaerrors.SignatureNonceUsed)
			})
		}
	}
}

func TestRefusedRequestsCannotBeReplayed(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	q := request{query: params("SiteId", "404", "Domains", "www.example.com"), nonce: "once"}
	checkRefused(t, srv, q.send(t, srv), esaerrors.SiteNotFound)
	checkRefused(t, srv, q.send(t, srv), esaerrors.SignatureNonceUsed)
}

// A request that fails authentication uses no nonce: otherwise any caller could use
// the nonces of others.
func TestInvalidSignatureKeepsNonce(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	forged := request{query: validQuery("www.example.com"), nonce: "mine", tamper: inQuery("www", "xxx")}
	checkRefused(t, srv, forged.send(t, srv), esaerrors.SignatureDoesNotMatchACS3)
	if a := (request{query: validQuery("www.example.com"), nonce: "mine"}).send(t, srv); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// openFile opens a store in a new file.
func openFile(t *testing.T) store.JobStore {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/esa.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Nonces outlive a restart: those of accepted requests with their applications,
// the others once they were saved.
func TestReplaysAfterARestart(t *testing.T) {
	t.Parallel()
	db := openFile(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	accepted := request{query: validQuery("www.example.com"), nonce: "accepted", at: now}
	refused := request{query: params("SiteId", "404", "Domains", "www.example.com"), nonce: "refused", at: now}
	before := newServer(t, servertest.WithStore(db), servertest.WithTime(now))
	if a := accepted.send(t, before); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	checkRefused(t, before, refused.send(t, before), esaerrors.SiteNotFound)
	before.Stop()

	after := newServer(t, servertest.WithStore(db), servertest.WithTime(now.Add(time.Minute)))
	checkRefused(t, after, accepted.send(t, after), esaerrors.SignatureNonceUsed)
	checkRefused(t, after, refused.send(t, after), esaerrors.SignatureNonceUsed)
}

// FuzzAlteredRequest changes one byte of what is signed. Whatever it becomes,
// the request must not pass.
func FuzzAlteredRequest(f *testing.F) {
	f.Add(false, uint8(0), uint16(3), byte(1))
	f.Add(false, uint8(1), uint16(9), byte(0x20))
	f.Add(true, uint8(0), uint16(40), byte(2))
	f.Add(false, uint8(2), uint16(0), byte(4))
	f.Add(false, uint8(3), uint16(70), byte(1))
	f.Add(false, uint8(4), uint16(2), byte(1))
	f.Add(true, uint8(4), uint16(2), byte(1))
	srv := newServer(f)
	f.Fuzz(func(t *testing.T, rpc bool, part uint8, at uint16, flip byte) {
		if flip == 0 {
			return
		}
		var changed bool
		q := request{rpc: rpc, query: validQuery("www.example.com"), form: true, body: alteredBody}
		q.tamper = func(r *http.Request) { changed = alter(r, rpc, part, int(at), flip) }
		r := q.build(t, srv, "http://esa.test")
		if !changed {
			return // another spelling of the same
		}
		response, err := srv.Transport().RoundTrip(r)
		if err != nil {
			return // it cannot even be sent
		}
		a := readResponse(t, response)
		if a.status == http.StatusOK || a.status >= 500 {
			t.Errorf("an altered request got %d: %s %s %v", a.status, r.Method, r.URL.RawQuery, r.Header)
		}
	})
}

const alteredBody = "x=1&y=2&z=a+b"

// valuesOf is nil for what cannot be decoded.
func valuesOf(query string) url.Values {
	v, err := url.ParseQuery(query)
	if err != nil {
		return nil
	}
	return v
}

// alter flips bits of one byte in a part that is signed. It reports whether the
// meaning changed: some bytes have two spellings.
func alter(r *http.Request, rpc bool, part uint8, at int, flip byte) bool {
	flipIn := func(s string) string {
		if s == "" {
			return s
		}
		b := []byte(s)
		b[at%len(b)] ^= flip
		return string(b)
	}
	if part%5 == 4 {
		body := flipIn(alteredBody)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		return !rpc || !equalValues(valuesOf(alteredBody), valuesOf(body))
	}
	if rpc || part%5 == 0 {
		before := r.URL.Query()
		r.URL.RawQuery = flipIn(r.URL.RawQuery)
		after := r.URL.Query()
		return !equalValues(before, after)
	}
	names := []string{"X-Acs-Date", "X-Acs-Signature-Nonce", "X-Acs-Action", "X-Acs-Version", "X-Acs-Content-Sha256", "Content-Type", "Authorization"}
	switch part % 5 {
	case 1:
		name := names[at%len(names)]
		before := r.Header.Get(name)
		after := flipIn(before)
		r.Header.Set(name, after)
		return strings.TrimSpace(before) != strings.TrimSpace(after) && (name != "Authorization" || !sameAuthorization(before, after))
	case 2:
		r.Method = map[string]string{"POST": "GET"}[r.Method]
		r.Body, r.ContentLength = http.NoBody, 0
		return true
	default:
		host := "esa.test"
		r.Host = flipIn(host)
		return r.Host != host
	}
}

// sameAuthorization reports whether only the spelling of a signed header's name
// or spaces changed: names are not case-sensitive.
func sameAuthorization(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	return fold(a) == fold(b)
}

func equalValues(a, b map[string][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, values := range a {
		if !slices.Equal(values, b[name]) {
			return false
		}
	}
	return true
}
