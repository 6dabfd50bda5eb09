package rfc2136

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// TSIG algorithms. Source: RFC 8945, section 6.
const (
	HMACSHA256 = "hmac-sha256"
	HMACSHA512 = "hmac-sha512"
)

// Defaults of Options.
const (
	DefaultTTL     = time.Minute
	DefaultWait    = 2 * time.Minute
	DefaultPoll    = time.Second
	DefaultTimeout = 10 * time.Second
)

// Options configures a Client. Server and Key are required.
type Options struct {
	// Server is the address for updates, host:port; the default port is 53.
	Server string
	// Zone of the records; empty to find it by an SOA query.
	Zone string
	// Key signs the updates.
	Key Key
	// Secondaries are further servers of the zone, host:port. They must serve a
	// value before validation is requested.
	Secondaries []string
	// TTL of the records, rounded to whole seconds; 0 for DefaultTTL.
	TTL time.Duration
	// Wait is how long the servers may take to serve a value; 0 for DefaultWait.
	Wait time.Duration
	// Poll is the interval of queries during the wait; 0 for DefaultPoll.
	Poll time.Duration
	// Timeout of one exchange; 0 for DefaultTimeout.
	Timeout time.Duration
	// Now returns the signing time; nil for time.Now.
	Now func() time.Time
}

// Key is a TSIG key. Its secret is not printed.
type Key struct {
	Name      string // key name on the server, for example "esacert."
	Algorithm string // HMACSHA256 or HMACSHA512; HMACSHA256 if empty
	Secret    string // Base64
}

// Format hides the secret, for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "TSIG key "+k.Name) }

// check reports all invalid fields of a key.
func (k *Key) check() error {
	var errs []error
	if _, ok := dns.IsDomainName(k.Name); !ok || k.Name == "" || k.Name == "." {
		errs = append(errs, fmt.Errorf("invalid key name %q, want the name on the server, for example esacert", k.Name))
	}
	if k.Algorithm != "" && k.Algorithm != HMACSHA256 && k.Algorithm != HMACSHA512 {
		errs = append(errs, fmt.Errorf("unknown key algorithm %q, want %s or %s", k.Algorithm, HMACSHA256, HMACSHA512))
	}
	switch secret, err := base64.StdEncoding.DecodeString(k.Secret); {
	case k.Secret == "":
		errs = append(errs, errors.New("the key has no secret"))
	case err != nil:
		errs = append(errs, errors.New("the key secret is not Base64"))
	case len(secret) < 16:
		errs = append(errs, fmt.Errorf("the key secret has %d bytes, want at least 16", len(secret)))
	}
	return errors.Join(errs...)
}

func (k *Key) algorithm() string {
	if k.Algorithm == HMACSHA512 {
		return dns.HmacSHA512
	}
	return dns.HmacSHA256
}

// withDefaults validates the options and sets the defaults.
func (o Options) withDefaults() (Options, error) {
	errs := []error{o.Key.check()}
	var err error
	if o.Server, err = hostPort(o.Server); err != nil {
		errs = append(errs, fmt.Errorf("server: %w", err))
	}
	secondaries := make([]string, 0, len(o.Secondaries))
	for _, server := range o.Secondaries {
		if server, err = hostPort(server); err != nil {
			errs = append(errs, fmt.Errorf("secondary: %w", err))
		}
		secondaries = append(secondaries, server)
	}
	o.Secondaries = secondaries
	if o.Zone != "" {
		if _, ok := dns.IsDomainName(o.Zone); !ok {
			errs = append(errs, fmt.Errorf("zone %q is not a domain name", o.Zone))
		}
		o.Zone = dns.CanonicalName(o.Zone)
	}
	if o.TTL < 0 || o.Wait < 0 || o.Poll < 0 || o.Timeout < 0 {
		errs = append(errs, errors.New("TTL, Wait, Poll and Timeout must not be negative"))
	}
	o.TTL = cmp.Or(o.TTL, DefaultTTL)
	o.Wait = cmp.Or(o.Wait, DefaultWait)
	o.Poll = cmp.Or(o.Poll, DefaultPoll)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, errors.Join(errs...)
}

// hostPort returns host:port, with port 53 if the server has no port.
func hostPort(server string) (string, error) {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		host, port = strings.Trim(server, "[]"), "53"
		if net.ParseIP(host) == nil && strings.Contains(host, ":") {
			return server, fmt.Errorf("invalid address %q, want host:port, for example ns1.example.com:53", server)
		}
	}
	if host == "" || port == "" {
		return server, fmt.Errorf("invalid address %q, want host:port, for example ns1.example.com:53", server)
	}
	return net.JoinHostPort(host, port), nil
}
