package issuance_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

func TestCheckChain(t *testing.T) {
	t.Parallel()
	ca, other := newSigner(t, 1), newSigner(t, 2) // with one name, and two keys
	key, public := mustKey(t, 3), mustKey(t, 3).Public()
	plain := x509.Certificate{DNSNames: []string{"www.example.com"}}
	good := ca.sign(t, plain, public)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	leaf := func(change func(*x509.Certificate)) []byte {
		c := plain
		change(&c)
		return join(ca.sign(t, c, public), ca.pem())
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		chain []byte
		at    time.Duration // dueIn noon
		want  error
		says  string
	}{
		{name: "good", chain: join(good, ca.pem())},
		{name: "good, leaf alone", chain: good},
		{name: "good, with blank lines", chain: join([]byte("\n"), good, []byte("\n\n"), ca.pem(), []byte("\n"))},
		{name: "good, last second", chain: good, at: 90*24*time.Hour - time.Second},
		{name: "good, clock a little behind", chain: good, at: -5 * time.Minute},

		{name: "nothing", chain: nil, want: issuance.ErrChain, says: "no certificate"},
		{name: "no PEM", chain: []byte("hello"), want: issuance.ErrChain, says: "after 0 certificates"},
		{name: "rest", chain: join(good, []byte("hello")), want: issuance.ErrChain, says: "after 1 certificates"},
		{name: "cut", chain: join(good, ca.pem()[:50]), want: issuance.ErrChain, says: "after 1 certificates"},
		{name: "broken certificate", chain: join(good, pemOf("CERTIFICATE", []byte("x"))), want: issuance.ErrChain, says: "certificate 2"},
		{name: "a key in it", chain: join(good, pemOf("PRIVATE KEY", []byte("x"))), want: issuance.ErrChain, says: `block 2 is of the type "PRIVATE KEY"`},
		{name: "issuer first", chain: join(ca.pem(), good), want: issuance.ErrChain, says: "another key"},
		{name: "another key", chain: ca.sign(t, plain, mustKey(t, 4).Public()), want: issuance.ErrChain, says: "for another key"},
		{name: "another kind of key", chain: ca.sign(t, plain, rsaKey.Public()), want: issuance.ErrChain, says: "for another key"},
		{name: "another name", chain: leaf(func(c *x509.Certificate) { c.DNSNames = []string{"x.example.com"} }), want: issuance.ErrChain, says: `for ["x.example.com"], not for "www.example.com" alone`},
		{name: "one name more", chain: leaf(func(c *x509.Certificate) { c.DNSNames = []string{"www.example.com", "example.com"} }), want: issuance.ErrChain, says: "alone"},
		{name: "an address more", chain: leaf(func(c *x509.Certificate) { c.IPAddresses = []net.IP{{127, 0, 0, 1}} }), want: issuance.ErrChain, says: "127.0.0.1"},
		{name: "an URI more", chain: leaf(func(c *x509.Certificate) { c.URIs = []*url.URL{{Scheme: "x", Host: "y"}} }), want: issuance.ErrChain, says: "x://y"},
		{name: "a mail address more", chain: leaf(func(c *x509.Certificate) { c.EmailAddresses = []string{"a@b"} }), want: issuance.ErrChain, says: "a@b"},
		{name: "no name", chain: leaf(func(c *x509.Certificate) { c.DNSNames = nil }), want: issuance.ErrChain, says: "alone"},
		{name: "wildcard instead", chain: leaf(func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} }), want: issuance.ErrChain, says: "alone"},
		{name: "signed by another of the name", chain: join(good, other.pem()), want: issuance.ErrChain, says: "certificate 1 is not signed by the next one"},
		{name: "twice the leaf", chain: join(good, good), want: issuance.ErrChain, says: "not signed by the next one"},
		{name: "expired", chain: good, at: 90 * 24 * time.Hour, want: issuance.ErrChain, says: "has expired on 2027-02-22T12:00:00Z"},
		{name: "not yet valid", chain: good, at: -6 * time.Minute, want: issuance.ErrNotYet, says: "valid from 2026-11-24T12:00:00Z, and it is 2026-11-24T11:54:00Z"},
		{name: "not yet valid and for another key", chain: ca.sign(t, plain, rsaKey.Public()), at: -time.Hour, want: issuance.ErrChain, says: "another key"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := issuance.CheckChain(test.chain, "www.example.com", key.Public(), baseTime().Add(test.at))
			if test.want == nil {
				if err != nil || !slices.Equal(got[0].DNSNames, plain.DNSNames) {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v; want %v, %q", err, test.want, test.says)
			}
		})
	}
}

func pemOf(typ string, bytes []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: bytes})
}

func FuzzParseChain(f *testing.F) {
	ca := newSigner(f, 1)
	f.Add(ca.pem())
	f.Add(append(ca.pem(), ca.pem()...))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		chain, err := issuance.ParseChain(data)
		if (err == nil) != (len(chain) > 0) {
			t.Fatalf("%d certificates, %v", len(chain), err)
		}
		var again []byte
		for _, c := range chain {
			again = append(again, pemOf("CERTIFICATE", c.Raw)...)
		}
		if reread, err := issuance.ParseChain(again); len(chain) > 0 && (err != nil || len(reread) != len(chain)) {
			t.Fatalf("written again: %d certificates, %v", len(reread), err)
		}
	})
}
