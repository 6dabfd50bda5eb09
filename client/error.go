package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/esacert/esacert/client/internal/ctxerr"
)

// attemptError is the error of an attempt: *ConnectionError,
// *UnexpectedResponseError or *ServiceError.
type attemptError interface {
	error
	retryable() bool
	// maybeAccepted reports whether the service may have accepted the attempt.
	maybeAccepted() bool
	// setOutcome records the outcome of the whole call.
	setOutcome(attempts int, maybeAccepted bool, waited error)
}

// MaybeAccepted reports whether the failed call may have been accepted, because
// one of its requests was sent and received no response. Check the site's
// certificates before retrying: the operation is not idempotent.
func MaybeAccepted(err error) bool {
	if connection, ok := errors.AsType[*ConnectionError](err); ok {
		return connection.MaybeAccepted
	}
	if unexpected, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return unexpected.MaybeAccepted
	}
	refused, ok := errors.AsType[*ServiceError](err)
	return ok && refused.MaybeAccepted
}

// Retryable reports whether the same call may succeed later: connection
// failures except untrusted certificates and unknown hosts, statuses from 500,
// throttling, truncated bodies, InternalException and QuotaCheckFailed, a used
// nonce, and any error that names a time to wait.
func Retryable(err error) bool {
	last, ok := errors.AsType[attemptError](err)
	return ok && last.retryable()
}

// formatError appends the outcome of the call to an error string and returns it
// as one line, because parts of it may be from the wire.
func formatError(b *strings.Builder, attempts int, maybeAccepted bool, waited error) string {
	if attempts > 1 {
		fmt.Fprintf(b, "; attempt %d", attempts)
	}
	if maybeAccepted {
		b.WriteString("; a request without a valid response may have been accepted: check the site's certificates before retrying")
	}
	if waited != nil {
		b.WriteString("; no further attempt: " + waited.Error())
	}
	return oneLine(b.String())
}

// oneLine replaces control characters and line ends with spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// contextErr returns the error of a context that is done, with its cause, if
// any.
func contextErr(ctx context.Context) error {
	err, cause := ctxerr.Err(ctx), context.Cause(ctx)
	if cause == nil {
		return err // the deadline passed, but the context is not done yet
	}
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// nonNil returns the errors that are not nil.
func nonNil(first, second error) []error {
	list := make([]error, 0, 2)
	for _, err := range [...]error{first, second} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// InputError reports an invalid input or option, with all problems. No request
// was sent.
type InputError struct {
	// Operation is the operation that was called; "" for an error of New.
	Operation string
	// Problems has at least one item: options first, then the input in the order
	// of its fields.
	Problems []Problem
}

// Problem is one problem of an input or option.
type Problem struct {
	// Field is a field of the input, for example "Domains[3]", or an option,
	// for example "WithEndpoint".
	Field string
	// Value is the given value, truncated; it may be empty. It is never a
	// secret.
	Value string
	// Message explains the problem and how to fix it.
	Message string
}

// String returns the problem in one line.
func (p Problem) String() string {
	if p.Value == "" {
		return p.Field + " " + p.Message
	}
	return p.Field + " " + p.Value + " " + p.Message
}

// Error returns the problems, separated by semicolons.
func (e *InputError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return prefixOf(e.Operation) + "invalid input: " + strings.Join(lines, "; ")
}

// prefixOf returns the beginning of an error string of an operation; "" stands for
// none, as in errors of New.
func prefixOf(operation string) string {
	if operation == "" {
		return "esa: "
	}
	return "esa " + operation + ": "
}

// invalid returns an InputError with the problems, or nil if there are none.
func invalid(operation string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &InputError{Operation: operation, Problems: problems}
}

// ErrNoCredentials means that a provider has no credentials. A
// *CredentialsError wraps it.
var ErrNoCredentials = errors.New("no credentials")

// CredentialsError reports credentials that are missing, incomplete or could
// not be fetched. No request was sent.
type CredentialsError struct {
	// Operation is the operation that was called, for example ListCertificates.
	Operation string
	// Err is the error of the provider.
	Err error
}

// Error returns the provider's error with the operation.
func (e *CredentialsError) Error() string {
	return prefixOf(e.Operation) + "credentials: " + e.Err.Error()
}

// Unwrap returns Err.
func (e *CredentialsError) Unwrap() error { return e.Err }
