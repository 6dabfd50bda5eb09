package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Name identifies a sealing key: the first bytes of the SHA-256 digest of its
// 32 bytes. It reveals nothing of the key. If two keys of a ring have the same
// name, both are tried.
type Name [4]byte

// String returns the name in hexadecimal.
func (n Name) String() string { return hex.EncodeToString(n[:]) }

func nameOf(key []byte) Name {
	sum := sha256.Sum256(key)
	return Name(sum[:len(Name{})])
}

// MarkBytes is the length of a Mark.
const MarkBytes = 1 + len(Name{})

// Mark identifies the key that sealed something. It is comparable, and is the first
// MarkBytes of the sealed form.
type Mark [MarkBytes]byte

// MarkOf returns the mark of a sealed form. The error is an ErrMalformed.
func MarkOf(sealed []byte) (Mark, error) {
	if least := MarkBytes + nonceBytes + tagBytes; len(sealed) < least {
		return Mark{}, fmt.Errorf("%w: got %d bytes, want at least %d", ErrMalformed, len(sealed), least)
	}
	if v := sealed[0]; v != byNumber && v != byName {
		return Mark{}, fmt.Errorf("%w: version %d, this program knows %d and %d", ErrMalformed, v, byNumber, byName)
	}
	return Mark(sealed[:MarkBytes]), nil
}

func markOf(name Name) (m Mark) {
	m[0] = byName
	copy(m[1:], name[:])
	return m
}

// Named reports whether the mark has the name of the key. If not, it has the
// number only, which keys of several files can share.
func (m Mark) Named() bool { return m[0] == byName }

// number returns the number of the key, for the form with a number.
func (m Mark) number() uint32 { return binary.BigEndian.Uint32(m[1:]) }

// String describes the key.
func (m Mark) String() string {
	if m[0] == byNumber {
		return fmt.Sprintf("key number %d", m.number())
	}
	return "key " + hex.EncodeToString(m[1:])
}

// fits reports whether the mark may belong to the key.
func (m Mark) fits(k *key) bool {
	if m[0] == byNumber {
		return m.number() == k.number
	}
	return m == markOf(k.name)
}
