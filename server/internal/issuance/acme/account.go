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

// account is the account as it is in the store.
type account struct {
	key        crypto.Signer
	thumbprint string
	url        string // empty before the authority knows it
}

// of gives the account as the library wants it.
func (a *account) acme() acme.Account { return acme.Account{Location: a.url, PrivateKey: a.key} }

// Thumbprint gives that of the account's key, for http-01. It asks the store
// until there is an account, and makes none.
//
// Errors: store.ErrNotFound when there is no account yet, those of the store,
// those of seal.Keyring.Open.
func (a *Client) Thumbprint(ctx context.Context) (string, error) {
	if held := a.account.Load(); held != nil {
		return held.thumbprint, nil
	}
	stored, err := a.o.Accounts.Account(ctx, a.o.Name)
	if err != nil {
		return "", fmt.Errorf("acme: the account at %s: %w", a.o.Name, err)
	}
	opened, err := a.unseal(stored)
	if err != nil {
		return "", err
	}
	// Registered or not, the key stays the same. Another goroutine may have got
	// further meanwhile.
	a.account.CompareAndSwap(nil, opened)
	return opened.thumbprint, nil
}

// ensureAccount gives the account, and makes it at first use.
func (a *Client) ensureAccount(ctx context.Context, s *acmeDirectory) (acme.Account, error) {
	if held := a.account.Load(); held != nil && held.url != "" {
		return held.acme(), nil
	}
	const doing = "making the account"
	if a.accountLock.acquire(ctx) != nil {
		return acme.Account{}, contextErr(ctx, doing)
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
		if held.url, err = a.register(ctx, s, held, doing); err != nil {
			return acme.Account{}, err
		}
		stored.URL = held.url
		// If this fails, the same key gets the same account next time.
		if _, err := a.o.Accounts.SaveAccount(ctx, stored); err != nil {
			a.log.WarnContext(ctx, "the URL of the account could not be saved", "error", err)
		}
	}
	a.account.Store(held)
	return held.acme(), nil
}

// stored gives the account that the store has, after writing down a new key if
// there is none.
func (a *Client) loadOrCreateAccount(ctx context.Context) (store.ACMEAccount, error) {
	const doing = "reading the account"
	stored, err := a.o.Accounts.Account(ctx, a.o.Name)
	if err == nil {
		return stored, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return stored, a.storeFailure(ctx, doing, err)
	}
	key, err := issuance.NewECDSAKey(a.o.Random)
	if err != nil {
		return stored, fmt.Errorf("acme: making the key of an account: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return stored, fmt.Errorf("acme: encoding the key of an account: %w", err)
	}
	defer clear(der)
	sealed, err := a.o.Keys.Seal(seal.AccountOwner(a.o.Name), der)
	if err != nil {
		return stored, fmt.Errorf("acme: sealing the key of an account: %w", err)
	}
	// Another process may be faster; then its key is the one.
	stored, err = a.o.Accounts.SaveAccount(ctx, store.ACMEAccount{Authority: a.o.Name, SealedKey: sealed, CreatedAt: storerules.NormalizeTime(a.o.Now())})
	if err != nil {
		return stored, a.storeFailure(ctx, "saving the key of the account", err)
	}
	return stored, nil
}

func (a *Client) storeFailure(ctx context.Context, doing string, err error) error {
	if over := contextErr(ctx, doing); over != nil {
		return over
	}
	return a.unavailable(doing, "", err)
}

func (a *Client) unseal(stored store.ACMEAccount) (*account, error) {
	const doing = "opening the key of the account"
	const hint = "put the key file back that sealed it; if it is lost for good, give the authority another name in the configuration, which makes a new account"
	der, err := a.o.Keys.Open(seal.AccountOwner(a.o.Name), stored.SealedKey)
	if err != nil {
		return nil, a.unavailable(doing, hint, err)
	}
	defer clear(der)
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, a.unavailable(doing, hint, errors.New("not a PKCS #8 key"))
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, a.unavailable(doing, hint, fmt.Errorf("it is a %T, which cannot sign", parsed))
	}
	opened := &account{key: key, url: stored.URL}
	of := opened.acme()
	if opened.thumbprint, err = of.Thumbprint(); err != nil {
		return nil, a.unavailable(doing, hint, err)
	}
	return opened, nil
}

// register makes the account at the authority, or finds the one that the same
// key has there.
func (a *Client) register(ctx context.Context, s *acmeDirectory, held *account, doing string) (url string, err error) {
	if terms := s.termsOf(); terms != "" && !a.o.TermsAgreed {
		return "", a.unavailable(doing, "read them at "+printable(terms, 200)+" and say in the configuration that they are agreed to",
			errors.New("terms of service not accepted; set terms_agreed"))
	}
	if s.wantsExternalAccount() && a.o.ExternalAccount == nil {
		return "", a.unavailable(doing, "ask the authority for a key id and an HMAC key, and configure them as the external account",
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
		return "", a.failure(ctx, doing, x, err, true)
	}
	if got.Location == "" {
		return "", a.unavailable(doing, "", errors.New("response has no account URL (Location header)"))
	}
	if got.Status != "" && got.Status != acme.StatusValid {
		return "", a.unavailable(doing, a.unauthorizedHint(), fmt.Errorf("the account is %s", printable(got.Status, 40)))
	}
	a.log.InfoContext(ctx, "account", "url", got.Location)
	return got.Location, nil
}

// bind binds the account to the external one.
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
		// The library's error might hold the key.
		return fmt.Errorf("acme: binding the account to the external account %q has failed", a.o.ExternalAccount.KeyID)
	}
	return nil
}

// checkAccount tells whether the authority refuses the account altogether,
// which an "unauthorized" does not say. It is nil when the account is in order.
func (a *Client) checkAccount(ctx context.Context, s *acmeDirectory, of acme.Account) error {
	const doing = "looking after the account"
	ctx, x := withLastResponse(ctx)
	got, err := s.client.GetAccount(ctx, of)
	if err != nil {
		return a.failure(ctx, doing, x, err, true)
	}
	if got.Status != "" && got.Status != acme.StatusValid {
		return a.unavailable(doing, a.unauthorizedHint(), fmt.Errorf("the account is %s", printable(got.Status, 40)))
	}
	return nil
}
