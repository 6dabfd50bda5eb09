package operations

import (
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// Refusal is the error of a call that breaks a rule, or that the service failed to
// process. Its Cause is the string of a Cause.
type Refusal = refusal.Error

// internal returns the refusal for a failure that no rule foresees.
func internal(doing string, err error) *Refusal {
	return &Refusal{Row: esaerrors.InternalException, Detail: doing, Err: err}
}
