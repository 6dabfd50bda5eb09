package acme_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// secret is an HMAC key, base64url.
const secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

func TestAccountKeyIsSavedBeforeRegistration(t *testing.T) {
	t.Parallel()
	var r *fixture
	saved := "nothing"
	r = newFixture(t, pebbletest.Options{Intercept: func(_ http.ResponseWriter, q *http.Request) bool {
		if q.URL.Path == pebbletest.PathNewAccount {
			held, _ := r.accounts.Account(q.Context(), "pebble")
			saved = fmt.Sprint(r.accounts.saves, held.URL)
		}
		return false
	}})
	order(t, r.newClient(), "www.example.com")
	if saved != "[key]" {
		t.Errorf("at the registration request, the store has received %s, want the key and no URL", saved)
	}
	held, err := r.accounts.Account(t.Context(), "pebble")
	if err != nil || !strings.HasPrefix(held.URL, "https://127.0.0.1:") || len(r.accounts.saves) != 2 {
		t.Errorf("got account %+v, error %v, want the URL added by a second save", held, err)
	}
	if opened, err := r.keys.Open(seal.AccountOwner("pebble"), held.SealedKey); err != nil || len(opened) == 0 {
		t.Errorf("open account key: %v", err)
	}
}

// TestAccountIsFoundAfterCrash simulates a crash between the authority's response
// and the save of the URL.
func TestAccountIsFoundAfterCrash(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	order(t, r.newClient(), "www.example.com")
	before := r.accounts.held["pebble"]
	without := before
	without.URL = ""
	r.accounts.held["pebble"] = without

	order(t, r.newClient(), "www.example.com")
	if got := r.accounts.held["pebble"].URL; got != before.URL || r.pebble.Counts().Accounts != 1 {
		t.Errorf("got account %s (%d created), want %s again", got, r.pebble.Counts().Accounts, before.URL)
	}
}

// TestProcessesShareAccount starts several processes concurrently on one store.
func TestProcessesShareAccount(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	var all sync.WaitGroup
	for range 4 {
		a := r.newClient()
		for range 4 {
			all.Go(func() {
				if _, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if got := r.pebble.Counts(); got.Accounts != 1 || got.Orders != 16 {
		t.Errorf("got %+v, want one account and 16 orders", got)
	}
}

// TestAccountErrors covers the errors that an operator must fix. None of them
// creates another account.
func TestAccountErrors(t *testing.T) {
	t.Parallel()
	eab := map[string]string{"kid-1": secret}
	external := func(id, mac string) func(*acme.Options) {
		return func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: id, HMAC: mac} }
	}
	for _, c := range []struct {
		name   string
		pebble pebbletest.Options
		before func(*testing.T, *fixture) // runs after a first order has created the account; may be nil
		change func(*acme.Options)
		want   string
	}{
		{name: "terms", change: func(o *acme.Options) { o.TermsAgreed = false }, want: "terms of service not accepted; set terms_agreed"},
		{name: "no external account", pebble: pebbletest.Options{ExternalAccounts: eab}, want: "authority requires an external account; set external_account"},
		{name: "unknown key id", pebble: pebbletest.Options{ExternalAccounts: eab}, change: external("kid-2", secret), want: `check that the key id "kid-2" and the HMAC key of the external account are correct`},
		{name: "another HMAC key", pebble: pebbletest.Options{ExternalAccounts: eab}, change: external("kid-1", strings.ToUpper(secret)), want: `check that the key id "kid-1" and the HMAC key of the external account are correct`},
		{name: "sealing key lost", before: func(t *testing.T, r *fixture) {
			other, err := seal.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			r.options.Keys = other
		}, want: "restore the key file"},
		{name: "not a key", before: func(t *testing.T, r *fixture) {
			held := r.accounts.held["pebble"]
			held.SealedKey, _ = r.keys.Seal(seal.AccountOwner("pebble"), []byte("not a key"))
			r.accounts.held["pebble"] = held
		}, want: "not a PKCS #8 key"},
		{name: "unknown to the authority", before: func(t *testing.T, r *fixture) {
			other := newFixture(t, pebbletest.Options{})
			held := r.accounts.held["pebble"]
			held.URL = strings.Replace(held.URL, r.pebble.DirectoryURL[:strings.LastIndex(r.pebble.DirectoryURL, "/")], other.pebble.DirectoryURL[:strings.LastIndex(other.pebble.DirectoryURL, "/")], 1)
			r.accounts.held["pebble"] = held
			r.options.DirectoryURL, r.options.Roots = other.pebble.DirectoryURL, other.pebble.Roots
		}, want: "if it is permanently lost, rename the authority"},
		{name: "deactivated", before: func(t *testing.T, r *fixture) {
			r.pebble.Deactivate(t, r.accounts.held["pebble"].URL)
		}, want: "if the account was deactivated, rename the authority"},
		{name: "deactivated before its URL was saved", before: func(t *testing.T, r *fixture) {
			held := r.accounts.held["pebble"]
			r.pebble.Deactivate(t, held.URL)
			held.URL = ""
			r.accounts.held["pebble"] = held
		}, want: "if the account was deactivated, rename the authority"},
		{name: "the store fails", change: func(o *acme.Options) {
			o.Accounts = &accounts{err: errors.New("disk full")}
		}, want: "disk full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, c.pebble)
			if c.before != nil {
				order(t, r.newClient(), "www.example.com")
				c.before(t, r)
			}
			if c.change != nil {
				c.change(&r.options)
			}
			before := r.pebble.Counts().Accounts
			url := r.accounts.held["pebble"].URL
			_, err := r.newClient().Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
			message := wantUnavailable(t, err).Error()
			if !strings.Contains(message, c.want) || !strings.Contains(message, r.options.DirectoryURL) {
				t.Errorf("got %s\nwant %q and the directory URL", message, c.want)
			}
			if strings.Contains(message, secret[:20]) || strings.Contains(message, strings.ToUpper(secret)[:20]) {
				t.Errorf("%s\ncontains the HMAC key", message)
			}
			if got := r.pebble.Counts().Accounts; got != before || r.accounts.held["pebble"].URL != url {
				t.Errorf("got %d accounts and URL %s, want %d and %s", got, r.accounts.held["pebble"].URL, before, url)
			}
		})
	}
}

// TestExternalAccounts uses two external accounts at one directory, as DigiCert
// issues them for single and for wildcard certificates.
func TestExternalAccounts(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{ExternalAccounts: map[string]string{"single": secret, "wildcard": secret}})
	for _, c := range []struct {
		name, domain string
		access       operations.AccessType
		mac          string
	}{
		{"single", "www.example.com", operations.NS, secret},
		{"wildcard", "*.example.com", operations.NS, secret + "="},
	} {
		a := r.newClient(func(o *acme.Options) {
			o.Name, o.ExternalAccount = "digicert-"+c.name, &acme.ExternalAccount{KeyID: c.name, HMAC: c.mac}
		})
		r.issue(a, c.domain, c.access)
	}
	if got := r.pebble.Counts().Accounts; got != 2 || r.accounts.held["digicert-single"].URL == r.accounts.held["digicert-wildcard"].URL {
		t.Errorf("got %d accounts: %v, want two", got, r.accounts.held)
	}
}

func TestThumbprint(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a, other := r.newClient(), r.newClient()
	if got, err := a.Thumbprint(t.Context()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %q, %v before an account exists, want store.ErrNotFound", got, err)
	}
	if len(r.accounts.saves) > 0 {
		t.Error("Thumbprint created an account")
	}
	order(t, a, "www.example.com")
	first, err := a.Thumbprint(t.Context())
	if err != nil || len(first) != 43 {
		t.Errorf("got %q, %v, want 43 characters of base64url", first, err)
	}
	if second, err := other.Thumbprint(t.Context()); second != first || err != nil {
		t.Errorf("got %q, %v in another process, want %q", second, err, first)
	}
	// Thumbprint has loaded the account before the first order.
	order(t, other, "www.example.com")
}
