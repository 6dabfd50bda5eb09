package signature

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/internal/redact"
)

// Claim is what a request claims: its sender, its time, and how it is signed.
// Verify confirms it; a Bearer or None request cannot be verified. When printed
// or logged, its tokens are redacted.
type Claim struct {
	// Scheme is the signature scheme, which decides which of the fields below
	// are set.
	Scheme Scheme
	// AccessKeyID is the key ID. With ACS3 it is the value of Credential=,
	// including spaces, because SDKs write it verbatim.
	AccessKeyID string
	// SignedHeaders are the names of the headers under an ACS3 signature,
	// lower-case, sorted, each once.
	SignedHeaders []string
	// Signature is the signature as sent, decoded from its place but not from
	// its hexadecimal or base64 form.
	Signature string
	// Nonce is the unique value of the request.
	Nonce string
	// Date is the time of the request as sent; ParseTime reads it.
	Date string
	// SecurityToken is the token of temporary credentials.
	SecurityToken string `json:"-"`
	// BearerToken is the token of a Bearer request.
	BearerToken string `json:"-"`
	// SignatureMethod and SignatureVersion are parameters of the RPC scheme.
	SignatureMethod, SignatureVersion string
	// Action and Version name the operation, from the place that the signature
	// covers: for ACS3 the headers x-acs-action and x-acs-version, else the
	// query; for RPC the parameters and never the headers, which that scheme
	// does not sign. Either may be empty. With Bearer and None, headers take
	// precedence.
	Action, Version string

	// Digest is SM3 if Scheme is ACS3HMACSM3, and nil for every other scheme.
	// Parser sets it.
	Digest Digest `json:"-"`

	// keys is Parser.KeyCache, which Verify uses.
	keys *KeyCache

	// listed is SignedHeaders as sent: Diagnose needs their order and spelling.
	listed string
}

// Signs reports whether the ACS3 signature covers the header of that lower-case
// name.
func (c *Claim) Signs(header string) bool {
	_, found := slices.BinarySearch(c.SignedHeaders, header)
	return found
}

// describe returns the claim with its tokens redacted.
func (c Claim) describe() string {
	var b strings.Builder
	b.WriteString(c.Scheme.String())
	for _, part := range []struct{ name, value string }{
		{"access key", c.AccessKeyID},
		{"date", c.Date},
		{"nonce", c.Nonce},
		{"action", c.Action},
		{"version", c.Version},
		{"signed headers", strings.Join(c.SignedHeaders, ";")},
		{"security token", redact.IfSet(c.SecurityToken, "")},
		{"bearer token", redact.IfSet(c.BearerToken, "")},
	} {
		if part.value != "" {
			b.WriteString(", " + part.name + " " + part.value)
		}
	}
	return b.String()
}

// Format prints describe for every verb.
func (c Claim) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, c.describe())
}

// LogValue returns the fields that are not secret.
func (c Claim) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("scheme", c.Scheme.String()),
		slog.String("access_key_id", c.AccessKeyID),
		slog.String("date", c.Date),
		slog.String("nonce", c.Nonce),
		slog.String("action", c.Action),
		slog.String("version", c.Version),
		slog.Bool("temporary", c.SecurityToken != ""),
	)
}
