package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/ram"
)

const (
	// idAlphabet is the alphabet of key IDs and plan IDs. None of its characters has
	// a meaning in an Authorization header.
	idAlphabet = letters + digits + "._-"

	// temporary is the prefix of key IDs issued by STS. Source: the vendor's page on
	// AssumeRole.
	temporary = "STS."
)

// accountCheck checks accounts one by one and remembers values that must be unique
// in all of them.
type accountCheck struct {
	*findings
	policies  directory.Policies
	scenarios directory.ScenarioSites

	keys   map[string]any // access key ID: address of its first use
	tokens map[string]any // security token: address of its first use
	bearer map[string]any // bearer token: address of its first use
}

func (f *findings) checkPolicies() {
	policies := &f.config.Policies
	for _, name := range slices.Sorted(maps.Keys(*policies)) {
		if (*policies)[name] == nil {
			f.add(memberOf(policies, name), "policy document is missing")
		}
		// Source of the rule: the vendor's page on CreatePolicy.
		if !matchesAlphabet(name, letters+digits+"-", 128) {
			f.add(memberOf(policies, name), "invalid policy name: want 1 to 128 letters, digits or hyphens")
		}
		if _, err := ram.System(name); err == nil {
			f.add(memberOf(policies, name), "a system policy has this name; choose another name")
		}
	}
}

func (f *findings) checkAccounts() {
	c := f.config
	if len(c.Accounts) == 0 {
		f.add(&c.Accounts, "want at least one account")
	}
	check := accountCheck{
		findings: f, policies: directory.NewPolicies(c.Policies), scenarios: c.scenarioSites(),
		keys: map[string]any{}, tokens: map[string]any{}, bearer: map[string]any{},
	}
	ids := map[string]any{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		// Account IDs are digits in resource names.
		if !matchesAlphabet(a.ID, digits, 32) {
			f.add(&a.ID, "invalid account ID %s (for example 1000000000000001)", quoted(a.ID))
		}
		check.checkUnique(ids, a.ID, &a.ID, "account ID")
		check.credentials(a)
		f.checkPlans(a)
		f.checkSites(check.scenarios, a)
	}
}

// checkUnique rejects a duplicate value. Empty values are rejected elsewhere. The
// message omits the value, because it may be a secret.
func (c *accountCheck) checkUnique(seen map[string]any, value string, address any, what string) {
	if value == "" {
		return
	}
	if first, duplicate := seen[value]; duplicate {
		c.add(address, "duplicate %s; first in %s", what, c.place(first).path)
		return
	}
	seen[value] = address
}

func (c *accountCheck) credentials(a *Account) {
	c.accessKeys(a.AccessKeys)
	users := map[string]any{}
	for i := range a.Users {
		user := &a.Users[i]
		c.name(&user.Name, "user")
		c.checkUnique(users, user.Name, &user.Name, "user name")
		c.accessKeys(user.AccessKeys)
		c.policyNames(&user.Policies)
	}
	for i := range a.Tokens {
		c.token(&a.Tokens[i])
	}
	for i := range a.BearerTokens {
		bearer := &a.BearerTokens[i]
		c.secret(&bearer.Token)
		c.checkUnique(c.bearer, bearer.Token.Reveal(), &bearer.Token, "bearer token")
		if _, ok := users[bearer.User]; bearer.User != "" && !ok {
			needs := []any{&a.Users}
			for i := range a.Users {
				needs = append(needs, &a.Users[i].Name)
			}
			c.addAbout(needs, &bearer.User, "unknown user %s of the account", quoted(bearer.User))
		}
	}
}

func (c *accountCheck) accessKeys(keys []AccessKey) {
	for i := range keys {
		key := &keys[i]
		// A temporary key has the prefix STS. and needs a security token.
		if !matchesAlphabet(key.ID, idAlphabet, 128) || strings.HasPrefix(key.ID, temporary) {
			c.add(&key.ID, "invalid access key ID %s: want 1 to 128 letters, digits, dots, hyphens or underscores, without the prefix STS.", quoted(key.ID))
		}
		c.checkUnique(c.keys, key.ID, &key.ID, "access key ID")
		c.secret(&key.Secret)
	}
}

func (c *accountCheck) token(token *Token) {
	if !matchesAlphabet(token.AccessKeyID, idAlphabet, 128) || !strings.HasPrefix(token.AccessKeyID, temporary) {
		c.add(&token.AccessKeyID, "invalid ID of a temporary key %s: want STS. and letters, digits, dots, hyphens or underscores", quoted(token.AccessKeyID))
	}
	c.checkUnique(c.keys, token.AccessKeyID, &token.AccessKeyID, "access key ID")
	c.secret(&token.Secret)
	c.secret(&token.SecurityToken)
	c.checkUnique(c.tokens, token.SecurityToken.Reveal(), &token.SecurityToken, "security token")
	c.name(&token.Role, "role")
	c.name(&token.Session, "session")
	c.policyNames(&token.Policies)
	if token.SessionPolicy != "" {
		c.sessionPolicy(&token.SessionPolicy)
	}
}

// sessionPolicy checks the name and the size of a session policy.
func (c *accountCheck) sessionPolicy(name *string) {
	c.policyName(*name, name)
	policy := c.policies.Find(*name)
	if policy == nil {
		return
	}
	if document, err := json.Marshal(policy); err == nil && len(document) > ram.MaxSessionPolicySize {
		c.add(name, "session policy exceeds %d characters: got %d", ram.MaxSessionPolicySize, len(document))
	}
}

func (c *accountCheck) secret(s *Secret) {
	if s.Reveal() == "" {
		c.add(s, "secret is missing")
	}
}

// name checks a name that becomes part of a resource name.
func (c *accountCheck) name(name *string, what string) {
	if !matchesAlphabet(*name, idAlphabet+"@", 64) {
		c.add(name, "invalid %s name %s: want 1 to 64 letters, digits, dots, hyphens, underscores or @", what, quoted(*name))
	}
}

func (c *accountCheck) policyNames(names *[]string) {
	for i, name := range *names {
		at := itemOf(names, i)
		c.policyName(name, at)
		if slices.Contains((*names)[:i], name) {
			c.add(at, "duplicate policy")
		}
	}
}

func (c *accountCheck) policyName(name string, at any) {
	if c.policies.Find(name) != nil {
		return
	}
	hint := ""
	if near := suggest(name, c.policies.Names()); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	c.addAbout([]any{memberOf(&c.config.Policies, name)}, at, "unknown policy %s%s", quoted(name), hint)
}
