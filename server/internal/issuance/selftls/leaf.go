package selftls

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

// lifetime of the server's certificate. Clients of Apple take 825 days at most
// from a root that a user has installed.
const lifetime = 90 * 24 * time.Hour

// newLeaf issues a certificate for a new key.
func newLeaf(o Options, root keypem.Pair, n names) (keypem.Pair, error) {
	key, err := issuance.NewECDSAKey(o.Random)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("selftls: %w", err)
	}
	id, err := keyID(key.Public())
	if err != nil {
		return keypem.Pair{}, err
	}
	serial := make([]byte, 16)
	if _, err := io.ReadFull(o.Random, serial); err != nil {
		return keypem.Pair{}, fmt.Errorf("selftls: generate serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, with a fixed length
	now := o.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{Organization: []string{"esacert"}, CommonName: "esacertd"},
		NotBefore:    slices.MaxFunc([]time.Time{now.Add(-backdate), root.Certificate.NotBefore}, time.Time.Compare),
		NotAfter:     slices.MinFunc([]time.Time{now.Add(lifetime), root.Certificate.NotAfter}, time.Time.Compare),
		DNSNames:     n.dns,
		SubjectKeyId: id,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}
	for _, address := range n.ips {
		template.IPAddresses = append(template.IPAddresses, address.AsSlice())
	}
	der, err := x509.CreateCertificate(nil, template, root.Certificate, key.Public(), root.Key)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("selftls: signing the server's certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return keypem.Pair{Certificate: certificate, Key: key}, err
}

// checkLeaf reports an invalid certificate file.
func checkLeaf(p keypem.Pair) error {
	if !p.Fits() {
		return errors.New("the key does not fit the certificate")
	}
	return nil
}

// isGood reports whether a certificate is from this root, for these names, and
// not due for renewal.
func isGood(leaf, root *x509.Certificate, n names, now time.Time) bool {
	return bytes.Equal(leaf.RawIssuer, root.RawSubject) && leaf.CheckSignatureFrom(root) == nil && n.in(leaf) && isCurrent(leaf, now)
}

func isCurrent(leaf *x509.Certificate, now time.Time) bool {
	return !now.Before(leaf.NotBefore) && now.Before(renewAt(leaf))
}

// renewAt returns when a third of a certificate's life is left.
func renewAt(leaf *x509.Certificate) time.Time {
	return leaf.NotAfter.Add(-leaf.NotAfter.Sub(leaf.NotBefore) / 3)
}
