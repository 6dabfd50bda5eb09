package issuance_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// sealedKeys are the sealed keys of a store, sorted by owner.
type sealedKeys []store.Sealed

func (s sealedKeys) Sealed(_ context.Context, yield func(store.Sealed) error) error {
	for _, k := range s {
		if err := yield(k); err != nil {
			return err
		}
	}
	return nil
}

// SealedSamples returns a superset of the samples of a store. Only the first and
// the last affect the result.
func (s sealedKeys) SealedSamples(context.Context) ([]store.Sealed, error) { return s, nil }

func newRing(t *testing.T, n byte) *seal.Keyring {
	t.Helper()
	ring, err := seal.New(seeded(n))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func sealedBy(t *testing.T, ring *seal.Keyring, stored string) store.Sealed {
	t.Helper()
	owner, err := seal.OwnerOf(stored)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ring.Seal(owner, []byte("key of "+stored))
	if err != nil {
		t.Fatal(err)
	}
	return store.Sealed{Owner: stored, Key: key}
}

func TestCheckKeys(t *testing.T) {
	t.Parallel()
	mine, other, third := newRing(t, 1), newRing(t, 2), newRing(t, 3)
	damaged := sealedBy(t, mine, "certificate/2")
	damaged.Key[len(damaged.Key)-1] ^= 1
	for _, tc := range []struct {
		name   string
		ring   *seal.Keyring
		stored sealedKeys
		want   []issuance.MissingKey
	}{
		{"nothing sealed, no ring", nil, nil, nil},
		{"nothing sealed", mine, nil, nil},
		{"all by the ring", mine, sealedKeys{sealedBy(t, mine, "order/1"), sealedBy(t, mine, "account/le")}, nil},
		{"one damaged and one valid", mine, sealedKeys{sealedBy(t, mine, "certificate/1"), damaged}, nil},
		{"all damaged", mine, sealedKeys{damaged}, nil},
		{"one damaged, and no ring", nil, sealedKeys{damaged}, []issuance.MissingKey{{Mark: mine.Mark(), Certificates: 1}}},
		{"not the sealed form", mine, sealedKeys{{Owner: "certificate/1", Key: []byte("x")}}, nil},
		{"no ring", nil, sealedKeys{sealedBy(t, mine, "order/1")}, []issuance.MissingKey{{Mark: mine.Mark(), Orders: 1}}},
		{"some by others", mine, sealedKeys{
			sealedBy(t, other, "order/1"), sealedBy(t, mine, "order/2"), sealedBy(t, third, "certificate/1"),
			sealedBy(t, other, "certificate/3"), sealedBy(t, other, "certificate/4"), sealedBy(t, other, "account/le"),
		}, sorted(
			issuance.MissingKey{Mark: other.Mark(), Orders: 1, Certificates: 2, Accounts: 1},
			issuance.MissingKey{Mark: third.Mark(), Certificates: 1},
		)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := issuance.CheckKeys(t.Context(), tc.stored, tc.ring)
			var missing *issuance.MissingKeysError
			if errors.As(err, &missing) != (tc.want != nil) || err != nil && missing == nil {
				t.Fatalf("CheckKeys: %v, want %v", err, tc.want)
			}
			if missing == nil {
				return
			}
			if diff := cmp.Diff(tc.want, missing.Keys); diff != "" {
				t.Error(diff)
			}
			for _, k := range tc.want {
				certificates := fmt.Sprintf("of %d certificates,", k.Certificates)
				if k.Certificates == 1 {
					certificates = "of 1 certificate,"
				}
				if !strings.Contains(err.Error(), k.Mark.String()) || !strings.Contains(err.Error(), certificates) {
					t.Errorf("%v does not say %v", err, k)
				}
			}
		})
	}
}

func sorted(a, b issuance.MissingKey) []issuance.MissingKey {
	if string(a.Mark[:]) > string(b.Mark[:]) {
		a, b = b, a
	}
	return []issuance.MissingKey{a, b}
}

// TestResealSkipsUnopenable checks that Reseal reseals the remaining keys if one
// cannot be opened.
func TestResealSkipsUnopenable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	old, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newFixture(t)
	for authority, ring := range map[string]*seal.Keyring{"a": newRing(t, 9), "b": old} {
		key := sealedBy(t, ring, "account/"+authority).Key
		if _, err := w.db.SaveAccount(t.Context(), store.ACMEAccount{Authority: authority, SealedKey: key, CreatedAt: baseTime()}); err != nil {
			t.Fatal(err)
		}
	}
	ring, err := seal.Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := issuance.Reseal(t.Context(), w.db, ring)
	if n != 1 || !errors.Is(err, seal.ErrUnknownKey) || !strings.Contains(err.Error(), "1 stored keys cannot be opened, the first of them: account/a") {
		t.Errorf("Reseal = %d, %v", n, err)
	}
	if b, err := w.db.Account(t.Context(), "b"); err != nil || seal.Mark(b.SealedKey[:seal.MarkBytes]) != ring.Mark() {
		t.Errorf("account b after Reseal: %v", err)
	}
}
