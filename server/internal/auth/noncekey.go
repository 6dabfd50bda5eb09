package auth

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/esacert/esacert/server/store"
)

// NewNonceKey digests an access key id and a nonce. The length of the id comes
// first, so that no two pairs give the same text.
func NewNonceKey(accessKeyID, nonce string) store.NonceKey {
	var buf [256]byte
	text := binary.AppendUvarint(buf[:0], uint64(len(accessKeyID)))
	text = append(text, accessKeyID...)
	text = append(text, nonce...)
	sum := sha256.Sum256(text)
	return store.NonceKey(sum[:16])
}
