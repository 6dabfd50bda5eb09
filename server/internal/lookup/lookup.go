// Package lookup builds the run-time lookup of a server from its configuration.
package lookup

import (
	"maps"
	"slices"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/operations"
)

// New returns the lookup of accounts, sites, plans, quotas and scenarios of a
// valid configuration. Later changes of the configuration have no effect on it.
func New(c *config.Config) *directory.Lookup {
	rows := map[int64]string{}
	for _, scenario := range c.Scenarios.Sites {
		rows[scenario.Site] = scenario.Row
	}
	d := directory.Data{
		Policies: c.Policies, Scenarios: directory.ScenarioSites{Base: c.Scenarios.Base, Keys: rows}, AllowPendingSites: c.AllowPendingSites,
	}
	for i := range c.Accounts {
		d.Accounts = append(d.Accounts, account(&c.Accounts[i]))
	}
	return directory.New(d)
}

func account(a *config.Account) directory.Account {
	all := directory.Account{ID: a.ID, AccessKeys: accessKeys(a.AccessKeys)}
	for _, u := range a.Users {
		all.Users = append(all.Users, directory.User{Name: u.Name, AccessKeys: accessKeys(u.AccessKeys), Policies: u.Policies})
	}
	for i := range a.Tokens {
		t := &a.Tokens[i]
		all.Tokens = append(all.Tokens, directory.Token{
			AccessKeyID: t.AccessKeyID, Secret: t.Secret.Reveal(), SecurityToken: t.SecurityToken.Reveal(), Expires: t.Expires,
			Role: t.Role, Session: t.Session, Policies: t.Policies, SessionPolicy: t.SessionPolicy,
		})
	}
	for _, b := range a.BearerTokens {
		all.BearerTokens = append(all.BearerTokens, directory.BearerToken{Token: b.Token.Reveal(), User: b.User, Expires: b.Expires})
	}
	for i := range a.Plans {
		p := &a.Plans[i]
		all.Plans = append(all.Plans, directory.Plan{
			ID: p.ID, Quotas: maps.Clone(p.Quotas), QuotaURL: p.QuotaURL, DNSRecordLimit: p.DNSRecordLimit,
			Name: p.Name, Spec: p.Spec,
		})
	}
	for i := range a.Sites {
		s := &a.Sites[i]
		all.Sites = append(all.Sites, directory.Site{
			ID: s.ID, Name: s.Name, Access: s.Access, Status: s.Status, Plan: s.Plan, DNSRecordsInUse: s.DNSRecords, DelegatedDCV: s.DelegatedDCV,
			Details: operations.SiteDetails{
				Coverage: s.Coverage, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, VisitedAt: s.VisitedAt, ResourceGroup: s.ResourceGroup,
				NameServers: slices.Clone(s.NameServers), VerifyCode: s.VerifyCode, CnameZone: s.CnameZone, OfflineReason: s.OfflineReason,
				Tags: maps.Clone(s.Tags), DelegationDomain: s.DelegationDomain,
			},
		})
	}
	return all
}

func accessKeys(keys []config.AccessKey) []directory.AccessKey {
	var all []directory.AccessKey
	for _, k := range keys {
		all = append(all, directory.AccessKey{ID: k.ID, Secret: k.Secret.Reveal(), Disabled: k.Disabled})
	}
	return all
}
