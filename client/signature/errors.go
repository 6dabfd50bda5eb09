package signature

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/esacert/esacert/client/internal/truncate"
)

// Reason is the kind of an *Error. Each is an error, so that errors.Is(err,
// signature.ErrDuplicate) works.
type Reason uint8

// Reasons why a request cannot be verified. The last word of each comment is
// the matching gateway error (the vendor's general error list).
const (
	_ Reason = iota
	// ErrMissingAccessKeyID: the request is signed but names no access key.
	// MissingAccessKeyId.
	ErrMissingAccessKeyID
	// ErrMissingParameter: a part that the scheme requires is missing;
	// Error.Parameter is its gateway name. Missing{Parameter}.
	ErrMissingParameter
	// ErrMalformed: the Authorization header is invalid; see Error.Detail.
	// IncompleteSignature.
	ErrMalformed
	// ErrUnsupportedMethod: an algorithm that this package does not compute.
	// InvalidSignatureMethod.
	ErrUnsupportedMethod
	// ErrInvalidParameter: a parameter of the signature has a value that the
	// scheme does not know; Error.Parameter has its name. Invalid{Parameter}.
	ErrInvalidParameter
	// ErrSignedHeaderMissing: a header is listed as signed and is not in the
	// request; Error.Header has its name. IncompleteSignature.
	ErrSignedHeaderMissing
	// ErrHeaderNotSigned: the request carries a header that the server uses and
	// the signature does not cover, so it may have been added in transit;
	// Error.Header has its name. IncompleteSignature.
	ErrHeaderNotSigned
	// ErrDuplicate: a header or parameter that decides on the signature is
	// duplicated, so two readers could use different ones. IncompleteSignature.
	ErrDuplicate
	// ErrUndecodable: the query or form body has a broken percent-encoding or
	// more parameters than the package reads; Error.Parameter has the name of
	// the parameter if it is known. Invalid{Parameter}.
	ErrUndecodable
	// ErrInvalidTime: the time of the request has another form than
	// 2006-01-02T15:04:05Z. InvalidTimeStamp.Format.
	ErrInvalidTime
	// ErrUnsigned: Verify was called for a request without a signature.
	// MissingAccessKeyId.
	ErrUnsigned
	// ErrNoSecret: the secret passed to Verify or a signing function is empty. Any
	// client can sign with the empty key, so this is always rejected.
	ErrNoSecret
	// ErrNotSignable: the request would be sent differently from what is
	// signed. Only the signing functions return it.
	ErrNotSignable
)

// Error returns the reason as a phrase.
func (r Reason) Error() string {
	switch r {
	case ErrMissingAccessKeyID:
		return "no access key ID"
	case ErrMissingParameter:
		return "missing parameter"
	case ErrMalformed:
		return "malformed Authorization header"
	case ErrUnsupportedMethod:
		return "unsupported signature method"
	case ErrInvalidParameter:
		return "invalid parameter"
	case ErrSignedHeaderMissing:
		return "header listed as signed but missing"
	case ErrHeaderNotSigned:
		return "header present but not signed"
	case ErrDuplicate:
		return "sent more than once"
	case ErrUndecodable:
		return "cannot be decoded"
	case ErrInvalidTime:
		return "not a time"
	case ErrUnsigned:
		return "the request is not signed"
	case ErrNoSecret:
		return "no access key secret"
	case ErrNotSignable:
		return "cannot be signed"
	default:
		return "unknown reason"
	}
}

// Error reports why a request cannot be verified (Parse, ParseTime,
// Claim.Verify) or signed (the signing functions). It contains no secret and no
// token.
type Error struct {
	// Reason is the kind; errors.Is finds it.
	Reason Reason
	// Parameter is the name in the gateway's errors, for example
	// SignatureNonce, for any scheme; may be empty.
	Parameter string
	// Header is the lower-case name of the invalid header; may be empty.
	Header string
	// Detail is additional information for logs; may be empty.
	Detail string
}

// Error returns all fields in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("signature: ")
	b.WriteString(e.Reason.Error())
	switch {
	case e.Header != "":
		b.WriteString(": header " + e.Header)
	case e.Parameter != "":
		b.WriteString(": parameter " + printable(e.Parameter))
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	return b.String()
}

// Unwrap returns the reason, for errors.Is.
func (e *Error) Unwrap() error { return e.Reason }

// MismatchError reports a signature that does not match, and holds what the
// server would have signed. As in the gateway's message, the Transcript
// includes a security token that the caller sent; Error does not print it. Use
// Redact before logging it.
type MismatchError struct {
	Transcript
}

// Error returns the signature scheme, and nothing that was signed.
func (e *MismatchError) Error() string {
	return "signature: " + e.Scheme.String() + " signature does not match"
}

// These methods override those of Transcript, which print what was signed.

// Format prints Error for every verb.
func (e *MismatchError) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, e.Error())
}

// String returns what Error returns.
func (e *MismatchError) String() string { return e.Error() }

// LogValue returns what Error returns.
func (e *MismatchError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// excerptLimit is the number of bytes that an excerpt shows.
const excerptLimit = 64

// excerpt returns a quoted and truncated value of the request.
func excerpt(value string) string { return truncate.Quote(value, excerptLimit) }

// printable returns a valid header name unchanged, and other names as an
// excerpt.
func printable(name string) string {
	if isToken(name) && len(name) <= excerptLimit {
		return name
	}
	return excerpt(name)
}
