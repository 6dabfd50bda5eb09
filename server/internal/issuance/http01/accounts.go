package http01

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/store"
)

// Account is one that http-01 challenges may belong to.
type Account struct {
	Authority string // name in the configuration
	// Thumbprint gives that of the account's key. The error is store.ErrNotFound
	// when there is no account yet; then no challenge can be its.
	Thumbprint func(context.Context) (string, error)
}

// Orders is what AccountsByOrder asks of a store. Every store.Jobs is one.
type Orders interface {
	PendingOrderAuthorities(ctx context.Context, domain string) (authorities []string, err error)
}

// AccountsByOrder finds the account that answers for a host. With one account it is
// that one, for every host; with several, that of the authority which has an
// order for the host in progress, the latest one first.
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
			return "", false, fmt.Errorf("looking for orders of %s: %w", host, err)
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
		return "", false, fmt.Errorf("the account of %q: %w", a.Authority, err)
	}
	return thumbprint, true, nil
}
