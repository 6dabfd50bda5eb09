package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/esacert/esacert/client/deadline"
)

// attemptError is what an attempt can end with: *ConnectionError,
// *UnexpectedAnswerError or *ServiceError.
type attemptError interface {
	error
	Retryable() bool
	// lost reports whether the service may have accepted the attempt.
	lost() bool
	// conclude writes down how the whole call went.
	conclude(attempts int, maybeAccepted bool, waited error)
}

// MaybeAccepted reports whether the call behind an error may have been accepted
// all the same, because a request of it was sent and not answered. Look at the
// site's certificates before applying again: the service has no way to make a
// call idempotent.
func MaybeAccepted(err error) bool {
	if connection, ok := errors.AsType[*ConnectionError](err); ok {
		return connection.MaybeAccepted
	}
	if answer, ok := errors.AsType[*UnexpectedAnswerError](err); ok {
		return answer.MaybeAccepted
	}
	refused, ok := errors.AsType[*ServiceError](err)
	return ok && refused.MaybeAccepted
}

// Retryable reports whether the same call may succeed later, for programs that
// have a queue of their own.
func Retryable(err error) bool {
	last, ok := errors.AsType[attemptError](err)
	return ok && last.Retryable()
}

// finish ends the text of an error with what went before it, and gives it as
// one line: parts of it may come from the wire.
func finish(b *strings.Builder, attempts int, maybeAccepted bool, waited error) string {
	if attempts > 1 {
		fmt.Fprintf(b, "; this was attempt %d", attempts)
	}
	if maybeAccepted {
		b.WriteString("; a request that got no proper answer may have been accepted, so look at the site's certificates before applying again")
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
func ended(ctx context.Context) error {
	err, cause := deadline.Ended(ctx), context.Cause(ctx)
	if cause == nil {
		return err // the context does not say yet that it has ended
	}
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// both gives the errors that are there.
func both(first, second error) []error {
	list := make([]error, 0, 2)
	for _, err := range [...]error{first, second} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}
