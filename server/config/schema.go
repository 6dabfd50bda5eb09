package config

// kind names a mapping of the file, as messages do.
type kind string

const (
	fileKind        kind = "the file"
	limitsKind      kind = "limits"
	noncesKind      kind = "nonces"
	journalKind     kind = "journal"
	accountKind     kind = "an account"
	accessKeyKind   kind = "an access key"
	userKind        kind = "a user"
	tokenKind       kind = "a temporary key"
	bearerTokenKind kind = "a bearer token"
	planKind        kind = "a plan"
	quotasKind      kind = "quotas"
	siteKind        kind = "a site"
	scenariosKind   kind = "scenarios"
	scenarioKind    kind = "a scenario"

	issuingKind         kind = "issuing"
	localKind           kind = "the embedded authority"
	authorityKind       kind = "an authority"
	externalAccountKind kind = "an external account"
	authorityLimitsKind kind = "limits of an authority"
	budgetKind          kind = "a budget"
	typesKind           kind = "types"
	http01Kind          kind = "http01"
	dnsKind             kind = "dns"
	rfc2136Kind         kind = "rfc2136"
	deliverKind         kind = "deliver"
)

// kinds lists the mappings whose keys are fixed.
func kinds() []kind {
	return []kind{
		fileKind, limitsKind, noncesKind, journalKind, accountKind, accessKeyKind, userKind, tokenKind,
		bearerTokenKind, planKind, quotasKind, siteKind, scenariosKind, scenarioKind,
		issuingKind, localKind, authorityKind, externalAccountKind, authorityLimitsKind, budgetKind, typesKind,
		http01Kind, dnsKind, rfc2136Kind, deliverKind,
	}
}

// keys lists the keys that a mapping may have, in the order in which they are
// explained.
func (k kind) keys() []string {
	switch k {
	case fileKind:
		return []string{
			"listen", "https", "admin", "store", "log_level", "region", "host_id", "allow_pending_sites", "limits", "nonces", "journal", "issuing",
			"policies", "accounts", "scenarios",
		}
	case limitsKind:
		return []string{"url", "header", "header_fields", "body", "read_timeout", "connections"}
	case noncesKind, journalKind:
		return []string{"capacity"}
	case accountKind:
		return []string{"id", "access_keys", "users", "tokens", "bearer_tokens", "plans", "sites"}
	case accessKeyKind:
		return append([]string{"id", "disabled"}, secretKeys("secret")...)
	case userKind:
		return []string{"name", "access_keys", "policies"}
	case tokenKind:
		keys := append([]string{"access_key_id"}, secretKeys("secret")...)
		keys = append(keys, secretKeys("security_token")...)
		return append(keys, "expires", "role", "session", "policies", "session_policy")
	case bearerTokenKind:
		return append(secretKeys("token"), "user", "expires")
	case planKind:
		return []string{"id", "quotas", "quota_url", "records"}
	case quotasKind:
		return families()
	case siteKind:
		return []string{"id", "name", "access", "status", "plan", "records", "delegated_dcv"}
	case scenariosKind:
		return []string{"base", "sites"}
	case scenarioKind:
		return []string{"site", "row"}
	}
	return k.issuingKeys()
}

// issuingKeys are those of the section issuing and of what is in it.
func (k kind) issuingKeys() []string {
	switch k {
	case issuingKind:
		return []string{
			"workers", "lease", "data", "sealing_key", "key_type", "local", "authorities", "types", "http01", "dns", "rfc2136", "deliver",
		}
	case localKind:
		return []string{"lifetime", "delay"}
	case authorityKind:
		return []string{"name", "directory", "contacts", "terms_agreed", "external_account", "profile", "challenges", "roots", "limits"}
	case externalAccountKind:
		return append([]string{"key_id"}, secretKeys("hmac")...)
	case authorityLimitsKind:
		return []string{"orders", "domain", "name", "failures"}
	case budgetKind:
		return []string{"events", "per"}
	case typesKind:
		return CertificateTypes()
	case http01Kind:
		return []string{"listen"}
	case dnsKind:
		return []string{"listen", "zone", "nameservers", "trust_delegation"}
	case rfc2136Kind:
		return append([]string{"server", "zone", "key_name", "algorithm"}, secretKeys("key")...)
	case deliverKind:
		return []string{"folder", "command", "timeout"}
	}
	return nil
}

// secretKeys are the three ways to give a secret.
func secretKeys(key string) []string { return []string{key, key + "_env", key + "_file"} }
