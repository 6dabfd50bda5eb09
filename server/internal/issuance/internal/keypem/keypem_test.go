package keypem_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

func newPair(t testing.TB) keypem.Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<31, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return keypem.Pair{Certificate: certificate, Key: key}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	one, two := newPair(t), newPair(t)
	data, err := keypem.Encode(one, two)
	if err != nil {
		t.Fatal(err)
	}
	got, err := keypem.Parse(data, "one", "two")
	if err != nil || len(got) != 2 || !got[0].Fits() || !got[1].Fits() || !got[0].Certificate.Equal(one.Certificate) || !got[1].Certificate.Equal(two.Certificate) {
		t.Errorf("got %v, %v, want both pairs", got, err)
	}
	if (keypem.Pair{Certificate: one.Certificate, Key: two.Key}).Fits() {
		t.Error("Fits accepts the key of another certificate")
	}
	if !bytes.HasPrefix(data, keypem.EncodeCertificate(one.Certificate)) {
		t.Error("output does not begin with the certificate")
	}
	for want, names := range map[string][]string{"unexpected data after the one's key": {"one"}, "one and two and three, each certificate before its key": {"one", "two", "three"}} {
		if _, err := keypem.Parse(data, names...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	data, err := keypem.Encode(newPair(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add(string(data[:len(data)/2]))
	f.Add("")
	f.Fuzz(func(t *testing.T, data string) {
		pairs, err := keypem.Parse([]byte(data), "one")
		if err != nil {
			for line := range strings.Lines(data) {
				if line = strings.TrimSpace(line); len(line) > 32 && strings.Contains(err.Error(), line) {
					t.Fatalf("the error quotes a line of the input: %v", err)
				}
			}
			return
		}
		again, err := keypem.Encode(pairs...)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := keypem.Parse(again, "one"); err != nil || !back[0].Certificate.Equal(pairs[0].Certificate) {
			t.Errorf("round trip: got %v, want the same certificate", err)
		}
	})
}
