// Package seal encrypts the private keys in the store: each is sealed with
// AES-256-GCM by a key that the store does not have.
//
//	ring, err := seal.Load("/etc/esacertd/keys")
//	sealed, err := ring.Seal(seal.ApplicationOwner(30000478), der)
//	der, err := ring.Open(seal.ApplicationOwner(30000478), sealed)
//
// The owner is additional data: a sealed key opens for its owner only, so it
// cannot be substituted for another.
//
// # Key file
//
// One key per line: a number, a space, and 32 bytes in Base64. Empty lines and
// lines that begin with # are skipped. The key with the greatest number seals,
// and all of them open. Create creates a file, Rotate adds a key.
//
//	# sealing keys of esacertd; keep a copy in a safe place
//	1 MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=
//
// Numbers only define the order. To restore a lost key, add its line with any
// unused number. If that is the greatest, this key seals, and the next start
// re-seals with it what the others have sealed.
//
// On Unix only the owner of the file may have access to it.
//
// # Sealed form
//
//	byte 0        version, 2
//	bytes 1-4     name of the key: the first bytes of its SHA-256 digest
//	bytes 5-16    nonce
//	bytes 17-     ciphertext, and 16 bytes of authentication tag
//
// The additional data is bytes 0-4 followed by the owner.
//
// Version 1, of the first release, has the number of the key in bytes 1-4, big
// endian, and the owner alone as additional data. It is still opened, with each
// key of the ring until one fits.
//
// A key seals at most 2^32 times, because its nonces are random (NIST SP
// 800-38D, section 8.3); a rotation a year is far below.
package seal
