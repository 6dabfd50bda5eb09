package config

import (
	"encoding/base64"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/operations"
)

// Bounds of the section issuing.
const (
	maxWorkers         = 256
	minLease           = time.Second
	maxLease           = 24 * time.Hour
	minLifetime        = time.Minute
	maxLifetime        = 10 * 365 * 24 * time.Hour
	maxDelay           = 24 * time.Hour
	maxDeliveryTimeout = time.Hour
)

func (f *findings) checkIssuing() {
	s := &f.config.Issuing
	if s.Off {
		return
	}
	f.checkAuthorities(s)
	f.checkResponders(s)
	if len(s.Deliver.Command) > 0 && s.Deliver.Command[0] == "" {
		f.add(&s.Deliver.Command, "command is empty; the first item is the program")
	}
}

func (f *findings) checkAuthorities(s *Issuing) {
	names, needs := []string{issuance.LocalAuthority}, []any{&s.Authorities}
	for i := range s.Authorities {
		a := &s.Authorities[i]
		switch {
		case !matchesAlphabet(a.Name, idAlphabet, 64):
			f.add(&a.Name, "invalid name %s: want 1 to 64 letters, digits, dots, hyphens or underscores", quoted(a.Name))
		case a.Name == issuance.LocalAuthority:
			f.add(&a.Name, "%s is the embedded authority; choose another name", a.Name)
		case slices.Contains(names, a.Name):
			f.add(&a.Name, "duplicate authority %s", a.Name)
		}
		names, needs = append(names, a.Name), append(needs, &a.Name)
		f.checkAuthority(a)
		f.checkChallenges(a, s)
	}
	for _, name := range certificateTypes() {
		if authority, ok := s.Types[name]; ok && !slices.Contains(names, authority) {
			f.addAbout(needs, memberOf(&s.Types, name), "unknown authority %s: want %s", quoted(authority), joinOr(names))
		}
	}
}

func (f *findings) checkAuthority(a *Authority) {
	if u, err := url.Parse(a.DirectoryURL); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		f.add(&a.DirectoryURL, "invalid ACME directory %s: want an https URL, letsencrypt, letsencrypt-staging or digicert", quoted(a.DirectoryURL))
	}
	for i, contact := range a.Contacts {
		if u, err := url.Parse(contact); err != nil || u.Scheme != "mailto" || u.Opaque == "" {
			f.add(itemOf(&a.Contacts, i), "invalid contact %s (for example mailto:ops@example.com)", quoted(contact))
		}
	}
	f.checkExternalAccount(a)
	if err := a.Limits.Check(); err != nil {
		f.add(&a.Limits, "%v", err)
	}
}

func (f *findings) checkExternalAccount(a *Authority) {
	e := &a.ExternalAccount
	hmac := e.HMAC.Reveal()
	switch {
	case e.KeyID == "" && hmac != "":
		f.add(&e.KeyID, "missing; key_id and hmac must be set together")
	case e.KeyID != "" && hmac == "":
		f.add(&e.HMAC, "missing; key_id and hmac must be set together")
	}
	// Some authorities append padding.
	if _, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(hmac, "=")); err != nil {
		f.add(&e.HMAC, "invalid base64url; want the key as the authority provides it")
	}
}

// checkChallenges requires a challenge type, and a responder for it.
func (f *findings) checkChallenges(a *Authority, s *Issuing) {
	if len(a.Challenges) == 0 {
		f.add(&a.Challenges, "want at least one of %s", joinOr(challenges()))
	}
	for i, challenge := range a.Challenges {
		if wrong := notOneOf(challenge, challenges()); wrong != "" {
			f.add(itemOf(&a.Challenges, i), "%s", wrong)
		}
	}
	if len(a.Challenges) == 1 && a.Challenges[0] == "dns-01" && s.DNS.Zone == "" && s.RFC2136.Server == "" {
		needs := []any{&s.DNS.Zone, &s.RFC2136.Server}
		f.addAbout(needs, &a.Challenges, "dns-01 without another challenge requires %s or %s", f.place(&s.DNS).path, f.place(&s.RFC2136).path)
	}
}

func (f *findings) checkResponders(s *Issuing) {
	if s.HTTP01.Listen != "" {
		f.checkAddress(&s.HTTP01.Listen)
	}
	f.checkDNS(s)
	u := &s.RFC2136
	if u.Server == "" {
		if u.Zone != "" || u.KeyName != "" || u.Key.Reveal() != "" {
			f.add(&u.Server, "missing; want the DNS server that accepts updates, for example 127.0.0.1:53")
		}
		return
	}
	if s.DNS.Zone != "" {
		f.add(u, "%s and %s are mutually exclusive", f.place(&s.DNS).path, f.place(u).path)
	}
	f.checkRFC2136(s)
}

func (f *findings) checkDNS(s *Issuing) {
	d := &s.DNS
	if d.Zone == "" && d.Listen == "" && len(d.Nameservers) == 0 {
		return
	}
	f.checkAddress(&d.Listen)
	f.checkHostName(d.Zone, &d.Zone)
	if len(d.Nameservers) == 0 {
		f.add(&d.Nameservers, "want at least one name server of the zone")
	}
	for i, name := range d.Nameservers {
		f.checkHostName(name, itemOf(&d.Nameservers, i))
	}
}

func (f *findings) checkRFC2136(s *Issuing) {
	u := &s.RFC2136
	if _, _, err := net.SplitHostPort(u.Server); err != nil {
		f.add(&u.Server, "invalid address %s: want host:port, for example 127.0.0.1:53", quoted(u.Server))
	}
	if u.Zone != "" {
		f.checkHostName(u.Zone, &u.Zone)
	}
	if u.KeyName == "" {
		f.add(&u.KeyName, "missing; updates are signed with key_name and key")
	}
	if u.Key.Reveal() == "" {
		f.add(&u.Key, "missing; updates are signed with key_name and key")
	}
	if _, err := base64.StdEncoding.DecodeString(u.Key.Reveal()); err != nil {
		f.add(&u.Key, "invalid base64; want the key as printed by tsig-keygen")
	}
	if wrong := notOneOf(u.Algorithm, algorithms()); wrong != "" {
		f.add(&u.Algorithm, "%s", wrong)
	}
}

func (f *findings) checkHostName(name string, at any) {
	if parsed, err := operations.ParseName(name); err != nil || parsed.Wildcard() {
		f.add(at, "invalid domain name %s (for example acme.example.net)", quoted(name))
	}
}
