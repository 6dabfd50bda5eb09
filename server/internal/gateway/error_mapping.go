package gateway

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// refusalOf is the only mapping from errors to responses. An unknown error is a
// failure of the server, for which the table has a row.
func refusalOf(err error) *refusal.Error {
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		return refused
	}
	if routing, ok := errors.AsType[*echo.HTTPError](err); ok {
		return routingRefusal(routing)
	}
	return &refusal.Error{Row: esaerrors.InternalException, Detail: err.Error(), Err: err}
}

// routingRefusal maps the errors of echo and of the generated stub.
func routingRefusal(e *echo.HTTPError) *refusal.Error {
	switch e.Code {
	case http.StatusNotFound:
		return refusal.New(esaerrors.InvalidActionNotFound, "there is nothing at this path")
	case http.StatusMethodNotAllowed:
		return refusal.New(esaerrors.UnsupportedHTTPMethod, "the method is neither GET nor POST")
	case http.StatusBadRequest:
		return &refusal.Error{Row: esaerrors.InvalidParameter, Detail: e.Error()}
	}
	return &refusal.Error{Row: esaerrors.InternalException, Detail: e.Error(), Err: e}
}

// journalDetail returns the detail for the journal: of a failure of the server, all
// that is known.
func journalDetail(r *refusal.Error) string {
	if r.IsFailure() && r.Detail != r.Err.Error() {
		return r.Error()
	}
	return r.Detail
}
