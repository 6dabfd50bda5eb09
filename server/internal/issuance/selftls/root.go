package selftls

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

const (
	rootYears = 10
	// rootRenewal is how long before its end a root is renewed: clients get the
	// new one in this time.
	rootRenewal = 365 * 24 * time.Hour
	// backdate lets clients whose clocks are behind accept a new certificate.
	backdate = 24 * time.Hour
)

// newRoot returns a new root that may issue for these names.
func newRoot(o Options, n names) (keypem.Pair, error) {
	key, err := issuance.NewECDSAKey(o.Random)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("selftls: %w", err)
	}
	id, err := keyID(key.Public())
	if err != nil {
		return keypem.Pair{}, err
	}
	return signRoot(&x509.Certificate{
		// The name ends with a part of the key's digest, so that the roots of two
		// installations do not look alike.
		Subject:      pkix.Name{Organization: []string{"esacert"}, CommonName: "esacert HTTPS root " + hex.EncodeToString(id[:4])},
		SubjectKeyId: id,

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         n.dns,
		PermittedIPRanges:           n.ranges(),
	}, key, o.Now())
}

// renewedRoot returns a root with the same key, name and constraints, and a new
// validity. What the old one has signed is good under both.
func renewedRoot(old keypem.Pair, now time.Time) (keypem.Pair, error) {
	return signRoot(&x509.Certificate{
		RawSubject:   old.Certificate.RawSubject,
		SubjectKeyId: old.Certificate.SubjectKeyId,

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         old.Certificate.PermittedDNSDomains,
		PermittedIPRanges:           old.Certificate.PermittedIPRanges,
	}, old.Key, now)
}

func signRoot(template *x509.Certificate, key crypto.Signer, now time.Time) (keypem.Pair, error) {
	template.NotBefore = now.UTC().Truncate(time.Second).Add(-backdate)
	template.NotAfter = template.NotBefore.AddDate(rootYears, 0, 0)
	digest := sha256.Sum256(append(template.NotBefore.AppendFormat(nil, time.RFC3339), template.SubjectKeyId...))
	digest[0] = digest[0]&0x7f | 0x40 // positive, with a fixed length
	template.SerialNumber = new(big.Int).SetBytes(digest[:16])
	template.KeyUsage = x509.KeyUsageCertSign
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.BasicConstraintsValid, template.IsCA, template.MaxPathLenZero = true, true, true
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("selftls: sign root certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return keypem.Pair{Certificate: certificate, Key: key}, err
}

// checkRoot reports an invalid root file.
func checkRoot(p keypem.Pair, now time.Time) error {
	c := p.Certificate
	switch {
	case !p.Fits():
		return errors.New("the key of the root does not fit its certificate")
	case !c.IsCA || !bytes.Equal(c.RawIssuer, c.RawSubject) || c.CheckSignatureFrom(c) != nil:
		return errors.New("the certificate is not that of a root")
	case !c.PermittedDNSDomainsCritical || len(c.PermittedDNSDomains) == 0 || len(c.PermittedIPRanges) == 0:
		return errors.New("the root has no critical name constraints: it could issue for any name")
	case now.Before(c.NotBefore):
		return fmt.Errorf("the root is valid from %s on, and the clock says %s: set the clock if it is wrong", c.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

func rootIsOld(root *x509.Certificate, now time.Time) bool {
	return !now.Before(root.NotAfter.Add(-rootRenewal))
}

// keyID returns the identifier of a key.
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("selftls: %w", err)
	}
	digest := sha256.Sum256(der)
	return digest[:20], nil
}
