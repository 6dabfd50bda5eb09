package signature

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands where a secret would.
const redacted = "(hidden)"

// Key is an access key: who signs, and with what. However it is printed,
// logged or encoded, only the ID shows. (The fmt package does not ask a value
// in an unexported field how it wants to be printed: keep a Key out of those
// if the struct around it is ever printed.)
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
	token := "none"
	if k.SecurityToken != "" {
		token = redacted
	}
	return "Key{ID: " + k.ID + ", Secret: " + redacted + ", SecurityToken: " + token + "}"
}

// Format prints describe for every verb, %x and %#v included.
func (k Key) Format(state fmt.State, _ rune) {
	// fmt.State keeps its own buffer; a write to it cannot fail.
	_, _ = io.WriteString(state, k.describe())
}

// LogValue gives a logger the ID and whether the key is temporary.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("access_key_id", k.ID),
		slog.Bool("temporary", k.SecurityToken != ""),
	)
}

// check says why the key cannot sign.
func (k Key) check() error {
	if k.ID == "" {
		return &Error{Reason: ErrMissingAccessKeyID}
	}
	if k.Secret == "" {
		return &Error{Reason: ErrNoSecret}
	}
	return nil
}
