package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// ServiceError says that the service, or the gateway before it, refused the
// call. It equals the errors of package esaerrors by code and message:
//
//	if errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted) { … }
type ServiceError struct {
	// Code is the error code, such as "InvalidParameter.Domains". One code may
	// have several messages.
	Code string
	// Message is the error message. Where the service quotes a token or secret of
	// the call, asterisks stand in its place.
	Message string
	// Status is the HTTP status.
	Status int
	// RequestID names the call towards the vendor's support.
	RequestID string
	// HostID is the host that answered; may be empty.
	HostID string
	// Recommend is the address of a page that helps; may be empty.
	Recommend string
	// AccessDenied says which policy denied the call; nil where none did.
	AccessDenied *AccessDeniedDetail
	// Header has the headers of the answer.
	Header http.Header
	// Attempts is how many requests were begun, from 1.
	Attempts int
	// MaybeAccepted says that an earlier request of the same call got no answer
	// and may have been accepted. Together with the row "already submitted" it
	// probably was.
	MaybeAccepted bool

	difference *signature.Difference // of what both sides signed, where the message tells
	skew       time.Duration         // our clock minus the service's, where it was refused for its time
	waited     error                 // the context's error, where it ended the wait for another attempt
}

// AccessDeniedDetail says which policy denied a call. Every field may be empty.
type AccessDeniedDetail struct {
	AuthAction               string // the action that was denied
	AuthPrincipalDisplayName string // the caller
	AuthPrincipalOwnerID     string // the account of the caller
	AuthPrincipalType        string // SubUser, AssumedRoleUser or Federated
	EncodedDiagnosticMessage string // opaque; RAM's DecodeDiagnosticMessage reads it
	NoPermissionType         string // ExplicitDeny or ImplicitDeny
	PolicyType               string // the layer that decided, such as AccountLevelIdentityBasedPolicy
}

// Error gives code, message, request id and what to do about it. It is one
// line. Of a mismatch of signatures it gives the first difference instead of
// the two long texts in the message.
func (e *ServiceError) Error() string {
	var b strings.Builder
	b.WriteString(prefix)
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

// shortMessage is the message without the two texts that a mismatch of
// signatures brings along.
func (e *ServiceError) shortMessage() string {
	if row, ok := e.Documented(); ok {
		return row.Message
	}
	return e.Message
}

// Row finds the error of the contract that this one is; false where the
// contract has none.
func (e *ServiceError) Documented() (*esaerrors.Error, bool) {
	if row, ok := esaerrors.Find(e.Code, e.Message); ok {
		return row, true
	}
	for _, row := range signatureRows() {
		if e.is(row) {
			return row, true
		}
	}
	return nil, false
}

// signatureRows are the errors whose message goes on after the text of the
// contract.
func signatureRows() [2]*esaerrors.Error {
	return [2]*esaerrors.Error{esaerrors.SignatureDoesNotMatchACS3, esaerrors.SignatureDoesNotMatchRPC}
}

// Is reports whether target is the error of the contract that this one is.
func (e *ServiceError) Is(target error) bool {
	row, ok := target.(*esaerrors.Error)
	return ok && row != nil && e.is(row)
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

// Unwrap gives the context's error, where it ended the wait for another
// attempt; else nil.
func (e *ServiceError) Unwrap() error { return e.waited }

// retryable reports whether another attempt may help. True are: a status of 500
// or more, throttling, the rows InternalException and QuotaCheckFailed (which
// come with status 400), the codes that the vendor's Terraform provider retries
// for this service, a nonce that was used before (the next attempt has
// another), and whatever names a time to wait.
func (e *ServiceError) retryable() bool {
	if e.Status >= http.StatusInternalServerError || e.Throttled() {
		return true
	}
	switch e.Code {
	case esaerrors.CodeInternalException, esaerrors.CodeQuotaCheckFailed,
		esaerrors.SignatureNonceUsed.Code, "LockFailed", "Site.ServiceBusy":
		return true
	}
	_, told := e.RetryAfter()
	return told
}

// Throttled reports whether the caller sent too many requests. Codes that mean
// it contain Throttling, at any status, as the vendor's SDKs have it.
func (e *ServiceError) Throttled() bool {
	return e.Status == http.StatusTooManyRequests || e.Code == "TooManyRequests" || strings.Contains(e.Code, "Throttling")
}

// RetryAfter is how long the service asks to wait; false if it does not say.
func (e *ServiceError) RetryAfter() (time.Duration, bool) { return retryAfter(e.Header) }

// SignatureDifference is the first place at which what the service signed
// parts from what was sent. Its Equal means that both signed the same, so the
// secret is not the key's. False where the refusal is another one, or does not
// show what the service signed.
func (e *ServiceError) SignatureDifference() (signature.Difference, bool) {
	if e.difference == nil {
		return signature.Difference{}, false
	}
	return *e.difference, true
}

// maybeAccepted reports whether the service may have accepted the request all the same.
// A nonce is new with each attempt, so one that was used means that this very
// request had arrived before: a proxy or the transport sent it twice.
func (e *ServiceError) maybeAccepted() bool {
	if e.Throttled() {
		return false
	}
	return e.Status >= http.StatusInternalServerError || e.Code == esaerrors.SignatureNonceUsed.Code
}

func (e *ServiceError) setOutcome(attempts int, maybeAccepted bool, waited error) {
	e.Attempts, e.MaybeAccepted, e.waited = attempts, maybeAccepted, waited
}
