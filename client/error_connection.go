package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ConnectionError says that no answer came: there was no connection, it broke,
// or the time was up.
type ConnectionError struct {
	// Host is the host that was called, with its port if one was given.
	Host string
	// MaybeReceived says that the request of this attempt may have reached the
	// service. It is false only where that is certain: no connection was made.
	MaybeReceived bool
	// Attempts is how many requests were begun, from 1.
	Attempts int
	// MaybeAccepted says that this request or one before it may have reached the
	// service and may have been accepted.
	MaybeAccepted bool
	// Err is the cause: of the network, or of the context.
	Err error

	detail string // the text of Err without secrets
	waited error  // the context's error, where it ended the wait for another attempt
}

// Error says whether there was a connection, and why there is no answer.
func (e *ConnectionError) Error() string {
	var b strings.Builder
	b.WriteString(prefix)
	if e.MaybeReceived {
		b.WriteString("no response from ")
	} else {
		b.WriteString("connect to ")
	}
	b.WriteString(e.Host)
	b.WriteString(": ")
	b.WriteString(e.reason())
	if dns, ok := errors.AsType[*net.DNSError](e.Err); ok && dns.IsNotFound {
		b.WriteString("; check the region or endpoint")
	}
	if isPlainHTTP(e.Err) {
		b.WriteString("; the server speaks plain HTTP: use endpoint http://" + e.Host)
	}
	return formatError(&b, e.Attempts, e.MaybeAccepted, e.waited)
}

// reason is the text of the cause.
func (e *ConnectionError) reason() string {
	switch {
	case e.detail != "":
		return e.detail
	case e.Err != nil:
		return e.Err.Error()
	}
	return "unknown cause"
}

// Unwrap gives the cause, and what ended the wait for another attempt.
func (e *ConnectionError) Unwrap() []error { return nonNil(e.Err, e.waited) }

// Timeout reports whether the time was up.
func (e *ConnectionError) Timeout() bool { return timedOut(e.Err) }

func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout()
}

// retryable reports whether another attempt may help. It is false for a
// certificate that is not trusted, for a server without TLS, for a host name
// that does not exist, and for a call that was cancelled.
func (e *ConnectionError) retryable() bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](e.Err)
	if untrusted || isPlainHTTP(e.Err) || errors.Is(e.Err, context.Canceled) {
		return false
	}
	dns, ok := errors.AsType[*net.DNSError](e.Err)
	return !ok || !dns.IsNotFound
}

func (e *ConnectionError) maybeAccepted() bool { return e.MaybeReceived }

func (e *ConnectionError) setOutcome(attempts int, maybeAccepted bool, waited error) {
	e.Attempts, e.MaybeAccepted, e.waited = attempts, maybeAccepted, waited
}

// unwrapURLError takes the cause out of the error of an http.Client. The error
// around it prints the URL, which may carry a token.
func unwrapURLError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok && wrapped.Err != nil {
		return wrapped.Err
	}
	return err
}

// isBeforeWrite reports whether an error can only come before a request is
// written. A transport that does not report its connections is judged by it.
func isBeforeWrite(err error) bool {
	op, ofNetwork := errors.AsType[*net.OpError](err)
	_, ofDNS := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return ofNetwork && op.Op == "dial" || ofDNS || untrusted || isPlainHTTP(err)
}

// isPlainHTTP reports whether a server answered the beginning of TLS with
// something else: as a rule it speaks plain HTTP.
func isPlainHTTP(err error) bool {
	_, is := errors.AsType[tls.RecordHeaderError](err)
	return is || errors.Is(err, http.ErrSchemeMismatch) // what an http.Client makes of it
}
