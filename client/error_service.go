package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// ServiceError is an error of the service or its gateway. errors.Is matches it
// with the errors of package esaerrors by code and message:
//
//	if errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted) { … }
type ServiceError struct {
	// Operation is the operation that was called, for example ListCertificates.
	Operation string
	// Code is the error code, for example "InvalidParameter.Domains". One code
	// may have several messages.
	Code string
	// Message is the error message. Tokens and secrets of the call in it are
	// redacted.
	Message string
	// Status is the HTTP status.
	Status int
	// RequestID identifies the call to the vendor's support.
	RequestID string
	// HostID is the host that responded; may be empty.
	HostID string
	// Recommend is the address of a page that helps; may be empty.
	Recommend string
	// AccessDenied describes the policy that denied the call; may be nil.
	AccessDenied *AccessDeniedDetail
	// Header is the response header.
	Header http.Header
	// Attempts is the number of requests started, from 1.
	Attempts int
	// MaybeAccepted reports whether an earlier request of the call received no
	// response and may have been accepted. If the error is "already submitted",
	// it probably was.
	MaybeAccepted bool

	difference *signature.Difference // between what both sides signed, if the message shows it
	skew       time.Duration         // our clock minus the service's, if the time was rejected
	waited     error                 // the context's error if it interrupted the wait for a retry
}

// AccessDeniedDetail describes the policy that denied a call. Every field may
// be empty.
type AccessDeniedDetail struct {
	AuthAction               string // the action that was denied
	AuthPrincipalDisplayName string // the caller
	AuthPrincipalOwnerID     string // the account of the caller
	AuthPrincipalType        string // SubUser, AssumedRoleUser or Federated
	EncodedDiagnosticMessage string // opaque; RAM's DecodeDiagnosticMessage reads it
	NoPermissionType         string // ExplicitDeny or ImplicitDeny
	PolicyType               string // the layer that decided, for example AccountLevelIdentityBasedPolicy
}

// Error returns code, message, request ID and hint in one line. For a signature
// mismatch it returns the first difference instead of the two long strings in
// the message.
func (e *ServiceError) Error() string {
	var b strings.Builder
	b.WriteString(prefixOf(e.Operation))
	b.WriteString("request rejected: HTTP status ")
	b.WriteString(strconv.Itoa(e.Status))
	b.WriteString(": " + e.Code + ": ")
	b.WriteString(e.shortMessage())
	if e.RequestID != "" {
		b.WriteString("; request ID " + e.RequestID)
	}
	if advice := e.Hint(); advice != "" {
		b.WriteString("; " + advice)
	}
	return formatError(&b, e.Attempts, e.MaybeAccepted, e.waited)
}

// shortMessage is the message without the two signed strings of a signature
// mismatch.
func (e *ServiceError) shortMessage() string {
	if row, ok := e.Documented(); ok {
		return row.Message
	}
	return e.Message
}

// Documented returns the error of the contract that this one is, if any.
func (e *ServiceError) Documented() (*esaerrors.Error, bool) {
	if row, ok := esaerrors.Find(e.Status, e.Code, e.Message); ok {
		return row, true
	}
	for _, row := range signatureRows() {
		if e.is(row) {
			return row, true
		}
	}
	return nil, false
}

// signatureRows are the errors whose message continues after that of the
// contract.
func signatureRows() [2]*esaerrors.Error {
	return [2]*esaerrors.Error{esaerrors.SignatureDoesNotMatchACS3, esaerrors.SignatureDoesNotMatchRPC}
}

// Is reports whether target is the error of the contract that this one is, or its
// code.
func (e *ServiceError) Is(target error) bool {
	switch target := target.(type) {
	case *esaerrors.Error:
		return target != nil && e.is(target)
	case esaerrors.Code:
		return string(target) == e.Code
	}
	return false
}

func (e *ServiceError) is(row *esaerrors.Error) bool {
	if e.Code != row.Code {
		return false
	}
	if e.Code == esaerrors.SignatureDoesNotMatchACS3.Code {
		return strings.HasPrefix(e.Message, row.Message)
	}
	return e.Message == row.Message
}

// Unwrap returns the context's error if it interrupted the wait for a retry,
// else nil.
func (e *ServiceError) Unwrap() error { return e.waited }

// retryable is true for a status of 500 or more, throttling, InternalException
// and QuotaCheckFailed (status 400), the codes that the vendor's Terraform
// provider retries for this service, a used nonce (the next attempt has
// another), and any error that names a time to wait.
func (e *ServiceError) retryable() bool {
	if e.Status >= http.StatusInternalServerError || e.Throttled() {
		return true
	}
	switch e.Code {
	case string(esaerrors.CodeInternalException), string(esaerrors.CodeQuotaCheckFailed),
		esaerrors.SignatureNonceUsed.Code, "LockFailed", "Site.ServiceBusy":
		return true
	}
	_, known := e.RetryAfter()
	return known
}

// Throttled reports whether the caller sent too many requests. As in the
// vendor's SDKs, codes that contain Throttling count at any status.
func (e *ServiceError) Throttled() bool {
	return e.Status == http.StatusTooManyRequests || e.Code == "TooManyRequests" || strings.Contains(e.Code, "Throttling")
}

// RetryAfter returns how long to wait according to the service, if it says.
func (e *ServiceError) RetryAfter() (time.Duration, bool) { return retryAfter(e.Header) }

// SignatureDifference returns the first difference between what the service and
// the client signed. If it is Equal, the secret does not belong to the key. It
// returns false for other errors, and if the message does not show what the
// service signed.
func (e *ServiceError) SignatureDifference() (signature.Difference, bool) {
	if e.difference == nil {
		return signature.Difference{}, false
	}
	return *e.difference, true
}

// maybeAccepted reports whether the service may have accepted the request. Each
// attempt has a new nonce, so a used one means that this request was received
// before: a proxy or the transport sent it twice.
func (e *ServiceError) maybeAccepted() bool {
	if e.Throttled() {
		return false
	}
	return e.Status >= http.StatusInternalServerError || e.Code == esaerrors.SignatureNonceUsed.Code
}

func (e *ServiceError) setOutcome(attempts int, maybeAccepted bool, waited error) {
	e.Attempts, e.MaybeAccepted, e.waited = attempts, maybeAccepted, waited
}
