package issuance_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

func baseTime() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

// clock is a manual clock. It is safe for concurrent use.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: baseTime()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func mustKey(t testing.TB, n byte) *ecdsa.PrivateKey {
	t.Helper()
	key, err := issuance.NewECDSAKey(seeded(n))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signer is a CA certificate with its key.
type signer struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// sign creates a certificate. Missing fields of the template are set to valid
// values.
func (s signer) sign(t testing.TB, template x509.Certificate, public crypto.PublicKey) []byte {
	t.Helper()
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(7)
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = baseTime()
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = baseTime().Add(90 * 24 * time.Hour)
	}
	der, err := x509.CreateCertificate(nil, &template, s.certificate, public, s.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// newSigner creates a self-signed CA.
func newSigner(t testing.TB, seed byte) signer {
	t.Helper()
	s := signer{key: mustKey(t, seed), certificate: &x509.Certificate{
		SerialNumber: big.NewInt(int64(seed)), NotBefore: baseTime().Add(-time.Hour), NotAfter: baseTime().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte{seed},
	}}
	s.certificate.Subject.CommonName = "Test CA"
	block, _ := pem.Decode(s.sign(t, *s.certificate, s.key.Public()))
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	s.certificate = parsed
	return s
}

func (s signer) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.certificate.Raw})
}
