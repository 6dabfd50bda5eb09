package rfc2136

import "time"

// Algorithms of keys. Source: RFC 8945, section 6.
const (
	HMACSHA256 = "hmac-sha256"
	HMACSHA512 = "hmac-sha512"
)

// Options says which server is updated, and how. Server and Key are needed.
type Options struct {
	// Server that takes updates, host:port; port 53 if there is none.
	Server string
	// Zone that the records are in; empty to find it by asking the server for
	// the SOA record.
	Zone string
	// Key signs the updates.
	Key Key
	// Secondaries are further servers of the zone, host:port, which must serve a
	// value before an authority is told of it.
	Secondaries []string
	// TTL of the records; 0 for a minute. It is rounded to whole seconds.
	TTL time.Duration
	// Wait is how long the servers may take to serve a value; 0 for two minutes.
	Wait time.Duration
	// Poll is how often they are asked; 0 for a second.
	Poll time.Duration
	// Timeout of one exchange; 0 for ten seconds.
	Timeout time.Duration
	// Now is the clock of the signatures; nil for time.Now.
	Now func() time.Time
}

// Key is a key of TSIG. It does not print its secret.
type Key struct {
	Name      string // as the server knows it, like "esacert."
	Algorithm string // HMACSHA256 or HMACSHA512; HMACSHA256 if empty
	Secret    string // Base64
}
