package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Reason says why an answer is not the documented one.
type Reason string

// What may be wrong with an answer.
const (
	ReasonEmpty       Reason = "the body is empty"
	ReasonNotJSON     Reason = "the body is not JSON"
	ReasonTruncated   Reason = "the body is cut off"
	ReasonTooLarge    Reason = "the body is larger than 1 MiB"
	ReasonEncoding    Reason = "the body cannot be decompressed"
	ReasonRedirect    Reason = "a redirect, which is not followed because the request is signed"
	ReasonStatus      Reason = "the status is none that the service answers with"
	ReasonMissing     Reason = "a required field is missing"
	ReasonWrongType   Reason = "a field has the wrong type"
	ReasonNotAnError  Reason = "the body is not the documented error"
	ReasonErrorWith2x Reason = "an error with the status of success"
)

// maxSnippet is how much of an answer an UnexpectedAnswerError shows, in bytes.
const maxSnippet = 512

// UnexpectedAnswerError says that something answered, but not as the service
// does: a proxy's page, a body that was cut off, a document without the
// required fields.
//
// An error body that comes with status 200 is one of these, and no
// *ServiceError: the documented page knows no such answer, and whether the
// applications were made cannot be told from it.
type UnexpectedAnswerError struct {
	// Reason says what is wrong.
	Reason Reason
	// Detail says more: the field that is missing, the target of a redirect.
	Detail string
	// Status is the HTTP status.
	Status int
	// ContentType is the header of that name.
	ContentType string
	// Snippet is the beginning of the body, at most 512 bytes, without control
	// characters.
	Snippet string
	// RequestID is the header x-acs-request-id; empty where something else than
	// the service answered.
	RequestID string
	// Header has the headers of the answer.
	Header http.Header
	// Attempts is how many requests were begun, from 1.
	Attempts int
	// MaybeAccepted says that this request or one before it may have been
	// accepted.
	MaybeAccepted bool
	// Err is the error of the decoder or the connection; it may be nil.
	Err error

	waited error
}

// Error gives the status, what is wrong, and the beginning of the body.
func (e *UnexpectedAnswerError) Error() string {
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteString("unexpected answer with HTTP status ")
	b.WriteString(strconv.Itoa(e.Status))
	if e.ContentType != "" {
		b.WriteString(" and type " + quoted(e.ContentType))
	}
	b.WriteString(": " + string(e.Reason))
	if e.Detail != "" {
		b.WriteString(" (" + e.Detail + ")")
	}
	if e.Snippet != "" {
		b.WriteString("; it begins: " + e.Snippet)
	}
	if e.RequestID != "" {
		b.WriteString("; request id " + e.RequestID)
	}
	return finish(&b, e.Attempts, e.MaybeAccepted, e.waited)
}

// Unwrap gives the cause, and what ended the wait for another attempt.
func (e *UnexpectedAnswerError) Unwrap() []error { return both(e.Err, e.waited) }

// Retryable reports whether another attempt may help: with a status of 500 or
// more, with 429, and with a body that was cut off.
func (e *UnexpectedAnswerError) Retryable() bool {
	return e.Status >= http.StatusInternalServerError && e.Status < 600 || e.Throttled() || e.Reason == ReasonTruncated
}

// Throttled reports whether something between here and the service takes no
// more requests for now.
func (e *UnexpectedAnswerError) Throttled() bool { return e.Status == http.StatusTooManyRequests }

// RetryAfter is how long the answer asks to wait; false if it does not say.
func (e *UnexpectedAnswerError) RetryAfter() (time.Duration, bool) { return retryAfter(e.Header) }

// lost reports whether the service may have accepted the request all the same:
// it was answered as accepted, or by a gateway that had passed it on.
func (e *UnexpectedAnswerError) lost() bool {
	return e.Status/100 == 2 || e.Status >= http.StatusInternalServerError
}

func (e *UnexpectedAnswerError) conclude(attempts int, maybeAccepted bool, waited error) {
	e.Attempts, e.MaybeAccepted, e.waited = attempts, maybeAccepted, waited
}

// snippet gives the beginning of a body, fit to be printed on one line. Nothing
// is left out between two characters: that could put together a secret which
// was not found before.
func snippet(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), 2*maxSnippet)], "\uFFFD")
	text = strings.Join(strings.Fields(oneLine(text)), " ")
	if len(text) <= maxSnippet {
		return text
	}
	const more = "…"
	return strings.ToValidUTF8(text[:maxSnippet-len(more)], "") + more
}
