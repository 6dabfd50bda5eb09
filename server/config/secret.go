package config

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted replaces a secret in output.
const redacted = "***"

// Secret is a text that is shown only to who calls Reveal. Printing, logging
// and marshalling one give three asterisks, or nothing if it is empty.
type Secret struct {
	// Behind a pointer, because fmt does not call methods of unexported
	// fields: there it would show the text itself.
	text *string
}

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal gives the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.text == nil }

// String gives asterisks.
func (s Secret) String() string {
	if s.Empty() {
		return ""
	}
	return redacted
}

// Format prints asterisks for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText gives asterisks, to JSON and YAML too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue gives asterisks.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
