package signature

import "crypto/sha1" // the usual RPC scheme is HMAC-SHA1

// HMAC (RFC 2104) is composed here from the one-shot hash functions of the
// standard library. crypto/hmac keeps a state that can be written to in pieces
// and reset, for which it allocates seven times and takes about four times as
// long on texts as short as these; every request pays that. The tests hold both
// functions to crypto/hmac and to the vectors of RFC 2202 and RFC 4231.

// macBlock is the block size of SHA-1, SHA-256 and SM3 in bytes.
const macBlock = 64

// mac computes the HMAC of a text: HMAC-SHA256 if the Digest is nil.
func (d Digest) mac(key string, text []byte) [32]byte {
	var long [32]byte
	if len(key) > macBlock {
		long = d.sum([]byte(key))
		key = string(long[:])
	}
	var array [macBlock + usualText]byte
	inner := d.sum(append(padded(array[:0], key, 0x36), text...))
	return d.sum(append(padded(array[:0], key, 0x5c), inner[:]...))
}

// hmacSHA1 gives the HMAC-SHA1 of a text.
func hmacSHA1(key string, text []byte) [sha1.Size]byte {
	var long [sha1.Size]byte
	if len(key) > macBlock {
		long = sha1.Sum([]byte(key))
		key = string(long[:])
	}
	var array [macBlock + usualText]byte
	inner := sha1.Sum(append(padded(array[:0], key, 0x36), text...))
	return sha1.Sum(append(padded(array[:0], key, 0x5c), inner[:]...))
}

// padded appends a key, filled up with zeros to a block, each byte combined
// with the pad.
func padded(dst []byte, key string, pad byte) []byte {
	for i := range macBlock {
		c := pad
		if i < len(key) {
			c ^= key[i]
		}
		dst = append(dst, c)
	}
	return dst
}
