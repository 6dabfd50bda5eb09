package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

func TestHMACVectors(t *testing.T) {
	t.Parallel()
	// RFC 2202 section 3 and RFC 4231 section 4: their cases with a short key, a
	// key of 20 bytes, and keys longer than a block.
	for _, c := range []struct{ name, key, text, sha1, sha256 string }{
		{"short key", "Jefe", "what do ya want for nothing?",
			"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"key of 80 bytes", strings.Repeat("\xaa", 80), "Test Using Larger Than Block-Size Key - Hash Key First",
			"aa4ae5e15272d00e95705637ce8a3b55ed402112", ""},
		{"key of 131 bytes", strings.Repeat("\xaa", 131), "Test Using Larger Than Block-Size Key - Hash Key First",
			"", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{"key of 20 bytes", strings.Repeat("\xaa", 20), strings.Repeat("\xdd", 50),
			"125d7342b9ac11cd91a39af48aa17b4f63f175d3", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if sum := sumMAC(RPCHMACSHA1, nil, c.key, c.text); c.sha1 != "" && hex.EncodeToString(sum) != c.sha1 {
				t.Errorf("HMAC-SHA1 is %x, want %s", sum, c.sha1)
			}
			if sum := sumMAC(ACS3HMACSHA256, nil, c.key, c.text); c.sha256 != "" && hex.EncodeToString(sum) != c.sha256 {
				t.Errorf("HMAC-SHA256 is %x, want %s", sum, c.sha256)
			}
		})
	}
}

// Pooled keyed hashes sign like new ones, after a reset, after the cache was
// dropped, and with an SM3 that is really SHA-256.
func FuzzKeyedMAC(f *testing.F) {
	f.Add("testSecret", []byte("text"))
	f.Add(strings.Repeat("k", hmacBlockSize), bytes.Repeat([]byte("t"), textBufSize+1))
	f.Add(strings.Repeat("k", hmacBlockSize+1), []byte{})
	f.Fuzz(func(t *testing.T, key string, text []byte) {
		for _, scheme := range []Scheme{ACS3HMACSHA256, RPCHMACSHA1, RPCHMACSHA256} {
			want := sumMAC(scheme, nil, scheme.hmacKey(key), string(text))
			for range 3 {
				if got := kept(scheme, nil, key, text); !bytes.Equal(got, want) {
					t.Errorf("%v: HMAC is %x, want %x", scheme, got, want)
				}
				kept(scheme, nil, key, []byte("another"))
			}
		}
		want := sumMAC(ACS3HMACSHA256, nil, key, string(text))
		if got := kept(ACS3HMACSM3, sha256.Sum256, key, text); !bytes.Equal(got, want) {
			t.Errorf("HMAC of a Digest is %x, want %x", got, want)
		}
	})
}

// kept returns the sum of a keyed hash that may have been used before.
func kept(scheme Scheme, digest Digest, secret string, text []byte) []byte {
	sum, size := keyedSum(scheme, digest, secret, text)
	return sum[:size]
}

func TestMACCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c macCache
	for i := range 2*maxMACKeys + 1 {
		c.pool(macKey{RPCHMACSHA1, strconv.Itoa(i)})
	}
	if len(c.pools) > maxMACKeys {
		t.Errorf("%d secrets are kept, want at most %d", len(c.pools), maxMACKeys)
	}
}
