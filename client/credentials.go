package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/esacert/esacert/client/internal/redact"
)

// CredentialsProvider returns the credentials that sign a call. It is called
// once per call, must be safe for concurrent use, and should cache what it
// fetches. If it has no credentials, it returns ErrNoCredentials, or an error
// that wraps it and explains what to set. It must return when the context is
// done, and must not put a secret into an error.
type CredentialsProvider interface {
	Credentials(ctx context.Context) (Credentials, error)
}

// CredentialsFunc is a function that implements CredentialsProvider.
type CredentialsFunc func(ctx context.Context) (Credentials, error)

// Credentials calls the function.
func (f CredentialsFunc) Credentials(ctx context.Context) (Credentials, error) {
	if f == nil {
		return Credentials{}, ErrNoCredentials
	}
	return f(ctx)
}

// Credentials is either an access key, with a security token if it is a
// temporary one, or a bearer token. When printed, logged or encoded, it shows
// the access key ID only. (The fmt package does not call Format for unexported
// fields: do not keep Credentials in one.)
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string // of temporary credentials (STS)
	BearerToken     string // instead of the other three; the request is then not signed
}

// describe shows the access key ID, and which of the others are set.
func (c Credentials) describe() string {
	return fmt.Sprintf("Credentials{AccessKeyID: %q, AccessKeySecret: %s, SecurityToken: %s, BearerToken: %s}",
		c.AccessKeyID, redact.IfSet(c.AccessKeySecret, "(none)"), redact.IfSet(c.SecurityToken, "(none)"), redact.IfSet(c.BearerToken, "(none)"))
}

// Format prints describe for every verb.
func (c Credentials) Format(state fmt.State, _ rune) {
	// fmt.State keeps its own buffer; a write to it cannot fail.
	_, _ = io.WriteString(state, c.describe())
}

// LogValue returns the access key ID and the kind of credentials.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("access_key_id", c.AccessKeyID), slog.String("kind", c.kind()))
}

// MarshalJSON writes what Format prints. Credentials cannot be read back from
// it.
func (c Credentials) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct{ AccessKeyID, AccessKeySecret, SecurityToken, BearerToken string }{
		c.AccessKeyID, redact.IfSet(c.AccessKeySecret, "(none)"), redact.IfSet(c.SecurityToken, "(none)"), redact.IfSet(c.BearerToken, "(none)"),
	})
}

// MarshalText writes what Format prints, for encoders other than JSON.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.describe()), nil }

func (c Credentials) kind() string {
	switch {
	case c.BearerToken != "":
		return "bearer"
	case c.SecurityToken != "":
		return "sts"
	}
	return "static"
}

// check reports why the credentials cannot sign a call.
func (c *Credentials) check() error {
	switch {
	case c.BearerToken != "" && c.AccessKeyID+c.AccessKeySecret+c.SecurityToken != "":
		return errors.New("both an access key and a bearer token are set; set one of them")
	case *c == Credentials{}:
		return ErrNoCredentials
	case c.BearerToken == "" && c.AccessKeyID == "":
		return fmt.Errorf("%w: access key ID is empty", ErrNoCredentials)
	case c.BearerToken == "" && c.AccessKeySecret == "":
		return fmt.Errorf("%w: access key secret is empty", ErrNoCredentials)
	}
	for _, part := range [...]struct{ name, value string }{
		{"access key ID", c.AccessKeyID}, {"access key secret", c.AccessKeySecret},
		{"security token", c.SecurityToken}, {"bearer token", c.BearerToken},
	} {
		if !printable(part.value) {
			return fmt.Errorf("%s contains a space, control or non-ASCII character; remove a trailing newline", part.name)
		}
	}
	return nil
}

// printable reports whether a string is ASCII without spaces and control
// characters.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
