package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// Lookup finds access keys, tokens, sites, quotas and scenarios. It never
// changes and is safe for concurrent use. It is the auth.Directory, the
// operations.SiteFinder and the operations.QuotaSource of a server.
type Lookup struct {
	// Behind a function, because fmt prints unexported fields of other types
	// without calling Format, and the tables contain secrets.
	tables func() *tables
}

type tables struct {
	keys      map[string]*auth.AccessKey
	bearer    map[string]*auth.BearerToken
	tokens    map[string]bool
	keysOf    map[string]int // number of enabled access keys, by account
	sites     map[siteKey]operations.Site
	sitesOf   map[string][]operations.Site // by account, by ID
	quotas    map[planKey]quotas
	scenarios ScenarioSites
}

type siteKey struct {
	account string
	id      int64
}

type planKey struct{ account, plan string }

var (
	_ auth.Directory         = (*Lookup)(nil)
	_ operations.SiteFinder  = (*Lookup)(nil)
	_ operations.QuotaSource = (*Lookup)(nil)
)

// New returns a Lookup for valid data. Later changes of the data have no
// effect on it.
func New(d Data) *Lookup {
	t := &tables{
		keys:      map[string]*auth.AccessKey{},
		bearer:    map[string]*auth.BearerToken{},
		tokens:    map[string]bool{},
		keysOf:    map[string]int{},
		sites:     map[siteKey]operations.Site{},
		sitesOf:   map[string][]operations.Site{},
		quotas:    map[planKey]quotas{},
		scenarios: d.Scenarios,
	}
	remote, policies := newRemoteQuotas(), NewPolicies(d.Policies)
	for i := range d.Accounts {
		a := &d.Accounts[i]
		t.addPrincipals(a, policies)
		t.addPlans(a, remote)
		t.addSites(a, d.AllowPendingSites)
	}
	for _, key := range t.keys {
		if !key.Disabled {
			t.keysOf[key.Principal.Account]++
		}
	}
	return &Lookup{tables: func() *tables { return t }}
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
	plans := map[string]*Plan{}
	for i := range a.Plans {
		plans[a.Plans[i].ID] = &a.Plans[i]
	}
	for i := range a.Sites {
		s := &a.Sites[i]
		name, err := operations.ParseName(s.Name)
		if err != nil {
			continue // the data is invalid
		}
		plan := plans[s.Plan]
		if plan == nil {
			continue // the data is invalid
		}
		site := operations.Site{
			ID:     s.ID,
			Name:   string(name),
			Access: s.Access,
			Status: s.Status,
			Plan:   s.Plan,

			PendingAllowed: allowPending,
			DelegatedDCV:   s.DelegatedDCV,

			DNSRecordLimit:  plan.DNSRecordLimit,
			DNSRecordsInUse: s.DNSRecordsInUse,

			Details: details(s, plan),
		}
		t.sites[siteKey{a.ID, s.ID}] = site
		t.sitesOf[a.ID] = append(t.sitesOf[a.ID], site)
	}
	slices.SortFunc(t.sitesOf[a.ID], func(a, b operations.Site) int { return cmp.Compare(a.ID, b.ID) })
}

// DefaultPlanSpec is the specification of a plan that sets none.
const DefaultPlanSpec = "enterpriseplan"

// defaultCreatedAt is when a site was added that does not say: the day of the API's
// version.
func defaultCreatedAt() time.Time { return time.Date(2024, 9, 10, 0, 0, 0, 0, time.UTC) }

// details returns what the operations show of a site, with defaults for what the
// data leaves out.
func details(s *Site, plan *Plan) operations.SiteDetails {
	d := s.Details
	d.PlanName, d.PlanSpec = cmp.Or(plan.Name, plan.ID), cmp.Or(plan.Spec, DefaultPlanSpec)
	d.Coverage = cmp.Or(d.Coverage, "global")
	if d.CreatedAt.IsZero() {
		d.CreatedAt = defaultCreatedAt()
	}
	if d.UpdatedAt.IsZero() {
		d.UpdatedAt = d.CreatedAt
	}
	d.DelegationDomain = cmp.Or(d.DelegationDomain, strconv.FormatInt(s.ID, 10)+".dcv.aliyun-esa.com")
	return d
}

// AccessKey returns a permanent or temporary access key, and whether it exists.
func (l *Lookup) AccessKey(id string) (*auth.AccessKey, bool) {
	key, ok := l.tables().keys[id]
	return key, ok
}

// BearerToken returns a bearer token, and whether it exists.
func (l *Lookup) BearerToken(token string) (*auth.BearerToken, bool) {
	bearer, ok := l.tables().bearer[token]
	return bearer, ok
}

// SecurityToken reports whether a temporary key has the token.
func (l *Lookup) SecurityToken(token string) bool { return l.tables().tokens[token] }

// Peers returns the number of accounts that have access keys, and the number of
// access keys of an account. Disabled keys do not count.
func (l *Lookup) Peers(account string) auth.Peers {
	t := l.tables()
	return auth.Peers{Accounts: len(t.keysOf), Keys: t.keysOf[account]}
}

// Site returns a site of an account. The error is operations.ErrNoSite.
func (l *Lookup) Site(_ context.Context, account string, id int64) (operations.Site, error) {
	site, ok := l.tables().sites[siteKey{account, id}]
	if !ok {
		return operations.Site{}, operations.ErrNoSite
	}
	return site, nil
}

// Sites returns the sites of an account, by ID. The caller must not change them.
func (l *Lookup) Sites(_ context.Context, account string) ([]operations.Site, error) {
	return l.tables().sitesOf[account], nil
}

// Quota returns the units that a plan has for a certificate family, from the
// data or from the plan's quota URL. It returns an error if the quota is unknown.
func (l *Lookup) Quota(ctx context.Context, account, plan, family string) (int, error) {
	source, ok := l.tables().quotas[planKey{account, plan}]
	if !ok {
		return 0, fmt.Errorf("account %s has no plan %q", account, plan)
	}
	return source.limit(ctx, account, plan, family)
}

// Scenario returns the error with which the server responds to every well-signed
// request of an operation for a site ID, and whether the ID is a scenario.
func (l *Lookup) Scenario(op *esaops.Operation, site int64) (*esaerrors.Error, bool) {
	return l.tables().scenarios.Error(op, site)
}

// Format prints numbers of entries for every verb, because the entries contain
// secrets.
func (l Lookup) Format(f fmt.State, _ rune) {
	t := l.tables()
	_, _ = fmt.Fprintf(f, "directory of %d access keys, %d bearer tokens, %d sites, %d plans, %d scenarios",
		len(t.keys), len(t.bearer), len(t.sites), len(t.quotas), len(t.scenarios.Keys))
}

// quotas is the source of the quotas of one plan.
type quotas struct {
	limits map[string]int // by family
	url    string         // replaces limits
	remote *remoteQuotas
}

// limit returns the units for a family. If it is missing, it is 0, and unlimited for
// uploaded certificates.
func (q quotas) limit(ctx context.Context, account, plan, family string) (int, error) {
	if q.remote != nil {
		return q.remote.fetch(ctx, q.url, account, plan, family)
	}
	limit, ok := q.limits[family]
	if limit < 0 || !ok && family == store.Uploaded {
		return store.Unlimited, nil
	}
	return limit, nil
}
