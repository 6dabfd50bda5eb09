package config

import (
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/docpath"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/goccy/go-yaml/ast"
)

// issuingField declares the section issuing, which may be the word off.
func issuingField() field[Config] {
	const key = "issuing"
	m := issuingMapping()
	return field[Config]{
		keys: []string{key}, about: "How accepted applications are fulfilled, or off.",
		schema: func(initial *Config) jsonSchema {
			return jsonSchema{"anyOf": []jsonSchema{{"const": Off}, m.schema(&initial.Issuing)}}
		},
		decode: func(o object, c *Config) {
			node, ok := o.values[key]
			if !ok {
				return
			}
			switch n := node.(type) {
			case *ast.StringNode, *ast.BoolNode: // off is false to some readers of YAML
				if word, _ := scalarText(n); word == Off {
					c.Issuing = Issuing{Off: true}
					return
				}
				o.d.fail(docpath.Member(o.path, key), node, "want a mapping (key: value), or off")
				return
			}
			m.decode(o.d.object(node, docpath.Member(o.path, key), &m.keySet), &c.Issuing)
		},
		at: func(c *Config) any { return &c.Issuing },
		inner: func(c *Config, path string, v visitor) {
			if !c.Issuing.Off {
				m.visit(&c.Issuing, path, v)
			}
		},
		changed: func(path string, before, after *Config) []string {
			if before.Issuing.Off != after.Issuing.Off {
				return []string{path}
			}
			return m.changed(path, &before.Issuing, &after.Issuing)
		},
	}
}

func issuingMapping() mapping[Issuing] {
	return newMapping("issuing", defaultIssuing,
		count("workers", "Number of steps processed simultaneously.", func(s *Issuing) *int { return &s.Workers }, between(1, maxWorkers)),
		duration("lease", "Time limit of one step.", func(s *Issuing) *time.Duration { return &s.Lease }, within(minLease, maxLease)),
		path("data", "Directory of the embedded authority and of an automatic sealing key. Default: the store's path with .data appended.", func(s *Issuing) *string { return &s.Data }),
		fieldOf("sealing_key", "File with the keys that encrypt stored private keys, or auto.", func(s *Issuing) *string { return &s.SealingKey },
			object.sealingKey, func(string) jsonSchema { return stringType() }),
		stringKey("key_type", "Type of certificate keys if the application chooses none.", func(s *Issuing) *string { return &s.KeyType }, orEmpty(oneOf(keyTypes()))),
		boolean("revoke_on_delete", "Revoke a certificate at its authority when it is deleted.", func(s *Issuing) *bool { return &s.RevokeOnDelete }),
		section("local", "The embedded authority.", "the embedded authority", func(s *Issuing) any { return &s.Local },
			duration("lifetime", "Lifetime of a certificate.", func(s *Issuing) *time.Duration { return &s.Local.Lifetime }, within(minLifetime, maxLifetime)),
			duration("delay", "Time from an application to its certificate.", func(s *Issuing) *time.Duration { return &s.Local.Delay }, within(0, maxDelay)),
		),
		list("authorities", "ACME authorities.", authorityMapping(), func(s *Issuing) *[]Authority { return &s.Authorities }),
		typesField(),
		section("http01", "Additional listener for HTTP-01 challenges.", "http01", func(s *Issuing) any { return &s.HTTP01 },
			stringKey("listen", "Listen address, host:port.", func(s *Issuing) *string { return &s.HTTP01.Listen }),
		),
		section("dns", "DNS server for DNS-01 challenges.", "dns", func(s *Issuing) any { return &s.DNS },
			stringKey("listen", "Listen address, host:port, for UDP and TCP.", func(s *Issuing) *string { return &s.DNS.Listen }),
			stringKey("zone", "Zone delegated to this server.", func(s *Issuing) *string { return &s.DNS.Zone }),
			stringsKey("nameservers", "Host names in the zone's NS records.", func(s *Issuing) *[]string { return &s.DNS.Nameservers }),
			boolean("trust_delegation", "Do not check whether the names of sites point to the zone.", func(s *Issuing) *bool { return &s.DNS.TrustDelegation }),
		),
		section("rfc2136", "Dynamic updates of an existing DNS server for DNS-01 challenges.", "rfc2136", func(s *Issuing) any { return &s.RFC2136 },
			stringKey("server", "Address of the DNS server, host:port.", func(s *Issuing) *string { return &s.RFC2136.Server }),
			stringKey("zone", "Zone to update. Default: queried for each name.", func(s *Issuing) *string { return &s.RFC2136.Zone }),
			stringKey("key_name", "Name of the TSIG key.", func(s *Issuing) *string { return &s.RFC2136.KeyName }),
			stringKey("algorithm", "Algorithm of the TSIG key.", func(s *Issuing) *string { return &s.RFC2136.Algorithm }, documented[string](enum(algorithms()))),
			secret("key", "TSIG key in base64.", func(s *Issuing) *Secret { return &s.RFC2136.Key }),
		),
		section("deliver", "Delivery of new certificates to a directory, to a command, or to both.", "deliver", func(s *Issuing) any { return &s.Deliver },
			path("dir", "Directory for certificates and keys.", func(s *Issuing) *string { return &s.Deliver.Dir }),
			formerDirField(),
			stringsKey("command", "Program with arguments, run for each new certificate without a shell.", func(s *Issuing) *[]string { return &s.Deliver.Command }),
			duration("timeout", "Time limit of the command.", func(s *Issuing) *time.Duration { return &s.Deliver.Timeout }, within(minTimeout, maxDeliveryTimeout)),
		),
	)
}

// formerDirField declares the former name of deliver.dir.
func formerDirField() field[Issuing] {
	const former, present = "folder", "dir"
	return field[Issuing]{
		keys: []string{former}, about: "Deprecated: use dir.", deprecated: true,
		schema: func(*Issuing) jsonSchema { return stringType() },
		decode: func(o object, s *Issuing) {
			node, ok := o.values[former]
			if _, both := o.values[present]; ok && both {
				o.d.fail(docpath.Member(o.path, former), node, "%s and %s are mutually exclusive", present, former)
				return
			}
			if ok {
				s.Deliver.Dir = o.pathOf(former)
			}
		},
	}
}

// typesField declares a mapping from certificate types to names of authorities.
func typesField() field[Issuing] {
	var fields []field[map[string]string]
	for _, name := range certificateTypes() {
		fields = append(fields, field[map[string]string]{
			keys: []string{name}, about: "Name of the authority that issues this type.",
			schema: func(*map[string]string) jsonSchema {
				return with(stringType(), jsonSchema{"default": issuance.LocalAuthority})
			},
			decode: func(o object, into *map[string]string) {
				if authority := o.stringValue(name, ""); authority != "" {
					(*into)[name] = authority
				}
			},
		})
	}
	f := nested("types", "Authorities by certificate type.", newMapping("types", nil, fields...), func(s *Issuing) *map[string]string { return &s.Types })
	f.inner, f.changed = nil, nil // one value
	return f
}

// authorityMapping declares an authority. The key directory precedes limits, whose
// defaults depend on it.
func authorityMapping() mapping[Authority] {
	return newMapping("an authority", func() Authority { return Authority{Challenges: challenges()} },
		needed(stringKey("name", "Name of the authority, for types.", func(a *Authority) *string { return &a.Name })),
		needed(directoryField()),
		stringsKey("contacts", "Contacts of the ACME account, like mailto:ops@example.com.", func(a *Authority) *[]string { return &a.Contacts }),
		boolean("terms_agreed", "Agree to the authority's terms of service.", func(a *Authority) *bool { return &a.TermsAgreed }),
		section("external_account", "Existing account at the authority.", "an external account", func(a *Authority) any { return &a.ExternalAccount },
			stringKey("key_id", "Key ID of the account.", func(a *Authority) *string { return &a.ExternalAccount.KeyID }),
			secret("hmac", "HMAC key in base64url.", func(a *Authority) *Secret { return &a.ExternalAccount.HMAC }),
		),
		stringKey("profile", "ACME profile. Default: the authority's.", func(a *Authority) *string { return &a.Profile }),
		stringsKey("challenges", "Challenge types that may be used.", func(a *Authority) *[]string { return &a.Challenges }, enum(challenges())),
		path("roots", "PEM file of the roots of the authority's TLS certificate. Default: the system's.", func(a *Authority) *string { return &a.Roots }),
		nested("limits", "Rate limits. Default: as published by the authority, or unlimited.", newMapping("limits of an authority", nil,
			rateLimit("orders", "New orders of the account.", func(l *issuance.Limits) *issuance.Limit { return &l.Orders }),
			rateLimit("domain", "Certificates of a registered domain.", func(l *issuance.Limits) *issuance.Limit { return &l.Domain }),
			rateLimit("name", "Certificates of one name.", func(l *issuance.Limits) *issuance.Limit { return &l.Name }),
			rateLimit("failures", "Failed orders of one name.", func(l *issuance.Limits) *issuance.Limit { return &l.Failures }),
		), func(a *Authority) *issuance.Limits { return &a.Limits }),
	)
}

func directoryField() field[Authority] {
	f := stringKey("directory", "ACME directory: an https URL, letsencrypt, letsencrypt-staging or digicert.", func(a *Authority) *string { return &a.DirectoryURL })
	decode := f.decode
	f.decode = func(o object, a *Authority) {
		decode(o, a)
		if url, known := directories()[a.DirectoryURL]; known {
			a.DirectoryURL = url
		}
		a.Limits = publishedLimits(a.DirectoryURL)
	}
	return f
}

// rateLimit declares a mapping {events, per}, or the word unlimited.
func rateLimit[T any](key, about string, at func(*T) *issuance.Limit) field[T] {
	m := newMapping("a rate limit", nil,
		needed(count("events", "Number of events, which may occur simultaneously.", func(l *issuance.Limit) *int { return &l.Events })),
		needed(duration("per", "Time in which they may occur.", func(l *issuance.Limit) *time.Duration { return &l.Per })),
	)
	return fieldOf(key, about, at, func(o object, key string, before issuance.Limit) issuance.Limit {
		node, ok := o.values[key]
		if !ok {
			return before
		}
		if word, ok := scalarText(node); ok && word == unlimited {
			return issuance.Limit{}
		}
		b, l := o.d.object(node, docpath.Member(o.path, key), &m.keySet), issuance.Limit{}
		for _, needed := range m.keys {
			if _, ok := b.values[needed]; !ok && !o.d.hasFailed(b.path) {
				o.d.fail(b.path, node, "%s is missing; want a rate limit, for example {events: 300, per: 3h}, or unlimited", needed)
			}
		}
		m.decode(b, &l)
		return l
	}, func(issuance.Limit) jsonSchema {
		return jsonSchema{"anyOf": []jsonSchema{{"const": unlimited}, m.schema(&issuance.Limit{})}}
	})
}

// sealingKey returns a path, or issuance.AutoSealingKey.
func (o object) sealingKey(key, _ string) string {
	name := o.stringValue(key, "")
	if name == issuance.AutoSealingKey || name == "" {
		return name
	}
	return o.d.resolvePath(name)
}

// pathOf returns a path, relative to the directory of the file.
func (o object) pathOf(key string) string {
	name := o.stringValue(key, "")
	if name == "" {
		return ""
	}
	return o.d.resolvePath(name)
}

// certificateTypes returns the types of the contract.
func certificateTypes() []string { return names(esaapi.CertificateTypes()) }
