package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/esacert/esacert/client/internal/ctxerr"
)

// attemptError is what an attempt can end with: *ConnectionError,
// *UnexpectedResponseError or *ServiceError.
type attemptError interface {
	error
	retryable() bool
	// maybeAccepted reports whether the service may have accepted the attempt.
	maybeAccepted() bool
	// setOutcome writes down how the whole call went.
	setOutcome(attempts int, maybeAccepted bool, waited error)
}

// MaybeAccepted reports whether the call behind an error may have been accepted
// all the same, because a request of it was sent and not answered. Look at the
// site's certificates before applying again: the service has no way to make a
// call idempotent.
func MaybeAccepted(err error) bool {
	if connection, ok := errors.AsType[*ConnectionError](err); ok {
		return connection.MaybeAccepted
	}
	if answer, ok := errors.AsType[*UnexpectedResponseError](err); ok {
		return answer.MaybeAccepted
	}
	refused, ok := errors.AsType[*ServiceError](err)
	return ok && refused.MaybeAccepted
}

// Retryable reports whether the same call may succeed later, for programs that
// have a queue of their own.
func Retryable(err error) bool {
	last, ok := errors.AsType[attemptError](err)
	return ok && last.retryable()
}

// finish ends the text of an error with what went before it, and gives it as
// one line: parts of it may come from the wire.
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

// oneLine puts blanks in the place of control characters and line ends.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

// ended is the error of a context that has ended, with the cause that its owner
// gave, if any.
func contextErr(ctx context.Context) error {
	err, cause := ctxerr.Err(ctx), context.Cause(ctx)
	if cause == nil {
		return err // the context does not say yet that it has ended
	}
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// both gives the errors that are there.
func nonNil(first, second error) []error {
	list := make([]error, 0, 2)
	for _, err := range [...]error{first, second} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// InputError says that a call or an option is wrong. It has all problems at
// once, and no byte was sent.
type InputError struct {
	// Problems has at least one item: options first, then the input in the order
	// of its fields.
	Problems []Problem
}

// Problem is one thing that is wrong.
type Problem struct {
	// Field says where: a field of the input such as "Domains[3]", or an option
	// such as "WithEndpoint".
	Field string
	// Value is what was given, cut to a readable length; empty where there is
	// nothing to show. It is never a secret.
	Value string
	// Message says what is wrong and what would be right.
	Message string
}

// String gives the problem as one line.
func (p Problem) String() string {
	if p.Value == "" {
		return p.Field + " " + p.Message
	}
	return p.Field + " " + p.Value + " " + p.Message
}

// Error gives the problems, separated by semicolons.
func (e *InputError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return prefix + "invalid input: " + strings.Join(lines, "; ")
}

// prefix begins the text of every error of the package.
const prefix = "esa ApplyCertificate: "

// invalid makes an InputError of problems, or nil of none.
func invalid(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &InputError{Problems: problems}
}

// ErrNoCredentials says that a provider has no credentials to give. It stands
// inside a *CredentialsError.
var ErrNoCredentials = errors.New("no credentials")

// CredentialsError says that a call could not be signed because its
// credentials are missing, incomplete or could not be fetched. No byte was
// sent to the service.
type CredentialsError struct {
	// Err is what the provider said.
	Err error
}

// Error gives what the provider said.
func (e *CredentialsError) Error() string { return prefix + "credentials: " + e.Err.Error() }

// Unwrap gives what the provider said.
func (e *CredentialsError) Unwrap() error { return e.Err }
