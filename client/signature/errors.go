package signature

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
)

// Reason is the kind of an *Error. Each is an error value of its own, so that
// errors.Is(err, signature.ErrDuplicate) works; being a constant, nobody can
// change it.
type Reason uint8

// The reasons for which a request cannot be verified at all. The remark behind
// each is the gateway error that fits it (the vendor's general error list).
const (
	_ Reason = iota
	// ErrMissingAccessKeyID: the request is signed but names no access key.
	// MissingAccessKeyId.
	ErrMissingAccessKeyID
	// ErrMissingParameter: a part that the scheme needs is absent;
	// Error.Parameter has its gateway name. Missing{Parameter}.
	ErrMissingParameter
	// ErrMalformed: the Authorization header cannot be read; Error.Detail says
	// where. IncompleteSignature.
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
	// ErrHeaderNotSigned: the request carries a header that the server acts
	// upon outside the signature, so anyone on the way could have written it;
	// Error.Header has its name. IncompleteSignature.
	ErrHeaderNotSigned
	// ErrDuplicate: a header or parameter that decides on the signature is there
	// more than once, so two readers could each believe another one.
	// IncompleteSignature.
	ErrDuplicate
	// ErrUndecodable: the query or form body has a broken percent-encoding or
	// more parameters than the package reads; Error.Parameter has the name of
	// the parameter where it is known. Invalid{Parameter}.
	ErrUndecodable
	// ErrInvalidTime: the time of the request has another form than
	// 2006-01-02T15:04:05Z. InvalidTimeStamp.Format.
	ErrInvalidTime
	// ErrUnsigned: Verify was asked about a request without a signature.
	// MissingAccessKeyId.
	ErrUnsigned
	// ErrNoSecret: Verify or a signing function was given an empty secret.
	// Anyone can sign with the empty key, so this never passes.
	ErrNoSecret
	// ErrNotSignable: what is to be signed would not arrive as it was signed.
	// Only the signing functions give it.
	ErrNotSignable
)

// Error gives the reason as a phrase.
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

// Error says why a request cannot be verified (Parse, ParseTime, Claim.Verify)
// or not be signed (the signing functions). It holds no secret and no token.
type Error struct {
	// Reason is the kind; errors.Is finds it.
	Reason Reason
	// Parameter is the name by which the gateway's errors call the part, such
	// as SignatureNonce, for whichever scheme; empty where none is meant.
	Parameter string
	// Header is the lower-case name of the header at fault; empty where none is
	// meant.
	Header string
	// Detail says more to a person; empty where the rest says all.
	Detail string
}

// Error gives all that is known in one line.
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

// Unwrap gives the reason, for errors.Is.
func (e *Error) Unwrap() error { return e.Reason }

// MismatchError says that a request is not signed with the secret that its
// access key stands for, and keeps what the server would have signed. The
// Transcript is as the gateway shows it to the caller, so it includes a
// security token that the caller sent; Error does not print it. Redact makes
// it fit for a log.
type MismatchError struct {
	Transcript
}

// Error names the scheme and nothing that was signed.
func (e *MismatchError) Error() string {
	return "signature: " + e.Scheme.String() + " signature does not match"
}

// The methods that print a Transcript would print the error too, were they not
// replaced.

// Format prints Error for every verb.
func (e *MismatchError) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, e.Error())
}

// String returns what Error returns.
func (e *MismatchError) String() string { return e.Error() }

// LogValue gives a logger Error alone.
func (e *MismatchError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// excerptLimit is how much of a caller's text an error repeats, in bytes.
const excerptLimit = 64

// excerpt quotes what a caller sent, cut to a length that a log line bears.
func excerpt(text string) string {
	if len(text) > excerptLimit {
		return strconv.Quote(text[:excerptLimit]) + "…"
	}
	return strconv.Quote(text)
}

// printable gives a name as it is if it looks like one, and quotes it if a
// caller has put blanks, line ends or a whole letter into it.
func printable(name string) string {
	if isToken(name) && len(name) <= excerptLimit {
		return name
	}
	return excerpt(name)
}
