package issuance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// SealedKeys is the part of a store that lists sealed keys: a store.JobStore,
// or a read-only store.
type SealedKeys interface {
	Sealed(ctx context.Context, yield func(store.Sealed) error) error
	SealedSamples(ctx context.Context) ([]store.Sealed, error)
}

// MissingKeysError reports that a store needs sealing keys that the ring lacks.
type MissingKeysError struct {
	Keys []MissingKey // by ascending mark, never empty
}

// MissingKey is one of them, with the number of stored keys that only it opens.
type MissingKey struct {
	Mark         seal.Mark
	Certificates int
	Orders       int // in progress
	Accounts     int // at authorities
}

// Error lists each key and the number of stored keys that need it.
func (e *MissingKeysError) Error() string {
	keys := make([]string, len(e.Keys))
	for i, k := range e.Keys {
		keys[i] = k.String()
	}
	return "missing sealing keys: " + strings.Join(keys, "; ")
}

// String describes the key and the number of stored keys that need it.
func (k MissingKey) String() string {
	return fmt.Sprintf("%s, needed to open the private keys of %s, %s and %s",
		k.Mark, counted(k.Certificates, "certificate"), counted(k.Orders, "order"), counted(k.Accounts, "account"))
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// CheckKeys reports whether the ring opens what the store has sealed. If ring
// is nil, every key is missing. It opens samples, so it is fast: those of each
// key, and of the unnamed form the first and the last that it sealed, since
// there another key can have the same number. Damaged data does not count as a
// missing key if its mark has a name.
//
// Errors: *MissingKeysError, those of the store.
func CheckKeys(ctx context.Context, stored SealedKeys, ring *seal.Keyring) error {
	samples, err := stored.SealedSamples(ctx)
	if err != nil {
		return err
	}
	suspect := suspects(samples, ring)
	if len(suspect) == 0 {
		return nil
	}
	missing := map[seal.Mark]*MissingKey{}
	err = stored.Sealed(ctx, func(k store.Sealed) error {
		mark, err := seal.MarkOf(k.Key)
		if err != nil || !suspect[mark] || !lacks(ring, mark, k) {
			return nil //nolint:nilerr // data without a mark is damaged; no key is missing
		}
		if missing[mark] == nil {
			missing[mark] = &MissingKey{Mark: mark}
		}
		missing[mark].count(k.Owner)
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	found := &MissingKeysError{}
	for _, k := range missing {
		found.Keys = append(found.Keys, *k)
	}
	slices.SortFunc(found.Keys, func(a, b MissingKey) int { return slices.Compare(a.Mark[:], b.Mark[:]) })
	return found
}

// suspects returns the marks whose samples say that a key is missing.
func suspects(samples []store.Sealed, ring *seal.Keyring) map[seal.Mark]bool {
	suspect := map[seal.Mark]bool{}
	for _, k := range samples {
		if mark, err := seal.MarkOf(k.Key); err == nil && lacks(ring, mark, k) {
			suspect[mark] = true
		}
	}
	return suspect
}

// lacks reports whether the key that sealed k is not in the ring. A mark with a
// name is proof: if the ring has that key, the data is damaged. A number is
// not, because another key can have it.
func lacks(ring *seal.Keyring, mark seal.Mark, k store.Sealed) bool {
	if ring == nil {
		return true
	}
	_, err := openSealed(ring, k)
	return errors.Is(err, seal.ErrUnknownKey) || err != nil && !mark.Named()
}

func (k *MissingKey) count(owner string) {
	switch kind, _, _ := strings.Cut(owner, "/"); kind {
	case "certificate":
		k.Certificates++
	case "order":
		k.Orders++
	case "account":
		k.Accounts++
	}
}
