package operations

import (
	"errors"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

// internal returns the refusal for a failure that no rule foresees.
func internal(doing string, err error) *refusal.Error {
	return &refusal.Error{Row: esaerrors.InternalException, Detail: doing, Err: err}
}

// failedWrite returns the refusal for an error of a write that no rule foresees.
func failedWrite(doing string, err error) *refusal.Error {
	if errors.Is(err, store.ErrNonceForgotten) {
		return &refusal.Error{Row: esaerrors.UnauthorizedInvalidTime, Detail: err.Error(), Err: err}
	}
	return internal(doing, err)
}
