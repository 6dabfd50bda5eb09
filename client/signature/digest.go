package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

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
	// A copy, because an unknown function would force every text of the usual
	// scheme onto the heap.
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
