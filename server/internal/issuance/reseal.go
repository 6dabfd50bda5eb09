package issuance

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// Reseal re-seals every stored key that was not sealed by the newest key of the
// ring in its present form, and returns how many there were. Afterwards the
// older keys may be removed from the file. It is safe to run during a loop, and
// retryAt after an error. If a key cannot be opened, the others are still re-sealed.
//
// Errors: those of seal.Keyring.Open for the first key that cannot be opened, with
// the number of them; those of the store.
func Reseal(ctx context.Context, jobs store.Jobs, ring *seal.Keyring) (n int, err error) {
	var unopened int
	var first error
	err = jobs.Sealed(ctx, func(old store.Sealed) error {
		if mark, err := seal.MarkOf(old.Key); err == nil && mark == ring.Mark() {
			return nil
		}
		key, err := openSealed(ring, old)
		if err != nil {
			if unopened++; first == nil {
				first = err
			}
			return nil
		}
		owner, err := seal.OwnerOf(old.Owner)
		if err != nil {
			return err
		}
		sealed, err := ring.Seal(owner, key)
		if err != nil {
			return fmt.Errorf("%s: %w", old.Owner, err)
		}
		done, err := jobs.Reseal(ctx, old, sealed)
		if done {
			n++
		}
		return err
	})
	if err == nil && unopened > 0 {
		err = fmt.Errorf("%d stored keys cannot be opened, the first of them: %w", unopened, first)
	}
	return n, err
}

// openSealed opens a key as the store has it.
func openSealed(ring *seal.Keyring, stored store.Sealed) ([]byte, error) {
	owner, err := seal.OwnerOf(stored.Owner)
	if err != nil {
		return nil, err
	}
	key, err := ring.Open(owner, stored.Key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", stored.Owner, err)
	}
	return key, nil
}
