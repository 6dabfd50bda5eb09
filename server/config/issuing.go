package config

import (
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

// Local names the embedded authority.
const Local = "local"

// Auto as the sealing key has one made at the first start: in the data folder,
// or in memory when the store is there too.
const Auto = "auto"

// Issuing says how accepted applications are carried out.
type Issuing struct {
	Off bool // nothing is issued: applications stay Applying

	Workers    int
	Lease      time.Duration // in which a step has to be done
	Data       string        // folder of the embedded authority and of an Auto sealing key; "" for none
	SealingKey string        // path of the file with the keys that private keys are sealed with, Auto, or ""
	KeyType    string        // of certificates whose application chooses none: one of keyTypes; "" for issuer.DefaultKeyType

	Local       LocalAuthority
	Authorities []Authority
	Types       map[string]string // name of the authority by certificate type
	HTTP01      HTTP01
	DNS         DNS
	RFC2136     RFC2136
	Deliver     Deliver
}

// LocalAuthority is the embedded authority.
type LocalAuthority struct {
	Lifetime time.Duration // of a certificate
	Delay    time.Duration // from an order to its certificate
}

// Authority is an authority that speaks ACME.
type Authority struct {
	Name            string
	Directory       string // URL
	Contacts        []string
	TermsAgreed     bool // with the authority's terms of service
	ExternalAccount ExternalAccount
	Profile         string   // of ACME; "" for the authority's default
	Challenges      []string // that may be used: http-01, dns-01
	Roots           string   // path of PEM certificates that its TLS is checked against; "" for the system's
	Limits          issuance.Limits
}

// ExternalAccount binds the account at an authority to one that exists there
// already. The zero value is none.
type ExternalAccount struct {
	KeyID string
	HMAC  Secret // base64url
}

// HTTP01 is where HTTP-01 challenges are answered besides the API's own
// listener.
type HTTP01 struct {
	Listen string // host:port; "" for nowhere else
}

// DNS is the small DNS server that answers DNS-01 challenges for names that
// were delegated to it. Without a Zone there is none.
type DNS struct {
	Listen          string   // host:port, UDP and TCP
	Zone            string   // that is delegated to it
	Nameservers     []string // names in the zone's NS records
	TrustDelegation bool     // do not look whether the names of sites lead here
}

// RFC2136 answers DNS-01 challenges by dynamic updates of somebody's own DNS
// server. Without a Server there are none.
type RFC2136 struct {
	Server    string // host:port
	Zone      string // "" to ask for the zone of each name
	KeyName   string // of the TSIG key
	Key       Secret // base64
	Algorithm string // one of algorithms
}

// Deliver is where each new certificate goes. Both may be given.
type Deliver struct {
	Dir     string
	Command []string // program and arguments; no shell
	Timeout time.Duration
}

// keyTypes lists the types of keys that certificates may have.
func keyTypes() []string { return []string{string(issuance.ECDSAP256), string(issuance.RSA2048)} }

// challenges lists the ways to validate a name.
func challenges() []string { return []string{"http-01", "dns-01"} }

// algorithms lists those of TSIG keys.
func algorithms() []string { return []string{"hmac-sha256", "hmac-sha512"} }

// directories are well-known ones, by the word that stands for them. Sources:
// letsencrypt.org/docs/acme-protocol-updates, docs.digicert.com (ACME in
// DigiCert ONE).
func directories() map[string]string {
	return map[string]string{
		"letsencrypt":         "https://acme-v02.api.letsencrypt.org/directory",
		"letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
		"digicert":            "https://one.digicert.com/mpki/api/v1/acme/v2/directory",
	}
}

// publishedLimits are the budgets of a directory that publishes them.
func publishedLimits(directory string) issuance.Limits {
	known := directories()
	switch directory {
	case known["letsencrypt"]:
		return issuance.LetsEncryptLimits()
	case known["letsencrypt-staging"]:
		return issuance.LetsEncryptStagingLimits()
	}
	return issuance.Limits{}
}

// defaultIssuing is an empty section: the embedded authority issues at once.
func defaultIssuing() Issuing {
	return Issuing{
		Workers: 2,
		Lease:   5 * time.Minute,
		Local:   LocalAuthority{Lifetime: 90 * 24 * time.Hour},
		Types:   map[string]string{},
		RFC2136: RFC2136{Algorithm: algorithms()[0]},
		Deliver: Deliver{Timeout: 30 * time.Second},
	}
}

// DataDir returns the directory for files that issuing creates: Issuing.Data, or
// a directory next to the database. It is "" if nothing is stored.
func (c *Config) DataDir() string {
	switch {
	case c.Issuing.Data != "":
		return c.Issuing.Data
	case c.Store == InMemory:
		return ""
	}
	return c.Store + ".data"
}
