package issuance_test

import (
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// applyFor applies for a name with an AlgType.
func (w *fixture) applyFor(name, algType string) int64 {
	w.t.Helper()
	made, err := w.db.Apply(w.t.Context(), store.ApplyRequest{
		Account: account, SiteID: siteID, Domains: []string{name}, Type: "lets_encrypt", AlgType: algType, RequestID: "R",
		At: w.clock.now(), Plan: "enterprise", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return made[0].ID
}

// TestKeyType checks that AlgType determines the key type, or else the options, or
// else the default, RSA with 2048 bits. A renewal has a new key of the same type.
func TestKeyType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options issuance.KeyType
		algType string
		want    x509.PublicKeyAlgorithm
	}{
		{"default", "", "", x509.RSA},
		{"options say ECDSA", issuance.ECDSAP256, "", x509.ECDSA},
		{"options say RSA", issuance.RSA2048, "", x509.RSA},
		{"ECC", "", "ECC", x509.ECDSA},
		{"ecc in lower case", issuance.RSA2048, "ecc", x509.ECDSA},
		{"RSA against the options", issuance.ECDSAP256, "Rsa", x509.RSA},
		{"unknown value", issuance.ECDSAP256, "SM2", x509.ECDSA},
		{"unknown value by default", "", "ECDSA", x509.RSA},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t, func(o *issuance.Options) { o.KeyType = c.options })
			id := w.applyFor("www.example.com", c.algType)
			w.run(1)
			first := w.leaf(id)
			w.clock.advance(first.NotAfter.Sub(w.clock.now()) * 3 / 4)
			w.run(1)
			second := w.leaf(id)
			if w.record(id).Certificate.Renewals != 1 {
				t.Fatal("the certificate was not renewed")
			}
			for name, leaf := range map[string]*x509.Certificate{"first": first, "renewed": second} {
				if leaf.PublicKeyAlgorithm != c.want {
					t.Errorf("%s: the key is %s, want %s", name, leaf.PublicKeyAlgorithm, c.want)
				}
				if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() != 2048 {
					t.Errorf("%s: the key has %d bits", name, key.N.BitLen())
				}
			}
			if public, ok := first.PublicKey.(interface{ Equal(x any) bool }); ok && public.Equal(second.PublicKey) {
				t.Error("the renewed certificate has the old key")
			}
		})
	}
}

// TestDeterministicRSA checks that injected randomness yields the same RSA keys in
// each run.
func TestDeterministicRSA(t *testing.T) {
	t.Parallel()
	var seen [2]string
	for i := range seen {
		w := newFixture(t, func(o *issuance.Options) { o.KeyType = issuance.RSA2048 })
		for _, name := range []string{"www.example.com", "x.example.com"} {
			id := w.applyFor(name, "")
			w.run(1)
			seen[i] += w.record(id).Certificate.Fingerprint + " "
		}
	}
	if seen[0] != seen[1] {
		t.Errorf("%s and %s", seen[0], seen[1])
	}
}

// TestRunFillsStock checks that Run generates a limited stock of keys, and that a
// stopped loop keeps none.
func TestRunFillsStock(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.KeyType, o.Random, o.Stock = "", nil, 3 })
	stop := w.running()
	eventually(t, "two keys can be taken", func() bool { return w.loop.Stocked() == 2 })
	id := w.applyFor("www.example.com", "")
	w.loop.Wake()
	eventually(t, "issued", func() bool { return w.issued() == 1 })
	if got := w.leaf(id).PublicKeyAlgorithm; got != x509.RSA {
		t.Errorf("the key is %s", got)
	}
	stop()
	if w.loop.Stocked() != 0 {
		t.Errorf("%d keys are left in the end", w.loop.Stocked())
	}
}
