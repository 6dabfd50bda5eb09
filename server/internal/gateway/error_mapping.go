package gateway

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/operations"
)

// httpError is a refusal on its way to the wire.
type httpError struct {
	row        *esaerrors.Error
	message    string // instead of the row's; "" for the row's
	detail     string // for the journal
	denied     *esaapi.AccessDeniedDetail
	retryAfter time.Duration // for x-acs-retry-after; 0 leaves it out
	cause      error         // a failure of ours, for the log; else nil
}

func (f *httpError) Error() string { return f.row.Key + ": " + f.detail }

func (f *httpError) text() string {
	if f.message != "" {
		return f.message
	}
	return f.row.Message
}

func newHTTPError(row *esaerrors.Error, detail string) *httpError {
	return &httpError{row: row, detail: detail}
}

// toHTTPError is the one map from errors to the wire. What it does not know is a
// failure of ours, and answered with the documented row for that.
func toHTTPError(err error) *httpError {
	// Refusals of a rule come first, being the usual ones.
	if refusal, ok := errors.AsType[*operations.Refusal](err); ok {
		return faultOfRefusal(refusal)
	}
	if known, ok := errors.AsType[*httpError](err); ok {
		return known
	}
	if failure, ok := errors.AsType[*auth.Failure](err); ok {
		return &httpError{row: failure.Row, message: failure.Message, detail: failure.Detail}
	}
	if routing, ok := errors.AsType[*echo.HTTPError](err); ok {
		return faultOfRouting(routing)
	}
	return &httpError{row: esaerrors.InternalException, detail: err.Error(), cause: err}
}

func faultOfRefusal(r *operations.Refusal) *httpError {
	f := &httpError{row: r.Row, detail: r.Detail}
	if r.Row == esaerrors.InternalException || r.Row == esaerrors.QuotaCheckFailed {
		f.detail, f.cause = r.Error(), r
	}
	return f
}

// faultOfRouting translates what echo and the generated stub say.
func faultOfRouting(e *echo.HTTPError) *httpError {
	switch e.Code {
	case http.StatusNotFound:
		return newHTTPError(esaerrors.InvalidActionNotFound, "there is nothing at this path")
	case http.StatusMethodNotAllowed:
		return newHTTPError(esaerrors.UnsupportedHTTPMethod, "the method is neither GET nor POST")
	case http.StatusBadRequest:
		return &httpError{row: esaerrors.InvalidParameter, detail: e.Error()}
	}
	return &httpError{row: esaerrors.InternalException, detail: e.Error(), cause: e}
}
