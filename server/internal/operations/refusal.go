package operations

import (
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// internal returns the refusal for a failure that no rule foresees.
func internal(doing string, err error) *refusal.Error {
	return &refusal.Error{Row: esaerrors.InternalException, Detail: doing, Err: err}
}
