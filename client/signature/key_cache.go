package signature

import (
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"
)

// KeyCache keeps the HMAC of each secret in use, which saves the allocations of
// creating one and the time of hashing the secret. Pass one to WithKeyCache or
// Parser.KeyCache. The zero value is ready, and it is safe for concurrent use.
//
// It holds up to 4096 secrets in memory; one more drops the others. It does not
// cache secrets of ACS3HMACSM3. When printed, logged or encoded, it shows no
// secret.
type KeyCache struct {
	// A pointer, which fmt prints as an address: a Format method would not be
	// called if the KeyCache is an unexported field.
	keys atomic.Pointer[keyedHashes]
}

// maxCachedKeys is the number of secrets that a KeyCache holds.
const maxCachedKeys = 4096

// keyedHashes maps the secrets in use to their HMACs.
type keyedHashes struct {
	mu    sync.RWMutex
	pools map[hashKey]*sync.Pool // of *keyedHash
}

// hashKey is what an HMAC depends on: the hash of the scheme, and the secret.
type hashKey struct {
	scheme Scheme
	secret string
}

// keyedHash is an HMAC that is reset for each string.
type keyedHash struct {
	hash hash.Hash
	// Both would be allocated for each signature if they were not fields.
	input []byte
	sum   [sha256.Size]byte
}

// of returns the HMAC of the input. The result is valid until the next call.
func (k *keyedHash) of(input []byte) []byte {
	k.hash.Reset()
	k.input = append(k.input[:0], input...)
	// A hash never returns an error from Write.
	_, _ = k.hash.Write(k.input)
	return k.hash.Sum(k.sum[:0])
}

// sum returns the HMAC of a string to sign, and how many bytes of the array it
// has. A nil KeyCache creates the HMAC each time.
func (c *KeyCache) sum(scheme Scheme, digest Digest, secret string, stringToSign []byte) (sum [sha256.Size]byte, size int) {
	if c == nil || digest != nil {
		return sum, copy(sum[:], sumMAC(scheme, digest, scheme.hmacKey(secret), string(stringToSign)))
	}
	pool := c.hashes().pool(hashKey{scheme, secret})
	keyed, ok := pool.Get().(*keyedHash)
	if !ok {
		return sum, 0 // the pool holds nothing else
	}
	size = copy(sum[:], keyed.of(stringToSign))
	pool.Put(keyed)
	return sum, size
}

// hashes returns the map, which the first call creates.
func (c *KeyCache) hashes() *keyedHashes {
	if keys := c.keys.Load(); keys != nil {
		return keys
	}
	c.keys.CompareAndSwap(nil, new(keyedHashes))
	return c.keys.Load()
}

// pool returns the HMACs of a secret.
func (k *keyedHashes) pool(key hashKey) *sync.Pool {
	k.mu.RLock()
	pool := k.pools[key]
	k.mu.RUnlock()
	if pool != nil {
		return pool
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if pool := k.pools[key]; pool != nil {
		return pool
	}
	if k.pools == nil || len(k.pools) >= maxCachedKeys {
		k.pools = make(map[hashKey]*sync.Pool)
	}
	pool = &sync.Pool{New: func() any { return &keyedHash{hash: newMAC(key.scheme, nil, key.scheme.hmacKey(key.secret))} }}
	k.pools[key] = pool
	return pool
}
