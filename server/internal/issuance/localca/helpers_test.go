package localca_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/operations"
)

func baseTime() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

// clock is a manual clock.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func mustOpen(t testing.TB, o localca.Options) *localca.CA {
	t.Helper()
	if o.Now == nil {
		o.Now = baseTime
	}
	if o.Random == nil {
		o.Random = seeded(1)
	}
	ca, err := localca.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func mustKey(t testing.TB, n byte) *ecdsa.PrivateKey {
	t.Helper()
	key, err := issuance.NewECDSAKey(seeded(n))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func csrOf(t testing.TB, key any, names ...string) []byte {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{DNSNames: names}, key)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

func mustOrder(t testing.TB, ca *localca.CA, id int64, name string) issuance.FulfillRequest {
	t.Helper()
	url, err := ca.Order(t.Context(), issuance.OrderRequest{ID: id, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return issuance.FulfillRequest{
		ID: id, URL: url, Name: name, Access: operations.NS, CSR: csrOf(t, mustKey(t, 9), name), CreatedAt: baseTime(),
	}
}

func mustFulfil(t testing.TB, ca *localca.CA, r issuance.FulfillRequest) []*x509.Certificate {
	t.Helper()
	chain, err := ca.Fulfill(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := issuance.ParseChain(chain)
	if err != nil {
		t.Fatal(err)
	}
	return certificates
}

func rootOf(t testing.TB, ca *localca.CA) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode(ca.Root())
	if block == nil || len(rest) > 0 {
		t.Fatalf("Root is not a single PEM block: %s", ca.Root())
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// problemOf returns the RejectedError.
func problemOf(t testing.TB, err error) *issuance.RejectedError {
	t.Helper()
	var refused *issuance.RejectedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a *RejectedError", err)
	}
	return refused
}
