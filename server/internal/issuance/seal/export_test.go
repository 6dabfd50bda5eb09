package seal

import (
	"crypto/rand"
	"encoding/binary"
)

// Parse is Load without a file.
func Parse(file string, text []byte) (*Keyring, error) {
	keys, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	return newRing(keys, file, rand.Reader)
}

// SealByNumber seals as the first release did, with the newest key.
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
