package localca

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

// hierarchy is a root and an intermediate signed by it.
type hierarchy struct{ root, intermediate keypem.Pair }

const (
	rootYears         = 20
	intermediateYears = 10
	// backdate allows clients with slow clocks to accept certificates.
	backdate = 24 * time.Hour
)

// newPair creates a root and an intermediate.
func newPair(random io.Reader, now time.Time) (hierarchy, error) {
	from := now.UTC().Truncate(time.Second).Add(-backdate)
	root, err := newAuthority(random, nil, "Root", from, from.AddDate(rootYears, 0, 0))
	if err != nil {
		return hierarchy{}, err
	}
	intermediate, err := newAuthority(random, &root, "Intermediate", from, from.AddDate(intermediateYears, 0, 0))
	if err != nil {
		return hierarchy{}, err
	}
	return hierarchy{root: root, intermediate: intermediate}, nil
}

// newAuthority creates a key and a certificate signed by the parent, or self-
// signed without a parent. Its name ends with a part of the key's digest, so
// that two installations are distinguishable.
func newAuthority(random io.Reader, parent *keypem.Pair, kind string, from, until time.Time) (keypem.Pair, error) {
	key, err := issuance.NewECDSAKey(random)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("localca: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("localca: %w", err)
	}
	digest := sha256.Sum256(public)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(append([]byte{0x40}, digest[:15]...)),
		Subject: pkix.Name{
			Organization: []string{"esacert local CA"},
			CommonName:   fmt.Sprintf("esacert local %s %s", kind, hex.EncodeToString(digest[:4])),
		},
		NotBefore:             from,
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            1,
		SubjectKeyId:          digest[:20],
	}
	signer := keypem.Pair{Certificate: template, Key: key}
	if parent != nil {
		signer = *parent
		template.MaxPathLen, template.MaxPathLenZero = 0, true
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(nil, template, signer.Certificate, key.Public(), signer.Key)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("localca: signing: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return keypem.Pair{Certificate: certificate, Key: key}, err
}

// check reports inconsistencies.
func (p hierarchy) check(now time.Time) error {
	for _, a := range []struct {
		name string
		keypem.Pair
	}{{"root", p.root}, {"intermediate", p.intermediate}} {
		switch {
		case !a.Fits():
			return fmt.Errorf("the key of the %s does not fit its certificate", a.name)
		case !a.Certificate.IsCA:
			return fmt.Errorf("the certificate of the %s is not one of an authority", a.name)
		case !now.Before(a.Certificate.NotAfter):
			return fmt.Errorf("the %s has expired on %s: remove the folder of the file, and the next start makes a new root, which clients then have to trust",
				a.name, a.Certificate.NotAfter.UTC().Format(time.RFC3339))
		}
	}
	if !bytes.Equal(p.intermediate.Certificate.RawIssuer, p.root.Certificate.RawSubject) {
		return fmt.Errorf("the intermediate is not signed by the root")
	}
	if err := p.intermediate.Certificate.CheckSignatureFrom(p.root.Certificate); err != nil {
		return fmt.Errorf("the intermediate is not signed by the root: %w", err)
	}
	return nil
}
