package acme

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// account is the stored account with its opened key.
type account struct {
	key        crypto.Signer
	thumbprint string
	url        string // empty before registration
}

// acme returns the account in the type of the library.
func (a *account) acme() acme.Account { return acme.Account{Location: a.url, PrivateKey: a.key} }

// Thumbprint returns the thumbprint of the account key, for http-01. It reads the
// store until an account exists, and does not create one.
//
// Errors: store.ErrNotFound if no account exists yet, those of the store, those
// of seal.Keyring.Open.
func (a *Client) Thumbprint(ctx context.Context) (string, error) {
	if held := a.account.Load(); held != nil {
		return held.thumbprint, nil
	}
	stored, err := a.o.Accounts.Account(ctx, a.o.Name)
	if err != nil {
		return "", fmt.Errorf("acme: read account at %s: %w", a.o.Name, err)
	}
	opened, err := a.unseal(stored)
	if err != nil {
		return "", err
	}
	// The key is the same before and after registration. Do not replace an account
	// that another goroutine has registered in the meantime.
	a.account.CompareAndSwap(nil, opened)
	return opened.thumbprint, nil
}

// ensureAccount returns the account, creating it on first use.
func (a *Client) ensureAccount(ctx context.Context, s *acmeDirectory) (acme.Account, error) {
	if held := a.account.Load(); held != nil && held.url != "" {
		return held.acme(), nil
	}
	const op = "create account"
	if a.accountLock.acquire(ctx) != nil {
		return acme.Account{}, contextErr(ctx, op)
	}
	defer a.accountLock.release()
	if held := a.account.Load(); held != nil && held.url != "" {
		return held.acme(), nil
	}
	stored, err := a.loadOrCreateAccount(ctx)
	if err != nil {
		return acme.Account{}, err
	}
	held, err := a.unseal(stored)
	if err != nil {
		return acme.Account{}, err
	}
	if held.url == "" {
		if held.url, err = a.register(ctx, s, held, op); err != nil {
			return acme.Account{}, err
		}
		stored.URL = held.url
		// If this fails, the same key yields the same account next time.
		if _, err := a.o.Accounts.SaveAccount(ctx, stored); err != nil {
			a.log.WarnContext(ctx, "account URL not saved", "error", err)
		}
	}
	a.account.Store(held)
	return held.acme(), nil
}

// loadOrCreateAccount returns the stored account. If none exists, it saves one
// with a new key first.
func (a *Client) loadOrCreateAccount(ctx context.Context) (store.ACMEAccount, error) {
	const op = "read account"
	stored, err := a.o.Accounts.Account(ctx, a.o.Name)
	if err == nil {
		return stored, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return stored, a.storeFailure(ctx, op, err)
	}
	key, err := issuance.NewECDSAKey(a.o.Random)
	if err != nil {
		return stored, fmt.Errorf("acme: generate account key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return stored, fmt.Errorf("acme: encode account key: %w", err)
	}
	defer clear(der)
	sealed, err := a.o.Keys.Seal(seal.AccountOwner(a.o.Name), der)
	if err != nil {
		return stored, fmt.Errorf("acme: seal account key: %w", err)
	}
	// If another process was first, SaveAccount returns that account.
	stored, err = a.o.Accounts.SaveAccount(ctx, store.ACMEAccount{Authority: a.o.Name, SealedKey: sealed, CreatedAt: storerules.NormalizeTime(a.o.Now())})
	if err != nil {
		return stored, a.storeFailure(ctx, "save account key", err)
	}
	return stored, nil
}

func (a *Client) storeFailure(ctx context.Context, op string, err error) error {
	if err := contextErr(ctx, op); err != nil {
		return err
	}
	return a.unavailable(op, "", err)
}

func (a *Client) unseal(stored store.ACMEAccount) (*account, error) {
	const op = "open account key"
	const hint = "restore the key file that sealed it; if that is permanently lost, rename the authority in the configuration to create a new account"
	der, err := a.o.Keys.Open(seal.AccountOwner(a.o.Name), stored.SealedKey)
	if err != nil {
		return nil, a.unavailable(op, hint, err)
	}
	defer clear(der)
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, a.unavailable(op, hint, errors.New("not a PKCS #8 key"))
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, a.unavailable(op, hint, fmt.Errorf("key type %T cannot sign", parsed))
	}
	opened := &account{key: key, url: stored.URL}
	of := opened.acme()
	if opened.thumbprint, err = of.Thumbprint(); err != nil {
		return nil, a.unavailable(op, hint, err)
	}
	return opened, nil
}

// register creates the account at the authority, or finds the existing one of the
// same key.
func (a *Client) register(ctx context.Context, s *acmeDirectory, held *account, op string) (url string, err error) {
	if terms := s.termsOf(); terms != "" && !a.o.TermsAgreed {
		return "", a.unavailable(op, "read them at "+printable(terms, 200),
			errors.New("terms of service not accepted; set terms_agreed"))
	}
	if s.wantsExternalAccount() && a.o.ExternalAccount == nil {
		return "", a.unavailable(op, "request a key id and an HMAC key from the authority",
			errors.New("authority requires an external account; set external_account"))
	}
	wanted := held.acme()
	wanted.TermsOfServiceAgreed = a.o.TermsAgreed
	for _, contact := range a.o.Contacts {
		u, err := contactURL(contact)
		if err != nil {
			return "", err
		}
		wanted.Contact = append(wanted.Contact, u)
	}
	ctx, x := withLastResponse(ctx)
	if err := a.bind(ctx, s, &wanted); err != nil {
		return "", err
	}
	got, err := s.client.NewAccount(ctx, wanted)
	if err != nil {
		return "", a.failure(ctx, op, x, err, true)
	}
	if got.Location == "" {
		return "", a.unavailable(op, "", errors.New("response has no account URL (Location header)"))
	}
	if got.Status != "" && got.Status != acme.StatusValid {
		return "", a.unavailable(op, a.unauthorizedHint(), fmt.Errorf("account status is %s", printable(got.Status, 40)))
	}
	a.log.InfoContext(ctx, "account registered", "url", got.Location)
	return got.Location, nil
}

// bind adds the external account binding, if configured.
func (a *Client) bind(ctx context.Context, s *acmeDirectory, wanted *acme.Account) error {
	if a.o.ExternalAccount == nil {
		return nil
	}
	mac, err := a.o.ExternalAccount.mac()
	if err != nil {
		return err
	}
	err = wanted.SetExternalAccountBinding(ctx, s.client, acme.EAB{KeyID: a.o.ExternalAccount.KeyID, MACKey: mac})
	if err != nil {
		// The library's error is omitted: it might contain the key.
		return fmt.Errorf("acme: bind account to the external account %q: failed", a.o.ExternalAccount.KeyID)
	}
	return nil
}

// checkAccount returns an error unless the account is valid. After an
// "unauthorized" error it shows whether the account itself is the cause.
func (a *Client) checkAccount(ctx context.Context, s *acmeDirectory, of acme.Account) error {
	const op = "check account"
	ctx, x := withLastResponse(ctx)
	got, err := s.client.GetAccount(ctx, of)
	if err != nil {
		return a.failure(ctx, op, x, err, true)
	}
	if got.Status != "" && got.Status != acme.StatusValid {
		return a.unavailable(op, a.unauthorizedHint(), fmt.Errorf("account status is %s", printable(got.Status, 40)))
	}
	return nil
}
