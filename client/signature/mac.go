package signature

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // the default RPC scheme is HMAC-SHA1
	"crypto/sha256"
	"encoding/hex"
	"hash"
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
func sumMAC(scheme Scheme, digest Digest, key, s string) []byte {
	mac := newMAC(scheme, digest, key)
	// A hash never returns an error from Write.
	_, _ = mac.Write([]byte(s))
	return mac.Sum(nil)
}

// hmacKey returns the key that a signature scheme derives from a secret.
func (s Scheme) hmacKey(secret string) string {
	if s.IsRPC() {
		return secret + "&"
	}
	return secret
}

// digestHash is a Digest as a hash.Hash. It keeps what is written until Sum.
type digestHash struct {
	digest Digest
	input  []byte
}

func (h *digestHash) Write(p []byte) (int, error) {
	h.input = append(h.input, p...)
	return len(p), nil
}

func (h *digestHash) Sum(dst []byte) []byte {
	sum := h.digest.sum(h.input)
	return append(dst, sum[:]...)
}

func (h *digestHash) Reset()         { h.input = h.input[:0] }
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
func (d Digest) hexOf(s string) string {
	h := d.hash([]byte(s))
	return string(h[:])
}
