package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

const (
	version    = 1
	keyBytes   = 32
	nonceBytes = 12
	tagBytes   = 16
	header     = 1 + 4
)

// Errors of Open. Compare with errors.Is.
var (
	ErrUnknownKey = errors.New("seal: it was sealed by a key that is not there")
	ErrWrongKey   = errors.New("seal: it does not open: the key is another one of the same number, the owner is another, or it was changed")
	ErrForm       = errors.New("seal: not the sealed form")
)

// Ring is a set of sealing keys. It may be used by many goroutines. It does not
// print its keys.
type Ring struct {
	keys   map[uint32]cipher.AEAD
	newest uint32
	source string // where the keys are from, for messages

	mu     sync.Mutex
	random io.Reader // of nonces
}

// New makes a ring of one new key that is nowhere but in memory: what it seals
// is lost with it. The randomness makes the key and the nonces; it may be
// deterministic where nothing is worth to be kept secret. Nil for crypto/rand.
func New(random io.Reader) (*Ring, error) {
	if random == nil {
		random = rand.Reader
	}
	key := make([]byte, keyBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("seal: making a key: %w", err)
	}
	return newRing(map[uint32][]byte{1: key}, "memory", random)
}

func newRing(keys map[uint32][]byte, source string, random io.Reader) (*Ring, error) {
	r := &Ring{keys: make(map[uint32]cipher.AEAD, len(keys)), source: source, random: random}
	for number, key := range keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("seal: key %d: %w", number, err)
		}
		if r.keys[number], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("seal: key %d: %w", number, err)
		}
		r.newest = max(r.newest, number)
	}
	return r, nil
}

// Newest is the number of the key that seals.
func (r *Ring) Newest() uint32 { return r.newest }

// Numbers lists the numbers of the keys, in ascending order.
func (r *Ring) Numbers() []uint32 { return slices.Sorted(maps.Keys(r.keys)) }

// Format prints the numbers of the keys, for every verb.
func (r *Ring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sealing keys "+r.numbers()) }

func (r *Ring) numbers() string {
	texts := make([]string, 0, len(r.keys))
	for _, number := range r.Numbers() {
		texts = append(texts, fmt.Sprint(number))
	}
	return strings.Join(texts, ", ")
}

// Seal seals a secret for an owner with the newest key. The error is that of
// the randomness.
func (r *Ring) Seal(owner string, secret []byte) ([]byte, error) {
	sealed := make([]byte, header+nonceBytes, header+nonceBytes+len(secret)+tagBytes)
	sealed[0] = version
	binary.BigEndian.PutUint32(sealed[1:header], r.newest)
	if err := r.draw(sealed[header:]); err != nil {
		return nil, fmt.Errorf("seal: making a nonce: %w", err)
	}
	return r.keys[r.newest].Seal(sealed, sealed[header:], secret, []byte(owner)), nil
}

func (r *Ring) draw(nonce []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := io.ReadFull(r.random, nonce)
	return err
}

// Open gives back what was sealed for the owner.
//
// Errors: ErrForm, ErrUnknownKey, ErrWrongKey.
func (r *Ring) Open(owner string, sealed []byte) ([]byte, error) {
	number, err := Number(sealed)
	if err != nil {
		return nil, err
	}
	key, found := r.keys[number]
	if !found {
		return nil, fmt.Errorf("%w: key %d; in %s there are %s", ErrUnknownKey, number, r.source, r.numbers())
	}
	secret, err := key.Open(nil, sealed[header:header+nonceBytes], sealed[header+nonceBytes:], []byte(owner))
	if err != nil {
		return nil, fmt.Errorf("%w: %s, key %d of %s", ErrWrongKey, owner, number, r.source)
	}
	return secret, nil
}

// Number tells by which key something was sealed. The error is an ErrForm.
func Number(sealed []byte) (uint32, error) {
	if least := header + nonceBytes + tagBytes; len(sealed) < least {
		return 0, fmt.Errorf("%w: it has %d bytes, not %d at least", ErrForm, len(sealed), least)
	}
	if sealed[0] != version {
		return 0, fmt.Errorf("%w: it is of version %d, this program knows %d", ErrForm, sealed[0], version)
	}
	return binary.BigEndian.Uint32(sealed[1:header]), nil
}
