package signature

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Transcript is what was signed: the two strings to compare if a signature does
// not match. The fields contain every signed value, including a security token,
// which is redacted when a Transcript is printed or logged.
type Transcript struct {
	Scheme Scheme
	// CanonicalRequest is empty with RPC, which has none.
	CanonicalRequest string
	StringToSign     string
}

// String returns both strings under headings, with tokens masked.
func (t Transcript) String() string {
	s := "string to sign:\n" + Redact(t.StringToSign)
	if t.CanonicalRequest != "" {
		s = "canonical request:\n" + Redact(t.CanonicalRequest) + "\n" + s
	}
	return s
}

// Format prints String for every verb.
func (t Transcript) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, t.String())
}

// LogValue returns both strings with tokens masked.
func (t Transcript) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("scheme", t.Scheme.String()),
		slog.String("canonical_request", Redact(t.CanonicalRequest)),
		slog.String("string_to_sign", Redact(t.StringToSign)),
	)
}

// Explain compares two transcripts of the same request: the canonical requests
// if both have one, else the strings to sign. Gateways often show the latter
// only, which for ACS3 contains just a hash.
func (t Transcript) Explain(theirs Transcript) Difference {
	if t.CanonicalRequest != "" && theirs.CanonicalRequest != "" {
		return explain(t.CanonicalRequest, theirs.CanonicalRequest)
	}
	return explain(t.StringToSign, theirs.StringToSign)
}

// Messages of the gateway's error SignatureDoesNotMatch. Note that RPC says "is
// not matched with".
const (
	messageACS3      = "Specified signature does not match our calculation."
	messageRPC       = "Specified signature is not matched with our calculation."
	markCanonical    = "server CanonicalRequest is ["
	markStringToSign = "server StringToSign is ["
	markRPC          = "server string to sign is:"
)

// MismatchMessage returns the gateway's message for a wrong signature. Sources:
// responses of the real gateway in public threads for RPC and the first part of
// ACS3, third-party notes for the CanonicalRequest part of ACS3.
func MismatchMessage(e *MismatchError) string {
	if e.Scheme.IsRPC() {
		return messageRPC + " " + markRPC + e.StringToSign
	}
	return messageACS3 + " " + markStringToSign + e.StringToSign + "] " + markCanonical + e.CanonicalRequest + "]"
}

// ParseMismatchMessage finds what the server signed in the message of a
// SignatureDoesNotMatch error; ok is false if the message does not show it. It
// accepts the gateway's message verbatim or altered: wrapped by an SDK ("code:
// 400, … request id: …"), the CanonicalRequest left out, line ends pasted from
// a log as \n or, in the string to sign, as a space.
func ParseMismatchMessage(message string) (t Transcript, ok bool) {
	if _, after, found := strings.Cut(message, markRPC); found {
		// The string to sign is percent-encoded to its last byte, so it ends at
		// the first space.
		words := strings.Fields(after)
		if len(words) == 0 {
			return Transcript{}, false
		}
		return Transcript{Scheme: schemeSigned(words[0]), StringToSign: words[0]}, true
	}
	_, after, found := strings.Cut(message, markStringToSign)
	if !found {
		return Transcript{}, false
	}
	stringToSign, after, found := strings.Cut(after, "]")
	if !found || stringToSign == "" {
		return Transcript{}, false
	}
	t = Transcript{Scheme: schemeSigned(stringToSign), StringToSign: stringToSign}
	if t.Scheme.IsACS3() {
		t.StringToSign = strings.Replace(unescapeLines(stringToSign), " ", "\n", 1)
	}
	if _, canonical, found := strings.Cut(after, markCanonical); found {
		// A header may contain a bracket; the message ends with one.
		if end := strings.LastIndexByte(canonical, ']'); end >= 0 {
			t.CanonicalRequest = unescapeLines(canonical[:end])
		}
	}
	return t, true
}

// schemeSigned returns the scheme of a string to sign.
func schemeSigned(stringToSign string) Scheme {
	switch {
	case strings.HasPrefix(stringToSign, algorithmACS3SM3):
		return ACS3HMACSM3
	case strings.HasPrefix(stringToSign, algorithmPrefixV3):
		return ACS3HMACSHA256
	case strings.Contains(stringToSign, paramSignatureMethod+"%3D"+methodRPCSHA256):
		return RPCHMACSHA256
	}
	return RPCHMACSHA1
}

// unescapeLines restores the line ends of a string in which all are escaped.
func unescapeLines(s string) string {
	if strings.Contains(s, "\n") {
		return s
	}
	return strings.ReplaceAll(s, `\n`, "\n")
}
