package config

import "reflect"

// setting is a key of the file that a running server does not take over.
type setting struct {
	key   string
	value func(*Config) any
}

// RestartKeys returns the keys, as the file has them, whose values in next a
// server that was started with c takes over only when it is restarted. Policies,
// accounts, scenarios, allow_pending_sites, region, host_id and limits.body are
// taken over by a reload, and so are lower values of limits.url, limits.header and
// limits.header_fields.
func (c *Config) RestartKeys(next *Config) []string {
	var keys []string
	for _, s := range settings(c.Issuing.Off != next.Issuing.Off) {
		if !reflect.DeepEqual(s.value(c), s.value(next)) {
			keys = append(keys, s.key)
		}
	}
	for _, l := range listenerCaps() {
		if l.value(next) > l.value(c) {
			keys = append(keys, l.key)
		}
	}
	return keys
}

// settings lists what is compared. If issuing is switched on or off, its keys are
// not.
func settings(switched bool) []setting {
	all := []setting{
		{"listen", func(c *Config) any { return c.Listen }},
		{"https", func(c *Config) any { return c.HTTPS }},
		{"admin", func(c *Config) any { return c.Admin }},
		{"store", func(c *Config) any { return c.Store }},
		{"log_level", func(c *Config) any { return c.LogLevel }},
		{"limits.read_timeout", func(c *Config) any { return c.Limits.ReadTimeout }},
		{"limits.connections", func(c *Config) any { return c.Limits.Connections }},
		{"nonces.capacity", func(c *Config) any { return c.Nonces.Capacity }},
		{"journal.capacity", func(c *Config) any { return c.Journal.Capacity }},
	}
	if switched {
		return append(all, setting{"issuing", func(c *Config) any { return c.Issuing.Off }})
	}
	return append(all, issuingSettings()...)
}

func issuingSettings() []setting {
	return []setting{
		{"issuing.workers", func(c *Config) any { return c.Issuing.Workers }},
		{"issuing.lease", func(c *Config) any { return c.Issuing.Lease }},
		{"issuing.data", func(c *Config) any { return c.Issuing.Data }},
		{"issuing.sealing_key", func(c *Config) any { return c.Issuing.SealingKey }},
		{"issuing.key_type", func(c *Config) any { return c.Issuing.KeyType }},
		{"issuing.local.lifetime", func(c *Config) any { return c.Issuing.Local.Lifetime }},
		{"issuing.local.delay", func(c *Config) any { return c.Issuing.Local.Delay }},
		{"issuing.authorities", func(c *Config) any { return c.Issuing.Authorities }},
		{"issuing.types", func(c *Config) any { return c.Issuing.Types }},
		{"issuing.http01.listen", func(c *Config) any { return c.Issuing.HTTP01.Listen }},
		{"issuing.dns.listen", func(c *Config) any { return c.Issuing.DNS.Listen }},
		{"issuing.dns.zone", func(c *Config) any { return c.Issuing.DNS.Zone }},
		{"issuing.dns.nameservers", func(c *Config) any { return c.Issuing.DNS.Nameservers }},
		{"issuing.dns.trust_delegation", func(c *Config) any { return c.Issuing.DNS.TrustDelegation }},
		{"issuing.rfc2136.server", func(c *Config) any { return c.Issuing.RFC2136.Server }},
		{"issuing.rfc2136.zone", func(c *Config) any { return c.Issuing.RFC2136.Zone }},
		{"issuing.rfc2136.key_name", func(c *Config) any { return c.Issuing.RFC2136.KeyName }},
		{"issuing.rfc2136.key", func(c *Config) any { return c.Issuing.RFC2136.Key.Reveal() }},
		{"issuing.rfc2136.algorithm", func(c *Config) any { return c.Issuing.RFC2136.Algorithm }},
		{"issuing.deliver.dir", func(c *Config) any { return c.Issuing.Deliver.Dir }},
		{"issuing.deliver.command", func(c *Config) any { return c.Issuing.Deliver.Command }},
		{"issuing.deliver.timeout", func(c *Config) any { return c.Issuing.Deliver.Timeout }},
	}
}

// listenerCap is a limit that the listener checks with the value that it was
// started with, and the server with the present one: the lower one holds.
type listenerCap struct {
	key   string
	value func(*Config) int64
}

func listenerCaps() []listenerCap {
	return []listenerCap{
		{"limits.url", func(c *Config) int64 { return c.Limits.URL }},
		{"limits.header", func(c *Config) int64 { return c.Limits.Header }},
		{"limits.header_fields", func(c *Config) int64 { return int64(c.Limits.HeaderFields) }},
	}
}
