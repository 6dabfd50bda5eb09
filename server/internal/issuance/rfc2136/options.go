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

// Algorithms of keys. Source: RFC 8945, section 6.
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

// Format hides the secret, for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "TSIG key "+k.Name) }

// check finds all that is wrong with a key.
func (k *Key) check() error {
	var errs []error
	if _, ok := dns.IsDomainName(k.Name); !ok || k.Name == "" || k.Name == "." {
		errs = append(errs, fmt.Errorf("the name %q of the key is none: it must be as the server has it, like esacert", k.Name))
	}
	if k.Algorithm != "" && k.Algorithm != HMACSHA256 && k.Algorithm != HMACSHA512 {
		errs = append(errs, fmt.Errorf("the algorithm %q of the key is not known: use %s or %s", k.Algorithm, HMACSHA256, HMACSHA512))
	}
	switch secret, err := base64.StdEncoding.DecodeString(k.Secret); {
	case k.Secret == "":
		errs = append(errs, errors.New("the key needs its secret"))
	case err != nil:
		errs = append(errs, errors.New("the secret of the key is not Base64"))
	case len(secret) < 16:
		errs = append(errs, fmt.Errorf("the secret of the key has %d bytes: at least 16 are needed", len(secret)))
	}
	return errors.Join(errs...)
}

func (k *Key) algorithm() string {
	if k.Algorithm == HMACSHA512 {
		return dns.HmacSHA512
	}
	return dns.HmacSHA256
}

// withDefaults checks the options and fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	errs := []error{o.Key.check()}
	var err error
	if o.Server, err = hostPort(o.Server); err != nil {
		errs = append(errs, fmt.Errorf("the server: %w", err))
	}
	secondaries := make([]string, 0, len(o.Secondaries))
	for _, server := range o.Secondaries {
		if server, err = hostPort(server); err != nil {
			errs = append(errs, fmt.Errorf("a secondary: %w", err))
		}
		secondaries = append(secondaries, server)
	}
	o.Secondaries = secondaries
	if o.Zone != "" {
		if _, ok := dns.IsDomainName(o.Zone); !ok {
			errs = append(errs, fmt.Errorf("the zone %q is not a domain name", o.Zone))
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

// hostPort adds the port of DNS where there is none.
func hostPort(server string) (string, error) {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		host, port = strings.Trim(server, "[]"), "53"
		if net.ParseIP(host) == nil && strings.Contains(host, ":") {
			return server, fmt.Errorf("%q is not a host and a port like ns1.example.com:53", server)
		}
	}
	if host == "" || port == "" {
		return server, fmt.Errorf("%q is not a host and a port like ns1.example.com:53", server)
	}
	return net.JoinHostPort(host, port), nil
}
