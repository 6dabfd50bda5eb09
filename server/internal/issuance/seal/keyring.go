package seal

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Versions of the sealed form. Only byName is written; byNumber is the form of
// the first release.
const (
	byNumber = 1
	byName   = 2
)

const (
	keyBytes   = 32
	nonceBytes = 12
	tagBytes   = 16
)

// Errors of Open. Compare with errors.Is.
var (
	ErrUnknownKey = errors.New("seal: unknown key")
	ErrDecrypt    = errors.New("seal: decryption failed: wrong key, wrong owner or corrupted data")
	ErrMalformed  = errors.New("seal: malformed sealed data")
)

// Keyring is a set of sealing keys. It is safe for concurrent use. Formatting
// it does not print its keys.
type Keyring struct {
	keys   []*key // by ascending number, never empty
	source string // origin of the keys, for messages

	mu     sync.Mutex
	random io.Reader // of nonces
}

// key is one sealing key.
type key struct {
	number uint32 // in the file
	name   Name
	aead   cipher.AEAD
}

// New returns a ring with one new key that exists only in memory: what it seals
// is lost with it. The key and the nonces are read from random, which may be
// deterministic if nothing sealed is secret. If nil, crypto/rand is used.
func New(random io.Reader) (*Keyring, error) {
	if random == nil {
		random = rand.Reader
	}
	secret := make([]byte, keyBytes)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("seal: create key: %w", err)
	}
	return newRing(map[uint32][]byte{1: secret}, "memory", random)
}

func newRing(secrets map[uint32][]byte, source string, random io.Reader) (*Keyring, error) {
	r := &Keyring{source: source, random: random}
	for number, secret := range secrets {
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, fmt.Errorf("seal: key number %d: %w", number, err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("seal: key number %d: %w", number, err)
		}
		r.keys = append(r.keys, &key{number: number, name: nameOf(secret), aead: aead})
	}
	slices.SortFunc(r.keys, func(a, b *key) int { return cmp.Compare(a.number, b.number) })
	return r, nil
}

// newest returns the key that seals.
func (r *Keyring) newest() *key { return r.keys[len(r.keys)-1] }

// Newest returns the number of the key that seals.
func (r *Keyring) Newest() uint32 { return r.newest().number }

// Mark returns the mark of everything that the ring seals.
func (r *Keyring) Mark() Mark { return markOf(r.newest().name) }

// Name returns the name of the key that seals.
func (r *Keyring) Name() Name { return r.newest().name }

// Source returns the origin of the keys: the path of their file, or memory.
func (r *Keyring) Source() string { return r.source }

// Numbers lists the numbers of the keys, in ascending order.
func (r *Keyring) Numbers() []uint32 {
	numbers := make([]uint32, len(r.keys))
	for i, k := range r.keys {
		numbers[i] = k.number
	}
	return numbers
}

// Format prints the numbers of the keys, for every verb.
func (r *Keyring) Format(f fmt.State, _ rune) {
	numbers := make([]string, len(r.keys))
	for i, k := range r.keys {
		numbers[i] = fmt.Sprint(k.number)
	}
	_, _ = io.WriteString(f, "sealing keys "+strings.Join(numbers, ", "))
}

// List returns the names of the keys with their numbers, for messages.
func (r *Keyring) List() string {
	names := make([]string, len(r.keys))
	for i, k := range r.keys {
		names[i] = fmt.Sprintf("%s (number %d)", k.name, k.number)
	}
	return strings.Join(names, ", ")
}

// Seal seals a secret for an owner with the newest key. It returns an error
// only if the random source fails.
func (r *Keyring) Seal(owner string, secret []byte) ([]byte, error) {
	k := r.newest()
	sealed := make([]byte, MarkBytes+nonceBytes, MarkBytes+nonceBytes+len(secret)+tagBytes)
	mark := markOf(k.name)
	copy(sealed, mark[:])
	if err := r.newNonce(sealed[MarkBytes:]); err != nil {
		return nil, fmt.Errorf("seal: create nonce: %w", err)
	}
	return k.aead.Seal(sealed, sealed[MarkBytes:], secret, additional(mark, owner)), nil
}

// additional returns the additional data: the owner, preceded by the mark if
// the mark has a name.
func additional(mark Mark, owner string) []byte {
	if mark[0] == byNumber {
		return []byte(owner)
	}
	return append(mark[:], owner...)
}

func (r *Keyring) newNonce(nonce []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := io.ReadFull(r.random, nonce)
	return err
}

// Open returns the secret sealed for the owner.
//
// The form of the first release has only the number of the key, and two files
// may have different keys of one number. So every key of the ring may open that
// form; the tag of AES-GCM decides.
//
// Errors: ErrMalformed, ErrUnknownKey, ErrDecrypt.
func (r *Keyring) Open(owner string, sealed []byte) ([]byte, error) {
	mark, err := MarkOf(sealed)
	if err != nil {
		return nil, err
	}
	nonce, ciphertext := sealed[MarkBytes:MarkBytes+nonceBytes], sealed[MarkBytes+nonceBytes:]
	known := false
	for _, k := range r.keys {
		fits := mark.fits(k)
		known = known || fits
		if !fits && mark[0] != byNumber {
			continue
		}
		if secret, err := k.aead.Open(nil, nonce, ciphertext, additional(mark, owner)); err == nil {
			return secret, nil
		}
	}
	if !known {
		return nil, fmt.Errorf("%w: %s; %s holds %s", ErrUnknownKey, mark, r.source, r.List())
	}
	return nil, fmt.Errorf("%w: %s, %s; %s holds %s", ErrDecrypt, owner, mark, r.source, r.List())
}
