package config

import (
	"encoding/base64"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/esacert/esacert/server/internal/operations"
)

// What a step, a certificate and a hook may take.
const (
	maxWorkers         = 256
	minLease           = time.Second
	maxLease           = 24 * time.Hour
	minLifetime        = time.Minute
	maxLifetime        = 10 * 365 * 24 * time.Hour
	maxDelay           = 24 * time.Hour
	maxDeliveryTimeout = time.Hour
)

func (c *Config) checkIssuing(p *problems) {
	s := &c.Issuing
	if s.Off {
		return
	}
	if s.Workers < 1 || s.Workers > maxWorkers {
		p.add("issuing.workers", "%d is not between 1 and %d", s.Workers, maxWorkers)
	}
	checkSpan(p, "issuing.lease", s.Lease, minLease, maxLease)
	checkSpan(p, "issuing.local.lifetime", s.Local.Lifetime, minLifetime, maxLifetime)
	checkSpan(p, "issuing.local.delay", s.Local.Delay, 0, maxDelay)
	checkSpan(p, "issuing.deliver.timeout", s.Deliver.Timeout, minTimeout, maxDeliveryTimeout)
	if s.KeyType != "" && !slices.Contains(keyTypes(), s.KeyType) {
		p.add("issuing.key_type", "%s is none of %s", quoteOrMissing(s.KeyType), joinOr(keyTypes()))
	}
	checkAuthorities(p, s)
	checkResponders(p, s)
	if len(s.Deliver.Command) > 0 && s.Deliver.Command[0] == "" {
		p.add("issuing.deliver.command", "the first item is the program, and it is empty")
	}
}

func checkSpan(p *problems, path string, span, shortest, longest time.Duration) {
	if span < shortest || span > longest {
		p.add(path, "%v is not between %v and %v", span, shortest, longest)
	}
}

// CheckSealingKey refuses a configuration by which private keys would be stored
// so that anybody who copies the database could read them. Validate leaves this
// out, because who embeds a server gives it a store of another kind.
func (c *Config) CheckSealingKey() error {
	var p problems
	if !c.Issuing.Off && c.Issuing.SealingKey == "" && c.Store != InMemory {
		p.add("issuing.sealing_key", "it is missing, and without it no private key is stored: name a file ('esacertd sealing-key new FILE' makes one), "+
			"or write auto to have one made in the data folder; with 'issuing: off' nothing is issued")
	}
	return p.err("")
}

func checkAuthorities(p *problems, s *Issuing) {
	names := []string{Local}
	for i := range s.Authorities {
		a, path := &s.Authorities[i], item("issuing.authorities", i)
		switch {
		case !matchesAlphabet(a.Name, idAlphabet, 64):
			p.add(member(path, "name"), "%s is no name: 1 to 64 letters, digits, dots, hyphens and underscores", quoteOrMissing(a.Name))
		case a.Name == Local:
			p.add(member(path, "name"), "%s is the embedded authority; choose another name", Local)
		case slices.Contains(names, a.Name):
			p.add(member(path, "name"), "there are two authorities %s", a.Name)
		}
		names = append(names, a.Name)
		checkAuthority(p, a, path)
		checkChallenges(p, a, s, path)
	}
	for _, name := range CertificateTypes() {
		if authority, ok := s.Types[name]; ok && !slices.Contains(names, authority) {
			p.addAbout(keysOf("issuing.authorities", "name", len(s.Authorities)), member("issuing.types", name), "%s is no authority; there are %s", quoteOrMissing(authority), joinOr(names))
		}
	}
}

func checkAuthority(p *problems, a *Authority, path string) {
	if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		p.add(member(path, "directory"), "%s is no directory: it must be an https URL, or one of letsencrypt, letsencrypt-staging, digicert", quoteOrMissing(a.Directory))
	}
	for i, contact := range a.Contacts {
		if u, err := url.Parse(contact); err != nil || u.Scheme != "mailto" || u.Opaque == "" {
			p.add(item(member(path, "contacts"), i), "%s is no contact, like mailto:ops@example.com", quoteOrMissing(contact))
		}
	}
	checkExternalAccount(p, &a.ExternalAccount, member(path, "external_account"))
	if err := a.Limits.Check(); err != nil {
		p.add(member(path, "limits"), "%v", err)
	}
}

func checkExternalAccount(p *problems, e *ExternalAccount, path string) {
	switch keyID, hmac := member(path, "key_id"), member(path, "hmac"); {
	case e.KeyID == "" && !e.HMAC.Empty():
		p.add(keyID, "missing; key_id and hmac go together")
	case e.KeyID != "" && e.HMAC.Empty():
		p.add(hmac, "missing; key_id and hmac go together")
	}
	if _, err := base64.RawURLEncoding.DecodeString(trimPadding(e.HMAC.Reveal())); err != nil {
		p.add(member(path, "hmac"), "it is not base64url, as authorities give it")
	}
}

// trimPadding takes away what some authorities put behind base64url.
func trimPadding(text string) string {
	for len(text) > 0 && text[len(text)-1] == '=' {
		text = text[:len(text)-1]
	}
	return text
}

// checkChallenges wants at least one way to validate, and something that
// answers.
func checkChallenges(p *problems, a *Authority, s *Issuing, path string) {
	if len(a.Challenges) == 0 {
		p.add(member(path, "challenges"), "at least one of %s is needed", joinOr(challenges()))
	}
	for i, challenge := range a.Challenges {
		if !slices.Contains(challenges(), challenge) {
			p.add(item(member(path, "challenges"), i), "%s is none of %s", quoteOrMissing(challenge), joinOr(challenges()))
		}
	}
	if len(a.Challenges) == 1 && a.Challenges[0] == "dns-01" && s.DNS.Zone == "" && s.RFC2136.Server == "" {
		p.addAbout([]string{"issuing.dns.zone", "issuing.rfc2136.server"}, member(path, "challenges"), "dns-01 alone needs issuing.dns or issuing.rfc2136 to answer it")
	}
}

func checkResponders(p *problems, s *Issuing) {
	if s.HTTP01.Listen != "" {
		checkAddress(p, "issuing.http01.listen", s.HTTP01.Listen)
	}
	checkDNS(p, &s.DNS)
	if s.RFC2136.Server == "" {
		if s.RFC2136.Zone != "" || s.RFC2136.KeyName != "" || !s.RFC2136.Key.Empty() {
			p.add("issuing.rfc2136.server", "it is missing; it is the DNS server that takes updates, like 127.0.0.1:53")
		}
		return
	}
	if s.DNS.Zone != "" {
		p.add("issuing.rfc2136", "issuing.dns answers DNS-01 challenges already; only one of them may be there")
	}
	checkRFC2136(p, &s.RFC2136)
}

func checkDNS(p *problems, d *DNS) {
	if d.Zone == "" && d.Listen == "" && len(d.Nameservers) == 0 {
		return
	}
	checkAddress(p, "issuing.dns.listen", d.Listen)
	checkHostName(p, "issuing.dns.zone", d.Zone)
	if len(d.Nameservers) == 0 {
		p.add("issuing.dns.nameservers", "the zone needs at least one, as its delegation names it")
	}
	for i, name := range d.Nameservers {
		checkHostName(p, item("issuing.dns.nameservers", i), name)
	}
}

func checkRFC2136(p *problems, u *RFC2136) {
	if _, _, err := net.SplitHostPort(u.Server); err != nil {
		p.add("issuing.rfc2136.server", "%s is no address, like 127.0.0.1:53", quoteOrMissing(u.Server))
	}
	if u.Zone != "" {
		checkHostName(p, "issuing.rfc2136.zone", u.Zone)
	}
	if u.KeyName == "" {
		p.add("issuing.rfc2136.key_name", "missing; updates are signed, with key_name and key")
	}
	if u.Key.Empty() {
		p.add("issuing.rfc2136.key", "missing; updates are signed, with key_name and key")
	}
	if _, err := base64.StdEncoding.DecodeString(u.Key.Reveal()); err != nil {
		p.add("issuing.rfc2136.key", "it is not base64, as tsig-keygen prints it")
	}
	if !slices.Contains(algorithms(), u.Algorithm) {
		p.add("issuing.rfc2136.algorithm", "%s is none of %s", quoteOrMissing(u.Algorithm), joinOr(algorithms()))
	}
}

func checkHostName(p *problems, path, text string) {
	if name, err := operations.ParseName(text); err != nil || name.Wildcard() {
		p.add(path, "%s is no domain name, like acme.example.net", quoteOrMissing(text))
	}
}
