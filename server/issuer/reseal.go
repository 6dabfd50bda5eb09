package issuer

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/server/issuer/seal"
	"github.com/esacert/esacert/server/store"
)

// Reseal seals every stored key that an older key of the ring sealed with its
// newest one, and tells how many there were. Afterwards the older keys may be
// taken out of the file. It may run beside a loop, and again after an error.
//
// Errors: those of seal.Ring.Open for a key that cannot be opened; what was
// sealed before it stays so.
func Reseal(ctx context.Context, jobs store.Jobs, ring *seal.Ring) (n int, err error) {
	err = jobs.Sealed(ctx, func(old store.Sealed) error {
		number, err := seal.Number(old.Key)
		if err != nil {
			return fmt.Errorf("%s: %w", old.Owner, err)
		}
		if number == ring.Newest() {
			return nil
		}
		owner, err := seal.OwnerOf(old.Owner)
		if err != nil {
			return err
		}
		key, err := ring.Open(owner, old.Key)
		if err != nil {
			return fmt.Errorf("%s: %w", old.Owner, err)
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
	return n, err
}
