package suite

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Kinds of certificates in placeholders.
const (
	certificateValid   = "valid"   // in force, for one name of the site
	certificateExpired = "expired" // like valid, but expired
	certificateMixed   = "mixed"   // in force, for a name of the site and one of another domain
	certificateForeign = "foreign" // in force, for a name of another domain
)

// CertificateKinds lists the kinds of certificates in placeholders.
func CertificateKinds() []string {
	return []string{certificateValid, certificateExpired, certificateMixed, certificateForeign}
}

// foreignDomain is a domain that no site has (RFC 6761).
const foreignDomain = "esaconform.invalid"

// certificate returns a self-signed certificate whose private key is
// ${private_key.own}.
func (t *Targets) certificate(kind, site, unique string) (string, error) {
	if !slices.Contains(CertificateKinds(), kind) {
		return "", fmt.Errorf("unknown kind of certificate; want one of %s", strings.Join(CertificateKinds(), ", "))
	}
	domain, err := t.siteField(site, "name")
	if err != nil {
		return "", err
	}
	names := []string{"www." + unique + "." + domain} // below the names that wildcards of the site cover
	switch kind {
	case certificateMixed:
		names = append(names, "www."+unique+"."+foreignDomain)
	case certificateForeign:
		names = []string{"www." + unique + "." + foreignDomain}
	}
	key, err := derivedKey(unique, "own")
	if err != nil {
		return "", err
	}
	notAfter := time.Now().AddDate(0, 0, 89)
	if kind == certificateExpired {
		notAfter = time.Now().AddDate(0, 0, -1)
	}
	serial := sha256.Sum256([]byte(unique))
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:8]), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: notAfter.AddDate(0, 0, -90), NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}

func privateKeyPEM(unique, label string) (string, error) {
	if label != "own" && label != "other" {
		return "", fmt.Errorf("unknown private key; want own or other")
	}
	key, err := derivedKey(unique, label)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// derivedKey returns the same key for the same input, because a certificate and its
// key are expanded separately. It protects nothing.
func derivedKey(unique, label string) (*ecdsa.PrivateKey, error) {
	seed := sha256.Sum256([]byte("esaconform " + label + " " + unique))
	seed[0] &= 0x7f // below the order of the group
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
}
