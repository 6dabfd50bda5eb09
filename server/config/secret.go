package config

import (
	"fmt"
	"io"
)

// redacted replaces a secret in output.
const redacted = "***"

// Secret is a string that only Reveal returns. It is printed, logged and marshaled
// as three asterisks, or as nothing if it is empty.
type Secret struct {
	// A pointer, because fmt does not call methods of unexported fields: it would
	// print the string itself.
	content *string
}

// NewSecret returns a secret with the given content.
func NewSecret(content string) Secret {
	if content == "" {
		return Secret{}
	}
	return Secret{content: &content}
}

// Reveal returns the content.
func (s Secret) Reveal() string {
	if s.content == nil {
		return ""
	}
	return *s.content
}

// String returns three asterisks, or "" if the secret is empty.
func (s Secret) String() string {
	if s.content == nil {
		return ""
	}
	return redacted
}

// Format prints asterisks for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns asterisks. JSON, YAML and log/slog use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
