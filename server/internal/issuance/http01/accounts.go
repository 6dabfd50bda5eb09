package http01

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/store"
)

// Account is an ACME account whose http-01 challenges the handler responds to.
type Account struct {
	Authority string // name in the configuration
	// Thumbprint returns the thumbprint of the account's key. The error is
	// store.ErrNotFound if the account does not exist yet; then it has no
	// challenges.
	Thumbprint func(context.Context) (string, error)
}

// Orders is the part of store.Jobs that AccountsByOrder uses.
type Orders interface {
	PendingOrderAuthorities(ctx context.Context, domain string) (authorities []string, err error)
}

// AccountsByOrder returns Accounts that select one of the given accounts. A single
// account is used for every host. Of several, it is the one of the authority with
// the latest pending order for the host.
func AccountsByOrder(orders Orders, accounts []Account) Accounts {
	switch len(accounts) {
	case 0:
		return func(context.Context, string) (string, bool, error) { return "", false, nil }
	case 1:
		return func(ctx context.Context, _ string) (string, bool, error) { return accounts[0].thumbprint(ctx) }
	}
	byName := make(map[string]Account, len(accounts))
	for _, a := range accounts {
		byName[a.Authority] = a
	}
	return func(ctx context.Context, host string) (string, bool, error) {
		names, err := orders.PendingOrderAuthorities(ctx, host)
		if err != nil {
			return "", false, fmt.Errorf("read orders of %s: %w", host, err)
		}
		for _, name := range names {
			if a, found := byName[name]; found {
				return a.thumbprint(ctx)
			}
		}
		return "", false, nil
	}
}

func (a Account) thumbprint(ctx context.Context) (string, bool, error) {
	thumbprint, err := a.Thumbprint(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read account of %q: %w", a.Authority, err)
	}
	return thumbprint, true, nil
}
