package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/ram"
)

const (
	// idAlphabet is what ids of keys and plans are spelled with. None of it has
	// a meaning in an Authorization header.
	idAlphabet = letters + digits + "._-"

	// temporary begins the id of a key that STS gave out. Source: the vendor's
	// page on AssumeRole.
	temporary = "STS."
)

// accountCheck checks one account after the other and remembers what may come
// only once in all of them.
type accountCheck struct {
	p         *problems
	policies  directory.Policies
	scenarios map[int64]*esaerrors.Error

	keys   map[string]string // access key id: where it was first
	tokens map[string]string // security token: where it was first
	bearer map[string]string // bearer token: where it was first
}

func (c *Config) checkPolicies(p *problems) {
	for _, name := range slices.Sorted(maps.Keys(c.Policies)) {
		path := member("policies", name)
		if c.Policies[name] == nil {
			p.add(path, "there is no document")
		}
		// Source of the rule: the vendor's page on CreatePolicy.
		if !matchesAlphabet(name, letters+digits+"-", 128) {
			p.add(path, "a policy's name has 1 to 128 letters, digits and hyphens")
		}
		if _, err := ram.System(name); err == nil {
			p.add(path, "it is the name of a system policy")
		}
	}
}

func (c *Config) checkAccounts(p *problems) {
	if len(c.Accounts) == 0 {
		p.add("accounts", "there must be one account at least")
	}
	check := accountCheck{
		p: p, policies: directory.NewPolicies(c.Policies), scenarios: c.Scenarios.rows(),
		keys: map[string]string{}, tokens: map[string]string{}, bearer: map[string]string{},
	}
	ids := map[string]string{}
	for i := range c.Accounts {
		a, path := &c.Accounts[i], item("accounts", i)
		// Accounts are digits in resource names, and nothing else.
		if !matchesAlphabet(a.ID, digits, 32) {
			p.add(member(path, "id"), "%s is no account id, like 1000000000000001", quoteOrMissing(a.ID))
		}
		check.checkUnique(ids, a.ID, member(path, "id"), "the account id")
		check.credentials(a, path)
		checkPlans(p, a, path)
		checkSites(p, check.scenarios, a, path)
	}
}

// checkUnique rejects a duplicate value. Empty values are rejected elsewhere. The
// message omits the value, because it may be a secret.
func (c *accountCheck) checkUnique(seen map[string]string, value, path, what string) {
	if value == "" {
		return
	}
	if first, twice := seen[value]; twice {
		c.p.add(path, "%s comes twice, first in %s", what, first)
		return
	}
	seen[value] = path
}

func (c *accountCheck) credentials(a *Account, path string) {
	c.accessKeys(a.AccessKeys, path)
	users := map[string]string{}
	for i, user := range a.Users {
		path := item(member(path, "users"), i)
		c.name(user.Name, member(path, "name"), "user")
		c.checkUnique(users, user.Name, member(path, "name"), "the user name")
		c.accessKeys(user.AccessKeys, path)
		c.policyNames(user.Policies, path)
	}
	for i := range a.Tokens {
		c.token(&a.Tokens[i], item(member(path, "tokens"), i))
	}
	for i, bearer := range a.BearerTokens {
		path := item(member(path, "bearer_tokens"), i)
		c.secret(bearer.Token, member(path, "token"))
		c.checkUnique(c.bearer, bearer.Token.Reveal(), member(path, "token"), "the bearer token")
		if _, ok := users[bearer.User]; bearer.User != "" && !ok {
			c.p.addAbout(keysOf(member(parent(parent(path)), "users"), "name", len(a.Users)), member(path, "user"), "the account has no user %s", quoted(bearer.User))
		}
	}
}

func (c *accountCheck) accessKeys(keys []AccessKey, path string) {
	for i, key := range keys {
		path := item(member(path, "access_keys"), i)
		// What begins with STS. is a temporary key, and needs its token.
		if !matchesAlphabet(key.ID, idAlphabet, 128) || strings.HasPrefix(key.ID, temporary) {
			c.p.add(member(path, "id"), "%s is no access key id: 1 to 128 letters, digits, dots, hyphens and underscores, and not STS. before them", quoteOrMissing(key.ID))
		}
		c.checkUnique(c.keys, key.ID, member(path, "id"), "the access key id")
		c.secret(key.Secret, member(path, "secret"))
	}
}

func (c *accountCheck) token(token *Token, path string) {
	if !matchesAlphabet(token.AccessKeyID, idAlphabet, 128) || !strings.HasPrefix(token.AccessKeyID, temporary) {
		c.p.add(member(path, "access_key_id"), "%s is no id of a temporary key: STS. and letters, digits, dots, hyphens and underscores", quoteOrMissing(token.AccessKeyID))
	}
	c.checkUnique(c.keys, token.AccessKeyID, member(path, "access_key_id"), "the access key id")
	c.secret(token.Secret, member(path, "secret"))
	c.secret(token.SecurityToken, member(path, "security_token"))
	c.checkUnique(c.tokens, token.SecurityToken.Reveal(), member(path, "security_token"), "the security token")
	c.name(token.Role, member(path, "role"), "role")
	c.name(token.Session, member(path, "session"), "session")
	c.policyNames(token.Policies, path)
	if token.SessionPolicy != "" {
		c.sessionPolicy(token.SessionPolicy, member(path, "session_policy"))
	}
}

// sessionPolicy checks the name and the length of the policy of a token.
func (c *accountCheck) sessionPolicy(name, path string) {
	c.policyName(name, path)
	policy := c.policies.Find(name)
	if policy == nil {
		return
	}
	if text, err := json.Marshal(policy); err == nil && len(text) > ram.MaxSessionPolicySize {
		c.p.add(path, "as the policy of a session it may have %d characters, and it has %d", ram.MaxSessionPolicySize, len(text))
	}
}

func (c *accountCheck) secret(s Secret, path string) {
	if s.Empty() {
		c.p.add(path, "it is missing")
	}
}

// name checks a name that becomes part of a resource name.
func (c *accountCheck) name(name, path, what string) {
	if !matchesAlphabet(name, idAlphabet+"@", 64) {
		c.p.add(path, "%s is no %s name: 1 to 64 letters, digits, dots, hyphens, underscores and @", quoteOrMissing(name), what)
	}
}

func (c *accountCheck) policyNames(names []string, path string) {
	for i, name := range names {
		path := item(member(path, "policies"), i)
		c.policyName(name, path)
		if slices.Contains(names[:i], name) {
			c.p.add(path, "the policy comes twice")
		}
	}
}

func (c *accountCheck) policyName(name, path string) {
	if c.policies.Find(name) != nil {
		return
	}
	hint := ""
	if near := suggest(name, c.policies.Names()); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	c.p.addAbout([]string{member("policies", name)}, path, "there is no policy %s%s", quoted(name), hint)
}
