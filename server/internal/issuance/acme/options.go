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

// Directories of known authorities. Sources: letsencrypt.org/docs/acme-protocol-updates
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

// Options says which authority it is and what it works with. Name, Directory,
// Accounts, Keys and Solvers are needed; the zero value of any other field is a
// sensible default.
type Options struct {
	// Name in the configuration. The account is stored by it.
	Name string
	// Directory is the URL at which the authority's ACME service begins.
	DirectoryURL string
	// Contacts are mail addresses for the authority's messages; a URL like
	// mailto:ops@example.com does as well. They go to it when the account is made.
	Contacts []string
	// TermsAgreed says that the operator has agreed to the authority's terms of
	// acmeDirectory. Without it no account is made where there are any.
	TermsAgreed bool
	// ExternalAccount binds the account to one that the operator has with the
	// authority; nil for none.
	ExternalAccount *ExternalAccount
	// Profile that each order asks for (draft-ietf-acme-profiles); empty for the
	// authority's choice.
	Profile string
	// Roots are the certificates that the authority's TLS is trusted by, PEM;
	// empty for the system's. They cannot be given together with Transport.
	Roots []byte

	// Accounts keeps the account. Every store.Jobs does.
	Accounts Accounts
	// Keys seals the key of the account.
	Keys *seal.Keyring
	// Solvers by type of challenge: those that can be, and may be, answered.
	Solvers map[string]challenge.Solver

	// UserAgent is sent before that of the ACME library; "esacertd" if empty.
	UserAgent string
	// Transport carries the requests; nil for one with Roots and the proxy of the
	// environment.
	Transport http.RoundTripper
	// Timeout of one request; 0 for DefaultTimeout.
	Timeout time.Duration
	// Poll is how often the authority is asked for a status when it does not say
	// itself; 0 for DefaultPoll.
	Poll time.Duration
	// Validation is how long a step waits for the validation of a name, and
	// Processing for the certificate after it was ordered; then the answer is an
	// *issuance.LaterError. 0 for DefaultValidation and DefaultProcessing.
	Validation, Processing time.Duration

	// Now is the clock of the account's date and of Retry-After; nil for
	// time.Now. How long to wait is measured by the real time in any case.
	Now func() time.Time
	// Random makes the account's key; nil for crypto/rand.Reader.
	Random io.Reader
	// Logger; nil for none.
	Logger *slog.Logger
}

// ExternalAccount is what an authority gives out to bind an ACME account to a
// customer (RFC 8555, section 7.3.4). It does not print its key.
type ExternalAccount struct {
	KeyID string
	HMAC  string // base64url, with or without padding
}

// Format hides the key, for every verb.
func (e ExternalAccount) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "external account %q", e.KeyID)
}

// Accounts keeps accounts. Every store.Jobs is one.
type Accounts interface {
	Account(ctx context.Context, authority string) (store.ACMEAccount, error)
	SaveAccount(ctx context.Context, a store.ACMEAccount) (store.ACMEAccount, error)
}

// check finds all that is wrong with the options.
func (o *Options) check() error {
	var errs []error
	add := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(o.Name == "", "Name is needed: the account is stored by it")
	add(o.Accounts == nil, "Accounts is needed: where the account is kept")
	add(o.Keys == nil, "Keys is needed: what seals the account's key")
	add(len(o.Solvers) == 0, "Solvers: a way to answer at least one of %s and %s is needed", challenge.HTTP01, challenge.DNS01)
	for typ, solver := range o.Solvers {
		add(typ != challenge.HTTP01 && typ != challenge.DNS01,
			"the challenge %q is not known: use %s or %s", typ, challenge.HTTP01, challenge.DNS01)
		add(solver == nil, "the solver of %s is nil", typ)
	}
	add(o.Timeout < 0 || o.Poll < 0 || o.Validation < 0 || o.Processing < 0,
		"Timeout, Poll, Validation and Processing must not be negative")
	add(len(o.Roots) > 0 && o.Transport != nil, "Roots and Transport exclude each other: give the transport the roots")
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
		errs = append(errs, errors.New("no certificate is in the roots: they must be PEM"))
	}
	return errors.Join(errs...)
}

// checkDirectory takes HTTPS only: RFC 8555, section 6.1 asks for it, and the
// requests are signed for the URL.
func checkDirectoryURL(directory string) error {
	if directory == "" {
		return fmt.Errorf("a Directory is needed: the URL of the ACME service, like %s", LetsEncrypt)
	}
	u, err := url.Parse(directory)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("the directory %q is not a URL like %s", directory, LetsEncrypt)
	case u.Scheme != "https":
		return fmt.Errorf("the directory %q must begin with https://", directory)
	case u.User != nil || u.Fragment != "":
		return fmt.Errorf("the directory of %s must have no user name, password or fragment", u.Host)
	}
	return nil
}

// contactURL makes a URL of a mail address, and leaves URLs as they are.
func contactURL(contact string) (string, error) {
	address := strings.TrimPrefix(contact, "mailto:")
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return "", fmt.Errorf("the contact %q is not a mail address like ops@example.com", contact)
	}
	return "mailto:" + address, nil
}

// minMAC is the shortest HMAC key that is taken, in bytes: shorter ones are
// cut off or not a key at all. DigiCert's and Let's Encrypt's test keys have 32
// and more.
const minMAC = 16

// mac gives the HMAC key in the form in which the ACME library takes it. No
// error shows it.
func (e *ExternalAccount) mac() (string, error) {
	if e.KeyID == "" {
		return "", errors.New("the external account needs a key id, which the authority gives out together with the HMAC key")
	}
	for i := range len(e.KeyID) {
		if e.KeyID[i] < ' ' || e.KeyID[i] > '~' {
			return "", fmt.Errorf("byte %d of the external account's key id is not printable ASCII", i+1)
		}
	}
	text := strings.TrimRight(strings.TrimSpace(e.HMAC), "=")
	key, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(text))
	switch {
	case text == "":
		return "", fmt.Errorf("the external account %q needs an HMAC key", e.KeyID)
	case err != nil:
		return "", fmt.Errorf("the HMAC key of the external account %q is not base64url", e.KeyID)
	case len(key) < minMAC:
		return "", fmt.Errorf("the HMAC key of the external account %q has %d bytes: at least %d are needed", e.KeyID, len(key), minMAC)
	}
	return base64.RawURLEncoding.EncodeToString(key), nil
}
