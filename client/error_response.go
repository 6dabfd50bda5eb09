package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/client/internal/truncate"
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

// maxSnippet is the length of UnexpectedResponseError.Snippet in bytes.
const maxSnippet = 512

// UnexpectedResponseError reports a response that is not documented: a proxy's
// page, a truncated body, a document without the required fields.
//
// An error body with status 200 is an UnexpectedResponseError, not a
// *ServiceError: it is undocumented, and whether the applications were accepted
// is unknown.
type UnexpectedResponseError struct {
	// Operation is the operation that was called, for example ListCertificates.
	Operation string
	// Reason describes the problem in words.
	Reason string
	// Detail is, for example, the missing field or the target of a redirect.
	Detail string
	// Status is the HTTP status.
	Status int
	// ContentType is the header of that name.
	ContentType string
	// Snippet is the beginning of the body, at most 512 bytes, without control
	// characters.
	Snippet string
	// RequestID is the header x-acs-request-id; empty if the response is not
	// from the service.
	RequestID string
	// Header is the response header.
	Header http.Header
	// Attempts is the number of requests started, from 1.
	Attempts int
	// MaybeAccepted reports whether this request or an earlier one may have
	// been accepted.
	MaybeAccepted bool
	// Err is the error of the decoder or the connection; it may be nil.
	Err error

	waited error
}

// Error returns the status, the reason and the beginning of the body.
func (e *UnexpectedResponseError) Error() string {
	var b strings.Builder
	b.WriteString(prefixOf(e.Operation))
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

// Unwrap returns the cause, and the error that interrupted the wait for a
// retry.
func (e *UnexpectedResponseError) Unwrap() []error { return nonNil(e.Err, e.waited) }

// retryable is true for a status of 500 or more, for 429, and for a truncated
// body.
func (e *UnexpectedResponseError) retryable() bool {
	return e.Status >= http.StatusInternalServerError && e.Status < 600 || e.Throttled() || e.Reason == reasonTruncated
}

// Throttled reports whether a gateway rejected the request because of a rate
// limit.
func (e *UnexpectedResponseError) Throttled() bool { return e.Status == http.StatusTooManyRequests }

// RetryAfter returns how long to wait according to the response, if it says.
func (e *UnexpectedResponseError) RetryAfter() (time.Duration, bool) { return retryAfter(e.Header) }

// maybeAccepted reports whether the service may have accepted the request all
// the same: the status is one of success, or of a gateway that had forwarded
// it.
func (e *UnexpectedResponseError) maybeAccepted() bool {
	return e.Status/100 == 2 || e.Status >= http.StatusInternalServerError
}

func (e *UnexpectedResponseError) setOutcome(attempts int, maybeAccepted bool, waited error) {
	e.Attempts, e.MaybeAccepted, e.waited = attempts, maybeAccepted, waited
}

// snippet returns the beginning of a body in one line. No character is dropped:
// that could reassemble a secret that redaction did not find.
func snippet(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), 2*maxSnippet)], "\uFFFD")
	s = strings.Join(strings.Fields(oneLine(s)), " ")
	return truncate.String(s, maxSnippet)
}
