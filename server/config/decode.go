package config

import (
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/docpath"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
	"github.com/goccy/go-yaml/ast"
)

// config decodes the whole file. A nil node is an empty file.
func (d *decoder) config(root ast.Node) *Config {
	cfg := Default()
	if root == nil {
		return cfg
	}
	m := fileMapping()
	m.decode(d.object(root, "", &m.keySet), cfg)
	return cfg
}

// inner returns the mapping under a key; false if the key is missing.
func (o object) inner(key string, of *keySet) (object, bool) {
	node, ok := o.values[key]
	if !ok {
		return object{}, false
	}
	return o.d.object(node, docpath.Member(o.path, key), of), true
}

func newFileMapping() mapping[Config] {
	return newMapping("the file", func() Config { return *Default() },
		stringKey("listen", "API listen address, host:port. Port 0 picks a free port.", func(c *Config) *string { return &c.Listen }),
		boolean("https", "Use HTTPS on the API listener, with a certificate from the server's own root.", func(c *Config) *bool { return &c.HTTPS }),
		stringKey("admin", "Admin listen address, host:port, or off.", func(c *Config) *string { return &c.Admin }),
		stringKey("store", "Path of the database file, or :memory:.", func(c *Config) *string { return &c.Store }),
		stringKey("log_level", "Lowest level of log lines.", func(c *Config) *string { return &c.LogLevel }, oneOf(logLevels())),
		reloaded(live, stringKey("region", "Region ID, part of the resource names that policies match.", func(c *Config) *string { return &c.Region })),
		reloaded(live, stringKey("host_id", "HostId of error responses. Default: the host of each request.", func(c *Config) *string { return &c.HostID })),
		reloaded(live, boolean("allow_pending_sites", "Pending sites may apply, too.", func(c *Config) *bool { return &c.AllowPendingSites })),
		nested("limits", "Limits of a request.", limitsMapping(), func(c *Config) *Limits { return &c.Limits }),
		section("nonces", "Memory of used nonces.", "nonces", func(c *Config) any { return &c.Nonces },
			count("capacity", "Number of nonces, at 10 bytes each. Memory is allocated as needed.", func(c *Config) *int { return &c.Nonces.Capacity }, between(1, maxCapacity)),
		),
		section("journal", "Journal of recent requests.", "journal", func(c *Config) any { return &c.Journal },
			count("capacity", "Number of requests; 0 disables the journal.", func(c *Config) *int { return &c.Journal.Capacity }, between(0, maxCapacity)),
		),
		issuingField(),
		reloaded(live, policiesField()),
		reloaded(live, needed(list("accounts", "Cloud accounts.", accountMapping(), func(c *Config) *[]Account { return &c.Accounts }))),
		reloaded(live, scenariosField()),
	)
}

func limitsMapping() mapping[Limits] {
	return newMapping("limits", nil,
		reloaded(liveIfLower, size("url", "Bytes of the request target, or with the unit KiB or MiB.", func(l *Limits) *int64 { return &l.URL })),
		reloaded(liveIfLower, size("header", "Bytes of the header.", func(l *Limits) *int64 { return &l.Header })),
		reloaded(liveIfLower, count("header_fields", "Number of header fields.", func(l *Limits) *int { return &l.HeaderFields }, between(minHeaderFields, maxHeaderFields))),
		reloaded(live, size("body", "Bytes of the body.", func(l *Limits) *int64 { return &l.Body })),
		duration("read_timeout", "Time for the whole request to arrive.", func(l *Limits) *time.Duration { return &l.ReadTimeout }, within(minTimeout, maxTimeout)),
		count("connections", "Simultaneous API connections. 0: as many as the limit of open files allows, up to 1,000.", func(l *Limits) *int { return &l.Connections }, between(0, maxConnections)),
	)
}

// policiesField declares a mapping from names to policies of RAM.
func policiesField() field[Config] {
	const key = "policies"
	return field[Config]{
		keys: []string{key}, about: "RAM policies by name, in RAM's own format.",
		schema: func(*Config) jsonSchema {
			return jsonSchema{"type": "object", "additionalProperties": jsonSchema{"type": "object"}}
		},
		decode: func(o object, c *Config) { c.Policies = o.policies(key) },
		at:     func(c *Config) any { return &c.Policies },
	}
}

func accountMapping() mapping[Account] {
	return newMapping("an account", nil,
		needed(stringKey("id", "Account ID: digits.", func(a *Account) *string { return &a.ID })),
		list("access_keys", "Access keys of the account itself, which are allowed everything in it.", accessKeyMapping(), func(a *Account) *[]AccessKey { return &a.AccessKeys }),
		list("users", "RAM users.", userMapping(), func(a *Account) *[]User { return &a.Users }),
		list("tokens", "Temporary keys of roles.", tokenMapping(), func(a *Account) *[]Token { return &a.Tokens }),
		list("bearer_tokens", "Tokens that replace a signature.", bearerTokenMapping(), func(a *Account) *[]BearerToken { return &a.BearerTokens }),
		list("plans", "Plans with the quotas that their sites share.", planMapping(), func(a *Account) *[]Plan { return &a.Plans }),
		list("sites", "Sites.", siteMapping(), func(a *Account) *[]Site { return &a.Sites }),
	)
}

func accessKeyMapping() mapping[AccessKey] {
	return newMapping("an access key", nil,
		needed(stringKey("id", "Access key ID, unique in the file.", func(k *AccessKey) *string { return &k.ID })),
		boolean("disabled", "Reject requests with this key.", func(k *AccessKey) *bool { return &k.Disabled }),
		secret("secret", "access key secret.", func(k *AccessKey) *Secret { return &k.Secret }),
	)
}

func userMapping() mapping[User] {
	return newMapping("a user", nil,
		needed(stringKey("name", "User name.", func(u *User) *string { return &u.Name })),
		list("access_keys", "Access keys of the user.", accessKeyMapping(), func(u *User) *[]AccessKey { return &u.AccessKeys }),
		stringsKey("policies", "Names of policies that apply to the user.", func(u *User) *[]string { return &u.Policies }),
	)
}

func tokenMapping() mapping[Token] {
	return newMapping("a temporary key", nil,
		needed(stringKey("access_key_id", "Access key ID, unique in the file.", func(t *Token) *string { return &t.AccessKeyID })),
		secret("secret", "access key secret.", func(t *Token) *Secret { return &t.Secret }),
		secret("security_token", "security token.", func(t *Token) *Secret { return &t.SecurityToken }),
		expiry("Expiry time (RFC 3339), or never.", func(t *Token) *time.Time { return &t.Expires }),
		needed(stringKey("role", "Role name.", func(t *Token) *string { return &t.Role })),
		needed(stringKey("session", "Session name.", func(t *Token) *string { return &t.Session })),
		stringsKey("policies", "Names of policies of the role.", func(t *Token) *[]string { return &t.Policies }),
		stringKey("session_policy", "Name of a policy that restricts the role's policies.", func(t *Token) *string { return &t.SessionPolicy }),
	)
}

func bearerTokenMapping() mapping[BearerToken] {
	return newMapping("a bearer token", nil,
		secret("token", "bearer token.", func(b *BearerToken) *Secret { return &b.Token }),
		stringKey("user", "User that the token authenticates. Default: the account itself.", func(b *BearerToken) *string { return &b.User }),
		expiry("Expiry time (RFC 3339), or never.", func(b *BearerToken) *time.Time { return &b.Expires }),
	)
}

func planMapping() mapping[Plan] {
	return newMapping("a plan", func() Plan { return Plan{DNSRecordLimit: store.Unlimited} },
		needed(stringKey("id", "Plan ID.", func(p *Plan) *string { return &p.ID })),
		quotasField(),
		stringKey("quota_url", "URL of a quota source, instead of quotas.", func(p *Plan) *string { return &p.QuotaURL }, documented[string](jsonSchema{"type": "string", "format": "uri"})),
		limit("records", "DNS records allowed for each site, or unlimited.", func(p *Plan) *int { return &p.DNSRecordLimit }),
		stringKey("name", "Plan name. Default: the ID.", func(p *Plan) *string { return &p.Name }),
		stringKey("spec", "Specification of the plan.", func(p *Plan) *string { return &p.Spec }, orEmpty(oneOf(planSpecs()))),
	)
}

// quotasField declares a mapping from certificate families to quotas.
func quotasField() field[Plan] {
	const key = "quotas"
	var fields []field[map[string]int]
	for _, family := range append(families(), store.Uploaded) {
		initial := 0
		if family == store.Uploaded {
			initial = store.Unlimited
		}
		fields = append(fields, field[map[string]int]{
			keys: []string{family}, about: "Number of certificates of this family, or of uploaded ones, or unlimited.",
			schema: func(*map[string]int) jsonSchema { return limitSchema(initial) },
			decode: func(o object, into *map[string]int) { (*into)[family] = o.limit(family, initial) },
		})
	}
	m := newMapping(key, nil, fields...)
	return field[Plan]{
		keys: []string{key}, about: "Quotas by certificate family.",
		schema: func(*Plan) jsonSchema { return m.schema(nil) },
		decode: func(o object, p *Plan) {
			if inner, ok := o.inner(key, &m.keySet); ok {
				p.Quotas = map[string]int{}
				m.decode(inner, &p.Quotas)
			}
		},
		at: func(p *Plan) any { return &p.Quotas },
	}
}

func siteMapping() mapping[Site] {
	return newMapping("a site", func() Site { return Site{Access: operations.NS, Status: operations.Active} },
		needed(integer("id", "Site ID.", func(s *Site) *int64 { return &s.ID }, documented[int64](jsonSchema{"minimum": 1}))),
		needed(stringKey("name", "Domain name of the site.", func(s *Site) *string { return &s.Name })),
		stringKey("access", "How the site is connected.", func(s *Site) *operations.AccessType { return &s.Access }, oneOf(accessTypes())),
		stringKey("status", "Status of the site.", func(s *Site) *operations.Status { return &s.Status }, oneOf(statuses())),
		needed(stringKey("plan", "ID of a plan of the account.", func(s *Site) *string { return &s.Plan })),
		count("records", "DNS records in use, excluding those of applications.", func(s *Site) *int { return &s.DNSRecords }, documented[int](jsonSchema{"minimum": 0})),
		stringKey("coverage", "Acceleration region.", func(s *Site) *string { return &s.Coverage }, orEmpty(oneOf([]string{"domestic", "global", "overseas"}))),
		timestamp("created", "When the site was added (RFC 3339).", func(s *Site) *time.Time { return &s.CreatedAt }),
		timestamp("updated", "When the site was last changed (RFC 3339). Default: created.", func(s *Site) *time.Time { return &s.UpdatedAt }),
		timestamp("visited", "When the site was last visited (RFC 3339).", func(s *Site) *time.Time { return &s.VisitedAt }),
		stringKey("resource_group", "Resource group ID.", func(s *Site) *string { return &s.ResourceGroup }),
		stringsKey("name_servers", "Name servers assigned to the site.", func(s *Site) *[]string { return &s.NameServers }),
		stringKey("verify_code", "Verification code of a CNAME site.", func(s *Site) *string { return &s.VerifyCode }),
		stringKey("cname_zone", "CNAME suffix of a CNAME site.", func(s *Site) *string { return &s.CnameZone }),
		stringKey("offline_reason", "Why the site is offline.", func(s *Site) *string { return &s.OfflineReason }),
		tagsField(),
		stringKey("delegation_domain", "Domain for delegated validation. Default: <id>.dcv.aliyun-esa.com.", func(s *Site) *string { return &s.DelegationDomain }),
		boolean("delegated_dcv", "Validation of a CNAME site is delegated, so that it can have wildcards.", func(s *Site) *bool { return &s.DelegatedDCV }),
	)
}

// planSpecs lists the values of PlanSubscribeType.
func planSpecs() []string {
	return []string{"basicplan", "standardplan", "advancedplan", "enterpriseplan"}
}

// tagsField declares a mapping from tag keys to tag values.
func tagsField() field[Site] {
	const key = "tags"
	return field[Site]{
		keys: []string{key}, about: "Tags by key.",
		schema: func(*Site) jsonSchema {
			return jsonSchema{"type": "object", "additionalProperties": stringType()}
		},
		decode: func(o object, s *Site) { s.Tags = o.stringMap(key) },
		at:     func(s *Site) any { return &s.Tags },
	}
}

func scenariosField() field[Config] {
	scenario := newMapping("a scenario", nil,
		needed(integer("site", "Site ID.", func(s *Scenario) *int64 { return &s.Site }, documented[int64](jsonSchema{"minimum": 1}))),
		needed(stringKey("row", "Key of the error.", func(s *Scenario) *string { return &s.Row },
			documented[string](jsonSchema{"type": "string", "examples": []string{"SiteNotFound", "InvalidParameter.Domains.TooMany"}}))),
	)
	return section("scenarios", "Site IDs that cause an error for every well-signed request.", "scenarios", func(c *Config) any { return &c.Scenarios },
		integer("base", "Site base+N causes row N of the error table of the operation.", func(c *Config) *int64 { return &c.Scenarios.Base }, documented[int64](jsonSchema{"minimum": 0})),
		list("sites", "Site IDs, each with its error.", scenario, func(c *Config) *[]Scenario { return &c.Scenarios.Sites }),
	)
}

// names converts values of a string type.
func names[S ~string](values []S) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
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
