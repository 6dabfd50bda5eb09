package config

import (
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
	"github.com/goccy/go-yaml/ast"
)

// config reads the whole file. A nil node is an empty file.
func (d *decoder) config(root ast.Node) *Config {
	cfg := Default()
	if root == nil {
		return cfg
	}
	o := d.object(root, "", fileKind)
	cfg.Listen = o.text("listen", cfg.Listen)
	cfg.HTTPS = o.boolean("https")
	cfg.Admin = o.text("admin", cfg.Admin)
	cfg.Store = o.text("store", cfg.Store)
	cfg.LogLevel = o.text("log_level", cfg.LogLevel)
	cfg.Region = o.text("region", cfg.Region)
	cfg.HostID = o.text("host_id", cfg.HostID)
	cfg.AllowPendingSites = o.boolean("allow_pending_sites")
	if limits, ok := o.inner("limits", limitsKind); ok {
		cfg.Limits.URL = limits.size("url", cfg.Limits.URL)
		cfg.Limits.Header = limits.size("header", cfg.Limits.Header)
		cfg.Limits.HeaderFields = limits.count("header_fields", cfg.Limits.HeaderFields)
		cfg.Limits.Body = limits.size("body", cfg.Limits.Body)
		cfg.Limits.ReadTimeout = limits.duration("read_timeout", cfg.Limits.ReadTimeout)
		cfg.Limits.Connections = limits.count("connections", cfg.Limits.Connections)
	}
	if nonces, ok := o.inner("nonces", noncesKind); ok {
		cfg.Nonces.Capacity = nonces.count("capacity", cfg.Nonces.Capacity)
	}
	if journal, ok := o.inner("journal", journalKind); ok {
		cfg.Journal.Capacity = journal.count("capacity", cfg.Journal.Capacity)
	}
	cfg.Issuing = o.issuing("issuing")
	cfg.Policies = o.policies("policies")
	cfg.Accounts = listOf(o, "accounts", accountKind, readAccount)
	if scenarios, ok := o.inner("scenarios", scenariosKind); ok {
		cfg.Scenarios.Base = scenarios.integer("base", 0)
		cfg.Scenarios.Sites = listOf(scenarios, "sites", scenarioKind, readScenario)
	}
	return cfg
}

// inner reads the mapping under a key; false if it is left out.
func (o object) inner(key string, of kind) (object, bool) {
	node, ok := o.values[key]
	if !ok {
		return object{}, false
	}
	return o.d.object(node, member(o.path, key), of), true
}

func readAccount(o object) Account {
	return Account{
		ID:           o.text("id", ""),
		AccessKeys:   listOf(o, "access_keys", accessKeyKind, readAccessKey),
		Users:        listOf(o, "users", userKind, readUser),
		Tokens:       listOf(o, "tokens", tokenKind, readToken),
		BearerTokens: listOf(o, "bearer_tokens", bearerTokenKind, readBearerToken),
		Plans:        listOf(o, "plans", planKind, readPlan),
		Sites:        listOf(o, "sites", siteKind, readSite),
	}
}

func readAccessKey(o object) AccessKey {
	return AccessKey{
		ID:       o.text("id", ""),
		Secret:   o.secret("secret"),
		Disabled: o.boolean("disabled"),
	}
}

func readUser(o object) User {
	return User{
		Name:       o.text("name", ""),
		AccessKeys: listOf(o, "access_keys", accessKeyKind, readAccessKey),
		Policies:   o.texts("policies"),
	}
}

func readToken(o object) Token {
	return Token{
		AccessKeyID:   o.text("access_key_id", ""),
		Secret:        o.secret("secret"),
		SecurityToken: o.secret("security_token"),
		Expires:       o.expiry("expires"),
		Role:          o.text("role", ""),
		Session:       o.text("session", ""),
		Policies:      o.texts("policies"),
		SessionPolicy: o.text("session_policy", ""),
	}
}

func readBearerToken(o object) BearerToken {
	return BearerToken{
		Token:   o.secret("token"),
		User:    o.text("user", ""),
		Expires: o.expiry("expires"),
	}
}

func readPlan(o object) Plan {
	plan := Plan{
		ID:       o.text("id", ""),
		QuotaURL: o.text("quota_url", ""),
		Records:  o.limit("records", store.Unlimited),
	}
	if quotas, ok := o.inner("quotas", quotasKind); ok {
		plan.Quotas = map[string]int{}
		for _, family := range families() {
			plan.Quotas[family] = quotas.limit(family, 0)
		}
	}
	return plan
}

func readSite(o object) Site {
	return Site{
		ID:      o.integer("id", 0),
		Name:    o.text("name", ""),
		Access:  operations.AccessType(o.text("access", string(operations.NS))),
		Status:  operations.Status(o.text("status", string(operations.Active))),
		Plan:    o.text("plan", ""),
		Records: o.count("records", 0),

		DelegatedDCV: o.boolean("delegated_dcv"),
	}
}

func readScenario(o object) Scenario {
	return Scenario{Site: o.integer("site", 0), Row: o.text("row", "")}
}

// families lists the certificate families in the contract's order.
func families() []string {
	var list []string
	seen := map[string]bool{}
	for _, t := range esaapi.CertificateTypes() {
		if limits, ok := t.Limits(); ok && !seen[limits.Family] {
			seen[limits.Family] = true
			list = append(list, limits.Family)
		}
	}
	return list
}
