// Package refusal holds the error of a request that the server rejects, or fails to
// process. Authentication, permission and the rules of the operations return it,
// and the gateway writes it to the wire.
package refusal

import (
	"fmt"
	"strings"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Error is a rejected request. Only Row, Message, Denied and RetryAfter are for the
// caller. The other fields are for the journal and the log; none of them contains a
// secret.
//
// errors.Is finds the row and the underlying error:
//
//	errors.Is(err, esaerrors.QuotaExceeded)
type Error struct {
	Row        *esaerrors.Error           // error of the contract
	Message    string                     // if not empty, replaces Row.Message
	Denied     *esaapi.AccessDeniedDetail // denying policy; nil unless RAM denies the call
	RetryAfter time.Duration              // for x-acs-retry-after; if 0, the header is not sent

	Detail string // what was found, and what the rule requires
	Domain string // name that breaks the rule; "" if the rule is not about a name
	Cause  string // why Domain is not a valid name, as in Row.Remedy; "" for other rows
	Err    error  // underlying error, or nil
}

// New returns an Error with a formatted detail.
func New(row *esaerrors.Error, format string, args ...any) *Error {
	return &Error{Row: row, Detail: fmt.Sprintf(format, args...)}
}

// Error returns the code and the message of the row, then the detail and the
// underlying error in brackets.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Row.Error())
	bracketed(&b, e.Detail)
	if e.Err != nil && e.Err.Error() != e.Detail {
		bracketed(&b, e.Err.Error())
	}
	return b.String()
}

func bracketed(b *strings.Builder, part string) {
	if part != "" {
		b.WriteString(" [" + part + "]")
	}
}

// Unwrap returns the row and the underlying error.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Row}
	}
	return []error{e.Row, e.Err}
}

// WireMessage returns the message for the caller.
func (e *Error) WireMessage() string {
	if e.Message != "" {
		return e.Message
	}
	return e.Row.Message
}

// IsFailure reports whether the server failed to process the request, which belongs
// in the log. Otherwise the request broke a rule.
func (e *Error) IsFailure() bool {
	return e.Err != nil && (e.Row == esaerrors.InternalException || e.Row == esaerrors.QuotaCheckFailed)
}
