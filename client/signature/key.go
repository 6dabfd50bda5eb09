package signature

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/esacert/esacert/client/internal/redact"
)

// Key is an access key. When printed, logged or encoded, only the ID shows.
// (The fmt package does not call Format for unexported fields: do not keep a
// Key in one if the struct is printed.)
type Key struct {
	// ID is the access key id. It goes over the wire in the clear.
	ID string
	// Secret is the access key secret. It never goes over the wire.
	Secret string `json:"-"`
	// SecurityToken is the token of temporary credentials (STS), empty for a
	// permanent key. It goes over the wire but is as good as a password.
	SecurityToken string `json:"-"`
}

// describe shows the ID alone.
func (k Key) describe() string {
	return "Key{ID: " + k.ID + ", Secret: " + redact.Mark + ", SecurityToken: " + redact.IfSet(k.SecurityToken, "none") + "}"
}

// Format prints describe for every verb, %x and %#v included.
func (k Key) Format(state fmt.State, _ rune) {
	// fmt.State keeps its own buffer; a write to it cannot fail.
	_, _ = io.WriteString(state, k.describe())
}

// LogValue returns the ID and whether the key is temporary.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("access_key_id", k.ID),
		slog.Bool("temporary", k.SecurityToken != ""),
	)
}

// check reports why the key cannot sign.
func (k Key) check() error {
	if k.ID == "" {
		return &Error{Reason: ErrMissingAccessKeyID}
	}
	if k.Secret == "" {
		return &Error{Reason: ErrNoSecret}
	}
	return nil
}
