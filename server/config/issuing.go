package config

import (
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

// Issuing is how accepted applications are fulfilled.
type Issuing struct {
	Off bool // nothing is issued: applications stay Applying

	Workers    int           // number of steps processed simultaneously
	Lease      time.Duration // time limit of one step
	Data       string        // directory of the embedded authority and of an automatic sealing key; "" for none
	SealingKey string        // file with the keys that encrypt stored private keys, "auto" to create one, or ""
	KeyType    string        // type of certificate keys if the application chooses none: rsa-2048 or ecdsa-p256; "" for the default

	// RevokeOnDelete revokes the certificate of a deleted record at its authority.
	RevokeOnDelete bool

	Local struct { // the embedded authority
		Lifetime time.Duration // of a certificate
		Delay    time.Duration // from an application to its certificate
	}
	Authorities []Authority
	Types       map[string]string       // name of the authority, or "local", by certificate type
	HTTP01      struct{ Listen string } // additional listener for HTTP-01 challenges, host:port; "" for none

	DNS struct { // DNS server for DNS-01 challenges; none if the zone is empty
		Listen          string   // host:port, UDP and TCP
		Zone            string   // delegated to this server
		Nameservers     []string // names in the zone's NS records
		TrustDelegation bool     // do not check whether the names of sites point to the zone
	}
	RFC2136 struct { // dynamic updates of an existing DNS server for DNS-01 challenges; none if the server is empty
		Server    string // host:port
		Zone      string // "" to query the zone of each name
		KeyName   string // of the TSIG key
		Key       Secret // base64
		Algorithm string // hmac-sha256 or hmac-sha512
	}
	Deliver struct { // delivery of new certificates to the directory, to the command, or to both
		Dir     string
		Command []string // program and arguments, run without a shell
		Timeout time.Duration
	}
}

// Authority is an ACME certificate authority.
type Authority struct {
	Name            string
	DirectoryURL    string
	Contacts        []string
	TermsAgreed     bool     // the operator agrees to the authority's terms of service
	ExternalAccount struct { // existing account at the authority; zero for none
		KeyID string
		HMAC  Secret // base64url
	}
	Profile    string   // ACME profile; "" for the authority's default
	Challenges []string // that may be used: http-01, dns-01
	Roots      string   // PEM file of the roots of the authority's TLS certificate; "" for the system's
	Limits     issuance.Limits
}

// keyTypes lists the types of keys that certificates may have.
func keyTypes() []string { return []string{string(issuance.ECDSAP256), string(issuance.RSA2048)} }

// challenges lists the challenge types.
func challenges() []string { return []string{"http-01", "dns-01"} }

// algorithms lists the algorithms of TSIG keys.
func algorithms() []string { return []string{"hmac-sha256", "hmac-sha512"} }

// directories returns the URLs of well-known ACME directories by short name.
// Sources: letsencrypt.org/docs/acme-protocol-updates, docs.digicert.com (ACME
// in DigiCert ONE).
func directories() map[string]string {
	return map[string]string{
		"letsencrypt":         "https://acme-v02.api.letsencrypt.org/directory",
		"letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
		"digicert":            "https://one.digicert.com/mpki/api/v1/acme/v2/directory",
	}
}

// publishedLimits returns the rate limits that the authority of an ACME directory
// publishes; no limits if it publishes none.
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

// defaultIssuing returns the section of an empty file: the embedded authority
// issues immediately.
func defaultIssuing() Issuing {
	s := Issuing{Workers: 2, Lease: 5 * time.Minute, Types: map[string]string{}}
	s.Local.Lifetime = 90 * 24 * time.Hour
	s.RFC2136.Algorithm = algorithms()[0]
	s.Deliver.Timeout = 30 * time.Second
	return s
}
