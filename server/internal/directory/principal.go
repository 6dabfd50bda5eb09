package directory

import (
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/ram"
)

// addPrincipals adds the principals of an account with their keys and tokens.
func (t *tables) addPrincipals(a *Account, policies Policies) {
	root := &auth.Principal{
		Kind:     auth.KindAccount,
		Account:  a.ID,
		Name:     "root",
		ARN:      resourceName(a.ID, "root"),
		Policies: ram.Root(),
	}
	t.addAccessKeys(a.AccessKeys, root)

	users := map[string]*auth.Principal{"": root}
	for i := range a.Users {
		user := &a.Users[i]
		principal := &auth.Principal{
			Kind:     auth.KindSubUser,
			Account:  a.ID,
			Name:     user.Name,
			ARN:      resourceName(a.ID, "user/"+user.Name),
			Policies: ram.PolicyLayers{Identity: policies.all(user.Policies)},
		}
		users[user.Name] = principal
		t.addAccessKeys(user.AccessKeys, principal)
	}
	for i := range a.Tokens {
		t.addToken(a.ID, &a.Tokens[i], policies)
	}
	for _, bearer := range a.BearerTokens {
		token := bearer.Token
		t.bearer[token] = &auth.BearerToken{Token: token, Expires: bearer.Expires, Principal: users[bearer.User]}
	}
}

// resourceName returns the ARN of a principal. Source of the forms of a root,
// user and role: the vendor's pages on trust policies and on policy elements.
func resourceName(account, rest string) string { return "acs:ram::" + account + ":" + rest }

func (t *tables) addAccessKeys(keys []AccessKey, principal *auth.Principal) {
	for _, key := range keys {
		t.keys[key.ID] = &auth.AccessKey{
			ID:        key.ID,
			Secret:    key.Secret,
			Disabled:  key.Disabled,
			Principal: principal,
		}
	}
}

// addToken adds a temporary key. Its ARN is that of the role: policies on the
// vendor's pages compare acs:PrincipalARN with acs:ram:*:*:role/<name>, without
// a session.
func (t *tables) addToken(account string, token *Token, policies Policies) {
	layers := ram.PolicyLayers{Identity: policies.all(token.Policies)}
	if token.SessionPolicy != "" {
		layers.Session = policies.Find(token.SessionPolicy)
		if layers.Session == nil {
			return // invalid; without the policy the key would be allowed more
		}
	}
	key := &auth.AccessKey{
		ID:      token.AccessKeyID,
		Secret:  token.Secret,
		Token:   token.SecurityToken,
		Expires: token.Expires,
		Principal: &auth.Principal{
			Kind:     auth.KindAssumedRole,
			Account:  account,
			Name:     token.Role + ":" + token.Session,
			ARN:      resourceName(account, "role/"+token.Role),
			Policies: layers,
		},
	}
	t.keys[key.ID] = key
	t.tokens[key.Token] = true
}
