package config

import (
	"maps"

	"github.com/esacert/esacert/server/internal/directory"
)

// Lookup returns the run-time lookup of accounts, sites, plans, quotas and
// scenarios. The configuration must be valid. Later changes of it have no effect
// on the Lookup.
func (c *Config) Lookup() *directory.Lookup {
	d := directory.Data{Policies: c.Policies, Scenarios: c.Scenarios.rows(), AllowPendingSites: c.AllowPendingSites}
	for i := range c.Accounts {
		d.Accounts = append(d.Accounts, c.Accounts[i].directory())
	}
	return directory.New(d)
}

func (a *Account) directory() directory.Account {
	account := directory.Account{ID: a.ID, AccessKeys: directoryKeys(a.AccessKeys)}
	for _, u := range a.Users {
		account.Users = append(account.Users, directory.User{Name: u.Name, AccessKeys: directoryKeys(u.AccessKeys), Policies: u.Policies})
	}
	for i := range a.Tokens {
		t := &a.Tokens[i]
		account.Tokens = append(account.Tokens, directory.Token{
			AccessKeyID: t.AccessKeyID, Secret: t.Secret.Reveal(), SecurityToken: t.SecurityToken.Reveal(), Expires: t.Expires,
			Role: t.Role, Session: t.Session, Policies: t.Policies, SessionPolicy: t.SessionPolicy,
		})
	}
	for _, b := range a.BearerTokens {
		account.BearerTokens = append(account.BearerTokens, directory.BearerToken{Token: b.Token.Reveal(), User: b.User, Expires: b.Expires})
	}
	for i := range a.Plans {
		p := &a.Plans[i]
		account.Plans = append(account.Plans, directory.Plan{
			ID: p.ID, Quotas: maps.Clone(p.Quotas), QuotaURL: p.QuotaURL, DNSRecordLimit: p.Records,
		})
	}
	for i := range a.Sites {
		s := &a.Sites[i]
		account.Sites = append(account.Sites, directory.Site{
			ID: s.ID, Name: s.Name, Access: s.Access, Status: s.Status, Plan: s.Plan, DNSRecordsInUse: s.Records, DelegatedDCV: s.DelegatedDCV,
		})
	}
	return account
}

func directoryKeys(keys []AccessKey) []directory.AccessKey {
	var all []directory.AccessKey
	for _, k := range keys {
		all = append(all, directory.AccessKey{ID: k.ID, Secret: k.Secret.Reveal(), Disabled: k.Disabled})
	}
	return all
}
