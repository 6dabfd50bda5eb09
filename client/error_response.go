package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Reasons of an UnexpectedResponseError.
const (
	reasonEmpty                  = "empty body"
	reasonNotJSON                = "body is not JSON"
	reasonTruncated              = "body is truncated"
	reasonTooLarge               = "body exceeds 1 MiB"
	reasonEncoding               = "body cannot be decompressed"
	reasonRedirect               = "redirect, which is not followed because the request is signed"
	reasonStatus                 = "undocumented HTTP status"
	reasonMissing                = "required field is missing"
	reasonWrongType              = "field has the wrong type"
	reasonUndocumentedError      = "body is not a documented error"
	reasonErrorWithSuccessStatus = "error body with a success status"
)

// maxSnippet is how much of an answer an UnexpectedResponseError shows, in bytes.
const maxSnippet = 512

// UnexpectedResponseError says that something answered, but not as the service
// does: a proxy's page, a body that was cut off, a document without the
// required fields.
//
// An error body that comes with status 200 is one of these, and no
// *ServiceError: the documented page knows no such answer, and whether the
// applications were made cannot be told from it.
type UnexpectedResponseError struct {
	// Reason says what is wrong.
	Reason string
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
func (e *UnexpectedResponseError) Error() string {
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteString("unexpected response: HTTP status ")
	b.WriteString(strconv.Itoa(e.Status))
	if e.ContentType != "" {
		b.WriteString(" and type " + quoted(e.ContentType))
	}
	b.WriteString(": " + e.Reason)
	if e.Detail != "" {
		b.WriteString(" (" + e.Detail + ")")
	}
	if e.Snippet != "" {
		b.WriteString("; body starts with: " + e.Snippet)
	}
	if e.RequestID != "" {
		b.WriteString("; request ID " + e.RequestID)
	}
	return formatError(&b, e.Attempts, e.MaybeAccepted, e.waited)
}

// Unwrap gives the cause, and what ended the wait for another attempt.
func (e *UnexpectedResponseError) Unwrap() []error { return nonNil(e.Err, e.waited) }

// retryable reports whether another attempt may help: with a status of 500 or
// more, with 429, and with a body that was cut off.
func (e *UnexpectedResponseError) retryable() bool {
	return e.Status >= http.StatusInternalServerError && e.Status < 600 || e.Throttled() || e.Reason == reasonTruncated
}

// Throttled reports whether something between here and the service takes no
// more requests for now.
func (e *UnexpectedResponseError) Throttled() bool { return e.Status == http.StatusTooManyRequests }

// RetryAfter is how long the answer asks to wait; false if it does not say.
func (e *UnexpectedResponseError) RetryAfter() (time.Duration, bool) { return retryAfter(e.Header) }

// maybeAccepted reports whether the service may have accepted the request all the same:
// it was answered as accepted, or by a gateway that had passed it on.
func (e *UnexpectedResponseError) maybeAccepted() bool {
	return e.Status/100 == 2 || e.Status >= http.StatusInternalServerError
}

func (e *UnexpectedResponseError) setOutcome(attempts int, maybeAccepted bool, waited error) {
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
