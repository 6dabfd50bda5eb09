package signature

import (
	"bytes"
	"crypto/sha256"
	"strconv"
	"strings"
	"testing"
)

// FuzzKeyCache compares the HMACs of a cache with those of crypto/hmac: of an
// HMAC in its first use, after a reset, and of an SM3 that is really SHA-256.
func FuzzKeyCache(f *testing.F) {
	f.Add("testSecret", []byte("text"))
	f.Add(strings.Repeat("k", hmacBlockSize), bytes.Repeat([]byte("t"), textBufSize+1))
	f.Add(strings.Repeat("k", hmacBlockSize+1), []byte{})
	f.Fuzz(func(t *testing.T, secret string, input []byte) {
		var c KeyCache
		for _, scheme := range []Scheme{ACS3HMACSHA256, RPCHMACSHA1, RPCHMACSHA256} {
			want := sumMAC(scheme, nil, scheme.hmacKey(secret), string(input))
			if got := sumOf(nil, scheme, nil, secret, input); !bytes.Equal(got, want) {
				t.Errorf("%v: HMAC without a cache is %x, want %x", scheme, got, want)
			}
			for range 3 {
				if got := sumOf(&c, scheme, nil, secret, input); !bytes.Equal(got, want) {
					t.Errorf("%v: HMAC is %x, want %x", scheme, got, want)
				}
				sumOf(&c, scheme, nil, secret, []byte("another"))
			}
		}
		want := sumMAC(ACS3HMACSHA256, nil, secret, string(input))
		if got := sumOf(&c, ACS3HMACSM3, sha256.Sum256, secret, input); !bytes.Equal(got, want) {
			t.Errorf("HMAC of a Digest is %x, want %x", got, want)
		}
	})
}

func sumOf(c *KeyCache, scheme Scheme, digest Digest, secret string, input []byte) []byte {
	sum, size := c.sum(scheme, digest, secret, input)
	return sum[:size]
}

// TestKeyCacheIsBounded fills a cache twice, and checks that it never exceeds
// its bound and still returns the HMAC of a secret that it dropped.
func TestKeyCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c KeyCache
	for i := range 2*maxCachedKeys + 1 {
		c.sum(RPCHMACSHA1, nil, strconv.Itoa(i), nil)
		if n := len(c.hashes().pools); n > maxCachedKeys {
			t.Fatalf("cache holds %d secrets, want at most %d", n, maxCachedKeys)
		}
	}
	want := sumMAC(RPCHMACSHA1, nil, "0&", "text")
	if got := sumOf(&c, RPCHMACSHA1, nil, "0", []byte("text")); !bytes.Equal(got, want) {
		t.Errorf("HMAC after the secret was dropped is %x, want %x", got, want)
	}
}

// TestKeyCachesAreIndependent checks that a cache holds only the secrets that
// it was used with.
func TestKeyCachesAreIndependent(t *testing.T) {
	t.Parallel()
	var first, second KeyCache
	sumOf(&first, ACS3HMACSHA256, nil, "one", nil)
	sumOf(&first, RPCHMACSHA1, nil, "one", nil)
	sumOf(&second, ACS3HMACSHA256, nil, "two", nil)
	for _, x := range []struct {
		cache *KeyCache
		key   hashKey
		want  bool
	}{
		{&first, hashKey{ACS3HMACSHA256, "one"}, true},
		{&first, hashKey{RPCHMACSHA1, "one"}, true},
		{&first, hashKey{ACS3HMACSHA256, "two"}, false},
		{&second, hashKey{ACS3HMACSHA256, "one"}, false},
		{&second, hashKey{ACS3HMACSHA256, "two"}, true},
	} {
		if _, found := x.cache.hashes().pools[x.key]; found != x.want {
			t.Errorf("cache holds %v: %t, want %t", x.key, found, x.want)
		}
	}
}
