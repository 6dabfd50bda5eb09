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

// ConnectionError reports that no response arrived: the connection failed or
// broke, or the attempt timed out.
type ConnectionError struct {
	// Operation is the operation that was called, for example ListCertificates.
	Operation string
	// Host is the host that was called, with its port if it has one.
	Host string
	// MaybeReceived reports whether the last request may have reached the
	// service. It is false only if no connection was established.
	MaybeReceived bool
	// Attempts is the number of requests started, from 1.
	Attempts int
	// MaybeAccepted reports whether this request or an earlier one may have
	// been accepted.
	MaybeAccepted bool
	// Err is the cause: of the network, or of the context.
	Err error

	detail string // Err without secrets
	waited error  // the context's error if it interrupted the wait for a retry
}

// Error reports whether the connection was established and why no response
// arrived.
func (e *ConnectionError) Error() string {
	var b strings.Builder
	b.WriteString(prefixOf(e.Operation))
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

// reason describes the cause.
func (e *ConnectionError) reason() string {
	switch {
	case e.detail != "":
		return e.detail
	case e.Err != nil:
		return e.Err.Error()
	}
	return "unknown cause"
}

// Unwrap returns the cause, and the error that interrupted the wait for a
// retry.
func (e *ConnectionError) Unwrap() []error { return nonNil(e.Err, e.waited) }

// Timeout reports whether the attempt timed out.
func (e *ConnectionError) Timeout() bool { return timedOut(e.Err) }

func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout()
}

// retryable is false for an untrusted certificate, a server without TLS, an
// unknown host and a canceled call.
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

// unwrapURLError returns the cause of an http.Client's error, whose own message
// includes the URL, which may contain a token.
func unwrapURLError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok && wrapped.Err != nil {
		return wrapped.Err
	}
	return err
}

// isBeforeWrite reports whether an error occurs only before a request is
// written. It is used for transports that do not report their connections.
func isBeforeWrite(err error) bool {
	op, ofNetwork := errors.AsType[*net.OpError](err)
	_, ofDNS := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return ofNetwork && op.Op == "dial" || ofDNS || untrusted || isPlainHTTP(err)
}

// isPlainHTTP reports whether the server did not respond with TLS, usually
// because it speaks plain HTTP.
func isPlainHTTP(err error) bool {
	_, is := errors.AsType[tls.RecordHeaderError](err)
	return is || errors.Is(err, http.ErrSchemeMismatch) // the error of an http.Client
}
