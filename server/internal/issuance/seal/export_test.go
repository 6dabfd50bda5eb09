package seal

import (
	"crypto/rand"
	"encoding/binary"
)

// Parse is Load without a file.
func Parse(file string, content []byte) (*Keyring, error) {
	keys, err := parse(file, content)
	if err != nil {
		return nil, err
	}
	return newRing(keys, file, rand.Reader)
}

// SealByNumber seals in the format of the first release, with the newest key.
func (r *Keyring) SealByNumber(owner string, secret []byte) []byte {
	k := r.newest()
	sealed := make([]byte, MarkBytes+nonceBytes)
	sealed[0] = byNumber
	binary.BigEndian.PutUint32(sealed[1:], k.number)
	if err := r.newNonce(sealed[MarkBytes:]); err != nil {
		panic(err)
	}
	return k.aead.Seal(sealed, sealed[MarkBytes:], secret, []byte(owner))
}
