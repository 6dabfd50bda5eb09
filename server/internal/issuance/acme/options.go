package acme

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// Directory URLs of known authorities. Sources: letsencrypt.org/docs/acme-protocol-updates
// and docs/staging-environment; docs.digicert.com, Trust Lifecycle Manager, ACME.
const (
	LetsEncrypt        = "https://acme-v02.api.letsencrypt.org/directory"
	LetsEncryptStaging = "https://acme-staging-v02.api.letsencrypt.org/directory"
	DigiCert           = "https://one.digicert.com/mpki/api/v1/acme/v2/directory"
)

// Defaults of Options.
const (
	DefaultPoll       = time.Second
	DefaultValidation = 30 * time.Second
	DefaultProcessing = 10 * time.Second
	DefaultTimeout    = 30 * time.Second
)

// Options configures a Client. Name, DirectoryURL, Accounts, Keys and Solvers
// are required; the zero value of any other field selects its default.
type Options struct {
	// Name of the authority in the configuration. The account is stored by it.
	Name string
	// DirectoryURL is the URL of the authority's ACME directory.
	DirectoryURL string
	// Contacts are mail addresses for the authority's messages, with or without
	// the prefix mailto:. They are sent when the account is created.
	Contacts []string
	// TermsAgreed reports whether the operator has agreed to the authority's
	// terms of service. If the authority has terms, an account requires it.
	TermsAgreed bool
	// ExternalAccount binds the ACME account to the operator's account at the
	// authority; nil for none.
	ExternalAccount *ExternalAccount
	// Profile of each order (draft-ietf-acme-profiles); empty for the authority's
	// default.
	Profile string
	// Roots are the root certificates, in PEM, for TLS connections to the
	// authority; empty for the system's. They exclude Transport.
	Roots []byte

	// Accounts stores the account. Every store.Jobs implements it.
	Accounts Accounts
	// Keys seals the account key.
	Keys *seal.Keyring
	// Solvers are the enabled solvers by challenge type.
	Solvers map[string]challenge.Solver

	// UserAgent is sent before that of the ACME library; "esacertd" if empty.
	UserAgent string
	// Transport sends the requests; if nil, the default transport with Roots and
	// the proxy of the environment.
	Transport http.RoundTripper
	// Timeout of one request; 0 for DefaultTimeout.
	Timeout time.Duration
	// Poll is the polling interval for responses without Retry-After; 0 for
	// DefaultPoll.
	Poll time.Duration
	// Validation bounds the wait for the validation of a name, and Processing the
	// wait for a finalized order, within one step. When it has elapsed, Fulfill
	// returns an *issuance.RetryLaterError. 0 for DefaultValidation and
	// DefaultProcessing.
	Validation, Processing time.Duration

	// Now returns the time for the account's creation date and for Retry-After;
	// nil for time.Now. Waits are measured by the real clock.
	Now func() time.Time
	// Random is the source of the account key; nil for crypto/rand.Reader.
	Random io.Reader
	// Logger; nil for none.
	Logger *slog.Logger
}

// ExternalAccount is an authority's credential for binding an ACME account to a
// customer (RFC 8555, section 7.3.4). Its key is not printed.
type ExternalAccount struct {
	KeyID string
	HMAC  string // base64url, with or without padding
}

// Format hides the key, for every verb.
func (e ExternalAccount) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "external account %q", e.KeyID)
}

// Accounts stores ACME accounts. Every store.Jobs implements it.
type Accounts interface {
	Account(ctx context.Context, authority string) (store.ACMEAccount, error)
	SaveAccount(ctx context.Context, a store.ACMEAccount) (store.ACMEAccount, error)
}

// check reports all invalid options.
func (o *Options) check() error {
	var errs []error
	add := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(o.Name == "", "missing Name: the account is stored by it")
	add(o.Accounts == nil, "missing Accounts: the store of the account")
	add(o.Keys == nil, "missing Keys: they seal the account key")
	add(len(o.Solvers) == 0, "missing Solvers: at least one of %s and %s is required", challenge.HTTP01, challenge.DNS01)
	for typ, solver := range o.Solvers {
		add(typ != challenge.HTTP01 && typ != challenge.DNS01,
			"unknown challenge type %q, want %s or %s", typ, challenge.HTTP01, challenge.DNS01)
		add(solver == nil, "the solver of %s is nil", typ)
	}
	add(o.Timeout < 0 || o.Poll < 0 || o.Validation < 0 || o.Processing < 0,
		"Timeout, Poll, Validation and Processing must not be negative")
	add(len(o.Roots) > 0 && o.Transport != nil, "Roots and Transport are mutually exclusive: set the roots of the transport")
	errs = append(errs, checkDirectoryURL(o.DirectoryURL))
	for _, contact := range o.Contacts {
		_, err := contactURL(contact)
		errs = append(errs, err)
	}
	if o.ExternalAccount != nil {
		_, err := o.ExternalAccount.mac()
		errs = append(errs, err)
	}
	if len(o.Roots) > 0 && !x509.NewCertPool().AppendCertsFromPEM(o.Roots) {
		errs = append(errs, errors.New("no certificate found in the roots, want PEM"))
	}
	return errors.Join(errs...)
}

// checkDirectoryURL accepts only HTTPS, which RFC 8555, section 6.1 requires.
func checkDirectoryURL(directory string) error {
	if directory == "" {
		return fmt.Errorf("missing DirectoryURL: the URL of the ACME directory, for example %s", LetsEncrypt)
	}
	u, err := url.Parse(directory)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("invalid directory URL %q, want for example %s", directory, LetsEncrypt)
	case u.Scheme != "https":
		return fmt.Errorf("invalid directory URL %q, want https://", directory)
	case u.User != nil || u.Fragment != "":
		return fmt.Errorf("the directory URL of %s must not contain a user name, password or fragment", u.Host)
	}
	return nil
}

// contactURL returns the mailto URL of a mail address, which may already be one.
func contactURL(contact string) (string, error) {
	address := strings.TrimPrefix(contact, "mailto:")
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return "", fmt.Errorf("invalid contact %q, want a mail address, for example ops@example.com", contact)
	}
	return "mailto:" + address, nil
}

// minMAC is the minimum size of an HMAC key in bytes; a shorter one is truncated
// or not a key. The keys of DigiCert and the test keys of Let's Encrypt have at
// least 32 bytes.
const minMAC = 16

// mac returns the HMAC key in the encoding of the ACME library. Its errors do not
// contain the key.
func (e *ExternalAccount) mac() (string, error) {
	if e.KeyID == "" {
		return "", errors.New("the external account has no key id; the authority issues it together with the HMAC key")
	}
	for i := range len(e.KeyID) {
		if e.KeyID[i] < ' ' || e.KeyID[i] > '~' {
			return "", fmt.Errorf("byte %d of the external account's key id is not printable ASCII", i+1)
		}
	}
	encoded := strings.TrimRight(strings.TrimSpace(e.HMAC), "=")
	key, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(encoded))
	switch {
	case encoded == "":
		return "", fmt.Errorf("the external account %q has no HMAC key", e.KeyID)
	case err != nil:
		return "", fmt.Errorf("the HMAC key of the external account %q is not base64url", e.KeyID)
	case len(key) < minMAC:
		return "", fmt.Errorf("the HMAC key of the external account %q has %d bytes, want at least %d", e.KeyID, len(key), minMAC)
	}
	return base64.RawURLEncoding.EncodeToString(key), nil
}
