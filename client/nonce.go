package client

import (
	"crypto/rand"
	"encoding/hex"
)

// randomNonce gives 128 random bits as 32 hexadecimal digits, the form that the
// vendor's Go SDKs send.
func randomNonce() string {
	var bits [16]byte
	// It never fails; see the documentation of crypto/rand.
	_, _ = rand.Read(bits[:])
	var text [2 * len(bits)]byte
	hex.Encode(text[:], bits[:])
	return string(text[:])
}
