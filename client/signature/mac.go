package signature

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // the default RPC scheme is HMAC-SHA1
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// hmacBlockSize is the block size of SHA-1, SHA-256 and SM3 in bytes.
const hmacBlockSize = 64

// newMAC returns the HMAC of a signature scheme under a key; the digest is that
// of ACS3-HMAC-SM3, else nil.
func newMAC(scheme Scheme, digest Digest, key string) hash.Hash {
	switch {
	case digest != nil:
		return hmac.New(func() hash.Hash { return &digestHash{digest: digest} }, []byte(key))
	case scheme == RPCHMACSHA1:
		return hmac.New(sha1.New, []byte(key))
	}
	return hmac.New(sha256.New, []byte(key))
}

// sumMAC returns the HMAC of a signature scheme over a string.
func sumMAC(scheme Scheme, digest Digest, key, text string) []byte {
	mac := newMAC(scheme, digest, key)
	// A hash never returns an error from Write.
	_, _ = mac.Write([]byte(text))
	return mac.Sum(nil)
}

// keyedMAC is an HMAC that is reset for each string. Creating one takes several
// allocations and hashes the key; resetting it does neither.
type keyedMAC struct {
	hash hash.Hash
	// Both would be allocated for each signature if they were not part of it.
	text []byte
	sum  [sha256.Size]byte
}

func (k *keyedMAC) of(text []byte) []byte {
	k.hash.Reset()
	k.text = append(k.text[:0], text...)
	_, _ = k.hash.Write(k.text)
	return k.hash.Sum(k.sum[:0])
}

// maxMACKeys bounds the secrets of which a keyedMAC is kept. If more are in use,
// all are dropped and created again.
const maxMACKeys = 4096

type macKey struct {
	scheme Scheme
	secret string
}

// macCache keeps the keyedMACs of the secrets in use. It is safe for concurrent
// use.
type macCache struct {
	mu    sync.RWMutex
	pools map[macKey]*sync.Pool // of *keyedMAC
}

//nolint:gochecknoglobals // a cache; Verify and the signing functions are given the secret alone
var macs macCache

// pool returns the keyedMACs of a secret.
func (c *macCache) pool(key macKey) *sync.Pool {
	c.mu.RLock()
	pool := c.pools[key]
	c.mu.RUnlock()
	if pool != nil {
		return pool
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if pool := c.pools[key]; pool != nil {
		return pool
	}
	if c.pools == nil || len(c.pools) >= maxMACKeys {
		c.pools = make(map[macKey]*sync.Pool)
	}
	pool = &sync.Pool{New: func() any { return &keyedMAC{hash: newMAC(key.scheme, nil, key.scheme.hmacKey(key.secret))} }}
	c.pools[key] = pool
	return pool
}

// hmacKey returns the key that a signature scheme derives from a secret.
func (s Scheme) hmacKey(secret string) string {
	if s.IsRPC() {
		return secret + "&"
	}
	return secret
}

// keyedSum returns the HMAC over a string to sign, and how many bytes of the
// array it has.
func keyedSum(scheme Scheme, digest Digest, secret string, stringToSign []byte) (sum [sha256.Size]byte, size int) {
	if digest != nil {
		return sum, copy(sum[:], sumMAC(scheme, digest, scheme.hmacKey(secret), string(stringToSign)))
	}
	pool := macs.pool(macKey{scheme, secret})
	mac, ok := pool.Get().(*keyedMAC)
	if !ok {
		return sum, 0 // the pool holds nothing else
	}
	size = copy(sum[:], mac.of(stringToSign))
	pool.Put(mac)
	return sum, size
}

// digestHash is a Digest as a hash.Hash. It keeps what is written until Sum.
type digestHash struct {
	digest Digest
	text   []byte
}

func (h *digestHash) Write(p []byte) (int, error) {
	h.text = append(h.text, p...)
	return len(p), nil
}

func (h *digestHash) Sum(dst []byte) []byte {
	sum := h.digest.sum(h.text)
	return append(dst, sum[:]...)
}

func (h *digestHash) Reset()         { h.text = h.text[:0] }
func (h *digestHash) Size() int      { return sha256.Size }
func (h *digestHash) BlockSize() int { return hmacBlockSize }

// Digest is a hash function with a sum of 32 bytes and blocks of 64 bytes, as
// ACS3 needs one. SHA-256 is built in. This package does not import SM3 (GB/T
// 32905-2016): a program that supports ACS3-HMAC-SM3 passes it in, for example sm3.Sum
// of github.com/emmansun/gmsm/sm3.
type Digest func(data []byte) [32]byte

// sum computes the hash; a nil Digest is SHA-256.
func (d Digest) sum(data []byte) [32]byte {
	if d == nil {
		return sha256.Sum256(data)
	}
	// A copy, because an unknown function would move every string of the
	// default scheme to the heap.
	return d(bytes.Clone(data))
}

// hexHash is a hash in lower-case hexadecimal.
type hexHash [2 * sha256.Size]byte

// hash computes the hash in hexadecimal.
func (d Digest) hash(content []byte) (h hexHash) {
	sum := d.sum(content)
	hex.Encode(h[:], sum[:])
	return h
}

// hexOf is hash for strings, which Diagnose works on.
func (d Digest) hexOf(text string) string {
	h := d.hash([]byte(text))
	return string(h[:])
}
