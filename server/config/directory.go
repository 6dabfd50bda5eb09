package config

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// Directory looks up what a configuration says. It never changes, and is read
// by many goroutines. It is the auth.Directory, the operations.Sites and the
// operations.Quotas of a server.
type Directory struct {
	// Behind a function, because fmt shows what lies in unexported fields of
	// others without asking Format, and these are secrets.
	tables func() *tables
}

// tables are what a Directory looks up in.
type tables struct {
	keys      map[string]*auth.AccessKey
	bearer    map[string]*auth.BearerToken
	tokens    map[string]bool
	keysOf    map[string]int // number of access keys that are not disabled, by account
	sites     map[siteKey]operations.Site
	quotas    map[planKey]quotas
	scenarios map[int64]*esaerrors.Error
}

type siteKey struct {
	account string
	id      int64
}

type planKey struct{ account, plan string }

// A Directory serves all three.
var (
	_ auth.Directory         = (*Directory)(nil)
	_ operations.SiteFinder  = (*Directory)(nil)
	_ operations.QuotaSource = (*Directory)(nil)
)

// Directory makes the look-up tables. The configuration must be valid; changing
// it afterwards does not change them.
func (c *Config) Directory() *Directory {
	t := &tables{
		keys:      map[string]*auth.AccessKey{},
		bearer:    map[string]*auth.BearerToken{},
		tokens:    map[string]bool{},
		keysOf:    map[string]int{},
		sites:     map[siteKey]operations.Site{},
		quotas:    map[planKey]quotas{},
		scenarios: c.Scenarios.rows(),
	}
	remote, policies := newRemoteQuotas(), newPolicyIndex(c.Policies)
	for i := range c.Accounts {
		a := &c.Accounts[i]
		t.addPrincipals(a, policies)
		t.addPlans(a, remote)
		t.addSites(a, c.AllowPendingSites)
	}
	for _, key := range t.keys {
		if !key.Disabled {
			t.keysOf[key.Principal.Account]++
		}
	}
	return &Directory{tables: func() *tables { return t }}
}

func (t *tables) addPlans(a *Account, remote *remoteQuotas) {
	for i := range a.Plans {
		plan := &a.Plans[i]
		source := quotas{limits: map[string]int{}}
		for family, limit := range plan.Quotas {
			source.limits[family] = limit
		}
		if plan.QuotaURL != "" {
			source = quotas{url: plan.QuotaURL, remote: remote}
		}
		t.quotas[planKey{a.ID, plan.ID}] = source
	}
}

func (t *tables) addSites(a *Account, allowPending bool) {
	records := map[string]int{}
	for _, plan := range a.Plans {
		records[plan.ID] = plan.Records
	}
	for i := range a.Sites {
		s := &a.Sites[i]
		name, err := operations.ParseName(s.Name)
		if err != nil {
			continue // the configuration is not valid
		}
		t.sites[siteKey{a.ID, s.ID}] = operations.Site{
			ID:     s.ID,
			Name:   string(name),
			Access: s.Access,
			Status: s.Status,
			Plan:   s.Plan,

			PendingAllowed: allowPending,
			DelegatedDCV:   s.DelegatedDCV,

			DNSRecordLimit:  records[s.Plan],
			DNSRecordsInUse: s.Records,
		}
	}
}

// AccessKey finds a permanent or temporary access key.
func (d *Directory) AccessKey(id string) (*auth.AccessKey, bool) {
	key, ok := d.tables().keys[id]
	return key, ok
}

// BearerToken finds a bearer token.
func (d *Directory) BearerToken(token string) (*auth.BearerToken, bool) {
	bearer, ok := d.tables().bearer[token]
	return bearer, ok
}

// SecurityToken reports whether some temporary key has the token.
func (d *Directory) SecurityToken(token string) bool { return d.tables().tokens[token] }

// Peers returns the number of accounts that have access keys, and the number of
// access keys of an account. Disabled keys do not count.
func (d *Directory) Peers(account string) auth.Peers {
	t := d.tables()
	return auth.Peers{Accounts: len(t.keysOf), Keys: t.keysOf[account]}
}

// Site finds a site of an account. The error is operations.ErrNoSite.
func (d *Directory) Site(_ context.Context, account string, id int64) (operations.Site, error) {
	site, ok := d.tables().sites[siteKey{account, id}]
	if !ok {
		return operations.Site{}, operations.ErrNoSite
	}
	return site, nil
}

// Quota tells how many units a plan has, from the configuration or from where
// it points to. An error means that it cannot be told.
func (d *Directory) Quota(ctx context.Context, account, plan, family string) (int, error) {
	source, ok := d.tables().quotas[planKey{account, plan}]
	if !ok {
		return 0, fmt.Errorf("account %s has no plan %q", account, plan)
	}
	return source.limit(ctx, account, plan, family)
}

// Scenario gives the error that a site id answers to every well-signed request;
// false if it is an id like any other.
func (d *Directory) Scenario(site int64) (*esaerrors.Error, bool) {
	row, ok := d.tables().scenarios[site]
	return row, ok
}

// Format says how much there is, for every verb: what there is holds secrets.
func (d Directory) Format(f fmt.State, _ rune) {
	t := d.tables()
	_, _ = fmt.Fprintf(f, "directory of %d access keys, %d bearer tokens, %d sites, %d plans, %d scenarios",
		len(t.keys), len(t.bearer), len(t.sites), len(t.quotas), len(t.scenarios))
}

// quotas is where the quotas of one plan come from.
type quotas struct {
	limits map[string]int // by family
	url    string         // asked in place of limits
	remote *remoteQuotas
}

// limit gives the units for a family; a family that is not named has none.
func (q quotas) limit(ctx context.Context, account, plan, family string) (int, error) {
	if q.remote != nil {
		return q.remote.ask(ctx, q.url, account, plan, family)
	}
	limit := q.limits[family]
	if limit < 0 {
		return store.Unlimited, nil
	}
	return limit, nil
}
