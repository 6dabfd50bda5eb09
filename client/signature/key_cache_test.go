package signature_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// signedWith returns the Message of a request signed with the options.
func signedWith(t *testing.T, sign signFunc, secret, nonce string, options ...signature.Option) signature.Message {
	t.Helper()
	req := newRequest(t, "POST", endpoint)
	if err := sign(req, nil, signature.Key{ID: "testAK", Secret: secret}, at, nonce, options...); err != nil {
		t.Fatal(err)
	}
	return sent(t, req, nil)
}

// TestKeyCacheFollowsChangedSecret verifies requests of one access key whose
// secret changes back and forth, with the same caches.
func TestKeyCacheFollowsChangedSecret(t *testing.T) {
	t.Parallel()
	for name, sign := range signers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var client, server signature.KeyCache
			parser := signature.Parser{SM3: withSM3.SM3, KeyCache: &server}
			for i, secrets := range [][2]string{{"old", "new"}, {"new", "old"}, {"old", "new"}} {
				m := signedWith(t, sign, secrets[0], fmt.Sprint("nonce", i), signature.WithKeyCache(&client))
				claim, err := parser.Parse(&m)
				if err != nil {
					t.Fatal(err)
				}
				if err := claim.Verify(&m, secrets[0]); err != nil {
					t.Errorf("secret %q: %v", secrets[0], err)
				}
				wantMismatch(t, claim.Verify(&m, secrets[1]))
			}
		})
	}
}

// TestKeyCacheConcurrentUse signs and verifies with one cache in many
// goroutines.
func TestKeyCacheConcurrentUse(t *testing.T) {
	t.Parallel()
	var cache signature.KeyCache
	parser := signature.Parser{SM3: withSM3.SM3, KeyCache: &cache}
	var wg sync.WaitGroup
	for worker := range 8 {
		for _, sign := range signers() {
			wg.Go(func() {
				for i := range 50 {
					secret := fmt.Sprint("secret", (worker+i)%5)
					m := signedWith(t, sign, secret, fmt.Sprint(worker, "-", i), signature.WithKeyCache(&cache))
					claim, err := parser.Parse(&m)
					if err == nil {
						err = claim.Verify(&m, secret)
					}
					if err != nil {
						t.Errorf("worker %d, request %d: %v", worker, i, err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
}

func TestKeyCacheRedactsSecret(t *testing.T) {
	t.Parallel()
	var cache signature.KeyCache
	parser := signature.Parser{KeyCache: &cache}
	m := signedWith(t, signature.SignACS3, testSecret, "nonce", signature.WithKeyCache(&cache))
	claim, err := parser.Parse(&m)
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Verify(&m, testSecret); err != nil {
		t.Fatal(err)
	}
	wantHidden(t, &cache)
	wantHidden(t, struct{ cache *signature.KeyCache }{&cache})
	wantHidden(t, claim)
	// An owner may keep it by value in an unexported field.
	var owner struct{ cache signature.KeyCache }
	signedWith(t, signature.SignRPC, testSecret, "nonce", signature.WithKeyCache(&owner.cache))
	wantHidden(t, &owner)
}

// A server keeps one KeyCache for all keys. A secret that changes takes effect
// immediately.
func ExampleKeyCache() {
	var cache signature.KeyCache
	parser := signature.Parser{KeyCache: &cache}

	req, err := http.NewRequest("POST", "https://esa.cn-hangzhou.aliyuncs.com/?SiteId=1234567890123", nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Acs-Action", "ApplyCertificate")
	req.Header.Set("X-Acs-Version", "2024-09-10")
	key := signature.Key{ID: "testAK", Secret: "testsecret"}
	signedAt := time.Date(2026, 11, 23, 7, 8, 31, 0, time.UTC)
	if err := signature.SignACS3(req, nil, key, signedAt, "9bc071ddca6719deb5c61f76e0a20a11", signature.WithKeyCache(&cache)); err != nil {
		panic(err)
	}

	req.Host = req.URL.Host // as a server receives it
	m := signature.MessageOf(req, nil)
	claim, err := parser.Parse(&m)
	if err != nil {
		panic(err)
	}
	fmt.Println(claim.Verify(&m, "testsecret") == nil, claim.Verify(&m, "changed") == nil)
	// Output: true false
}
