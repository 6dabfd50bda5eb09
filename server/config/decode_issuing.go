package config

import (
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/goccy/go-yaml/ast"
)

// issuing reads the section, which may be the word off.
func (o object) issuing(key string) Issuing {
	node, ok := o.values[key]
	if !ok {
		return defaultIssuing()
	}
	switch n := node.(type) {
	case *ast.StringNode, *ast.BoolNode: // off is false to some readers of YAML
		if text, _ := scalarText(n); text == Off {
			return Issuing{Off: true}
		}
		o.d.fail(member(o.path, key), node, "it must be a mapping (key: value), or off")
		return defaultIssuing()
	}
	return readIssuing(o.d.object(node, member(o.path, key), issuingKind))
}

func readIssuing(o object) Issuing {
	s := defaultIssuing()
	s.Workers = o.count("workers", s.Workers)
	s.Lease = o.duration("lease", s.Lease)
	s.Data = o.pathOf("data")
	s.SealingKey = o.text("sealing_key", "")
	if s.SealingKey != Auto {
		s.SealingKey = o.pathOf("sealing_key")
	}
	s.KeyType = o.text("key_type", s.KeyType)
	if local, ok := o.inner("local", localKind); ok {
		s.Local.Lifetime = local.duration("lifetime", s.Local.Lifetime)
		s.Local.Delay = local.duration("delay", s.Local.Delay)
	}
	s.Authorities = listOf(o, "authorities", authorityKind, readAuthority)
	if types, ok := o.inner("types", typesKind); ok {
		for _, name := range CertificateTypes() {
			if authority := types.text(name, ""); authority != "" {
				s.Types[name] = authority
			}
		}
	}
	if http01, ok := o.inner("http01", http01Kind); ok {
		s.HTTP01.Listen = http01.text("listen", "")
	}
	if dns, ok := o.inner("dns", dnsKind); ok {
		s.DNS = DNS{
			Listen: dns.text("listen", ""), Zone: dns.text("zone", ""), Nameservers: dns.texts("nameservers"),
			TrustDelegation: dns.boolean("trust_delegation"),
		}
	}
	if update, ok := o.inner("rfc2136", rfc2136Kind); ok {
		s.RFC2136 = RFC2136{
			Server: update.text("server", ""), Zone: update.text("zone", ""), KeyName: update.text("key_name", ""),
			Key: update.secret("key"), Algorithm: update.text("algorithm", s.RFC2136.Algorithm),
		}
	}
	if deliver, ok := o.inner("deliver", deliverKind); ok {
		s.Deliver.Dir = deliver.pathOf("folder")
		s.Deliver.Command = deliver.texts("command")
		s.Deliver.Timeout = deliver.duration("timeout", s.Deliver.Timeout)
	}
	return s
}

func readAuthority(o object) Authority {
	a := Authority{
		Name:      o.text("name", ""),
		Directory: o.text("directory", ""),
		Contacts:  o.texts("contacts"),

		TermsAgreed: o.boolean("terms_agreed"),

		Profile:    o.text("profile", ""),
		Challenges: o.texts("challenges"),
		Roots:      o.pathOf("roots"),
	}
	if url, known := directories()[a.Directory]; known {
		a.Directory = url
	}
	if a.Challenges == nil {
		a.Challenges = Challenges()
	}
	if external, ok := o.inner("external_account", externalAccountKind); ok {
		a.ExternalAccount = ExternalAccount{KeyID: external.text("key_id", ""), HMAC: external.secret("hmac")}
	}
	a.Limits = publishedLimits(a.Directory)
	if limits, ok := o.inner("limits", authorityLimitsKind); ok {
		a.Limits = issuance.Limits{
			Orders:   limits.budget("orders", a.Limits.Orders),
			Domain:   limits.budget("domain", a.Limits.Domain),
			Name:     limits.budget("name", a.Limits.Name),
			Failures: limits.budget("failures", a.Limits.Failures),
		}
	}
	return a
}

// budget reads {events, per}, or the word unlimited.
func (o object) budget(key string, before issuance.Limit) issuance.Limit {
	node, ok := o.values[key]
	if !ok {
		return before
	}
	if text, ok := scalarText(node); ok && text == "unlimited" {
		return issuance.Limit{}
	}
	b := o.d.object(node, member(o.path, key), budgetKind)
	for _, needed := range budgetKind.keys() {
		if _, ok := b.values[needed]; !ok && !o.d.hasFailed(b.path) {
			o.d.fail(b.path, node, "%s is missing; a budget is like {events: 300, per: 3h}, or unlimited", needed)
		}
	}
	return issuance.Limit{Events: b.count("events", 0), Per: b.duration("per", 0)}
}

// pathOf reads a path; it is relative to the folder of the file.
func (o object) pathOf(key string) string {
	text := o.text(key, "")
	if text == "" {
		return ""
	}
	return o.d.resolvePath(text)
}

// CertificateTypes lists the types of the contract.
func CertificateTypes() []string {
	var names []string
	for _, t := range esaapi.CertificateTypes() {
		names = append(names, string(t))
	}
	return names
}
