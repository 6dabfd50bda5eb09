package localca_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	for _, name := range []string{"www.example.com", "*.example.com", strings.Repeat("a", 63) + ".xn--bcher-kva.example.com"} {
		chain := mustFulfil(t, ca, mustOrder(t, ca, 1, name))
		if len(chain) != 2 {
			t.Fatalf("the chain has %d certificates, want leaf and intermediate", len(chain))
		}
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(rootOf(t, ca))
		between.AddCert(chain[1])
		host := strings.Replace(name, "*", "any", 1)
		paths, err := chain[0].Verify(x509.VerifyOptions{
			DNSName: host, Roots: roots, Intermediates: between, CurrentTime: baseTime(),
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		if err != nil || len(paths) != 1 || len(paths[0]) != 3 {
			t.Errorf("Verify(%s) = %v, %v", host, paths, err)
		}
		wantLeaf(t, chain[0], chain[1], name)
	}
}

func wantLeaf(t *testing.T, leaf, intermediate *x509.Certificate, name string) {
	t.Helper()
	if !slices.Equal(leaf.DNSNames, []string{name}) || len(leaf.Subject.Names) > 0 {
		t.Errorf("names %q, subject %q", leaf.DNSNames, leaf.Subject)
	}
	if !leaf.NotBefore.Equal(baseTime()) || leaf.NotAfter.Sub(leaf.NotBefore) != localca.DefaultLifetime {
		t.Errorf("valid from %v to %v", leaf.NotBefore, leaf.NotAfter)
	}
	if leaf.IsCA || !leaf.BasicConstraintsValid || leaf.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("CA %v, key usage %b", leaf.IsCA, leaf.KeyUsage)
	}
	if len(leaf.SubjectKeyId) != 20 || !bytes.Equal(leaf.AuthorityKeyId, intermediate.SubjectKeyId) {
		t.Errorf("key ids %x, %x; the intermediate's is %x", leaf.SubjectKeyId, leaf.AuthorityKeyId, intermediate.SubjectKeyId)
	}
	if bits := leaf.SerialNumber.BitLen(); bits != 127 || leaf.SerialNumber.Sign() < 0 {
		t.Errorf("the serial number %v has %d bits, want 127", leaf.SerialNumber, bits)
	}
}

func TestAuthorities(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	root := rootOf(t, ca)
	intermediate := mustFulfil(t, ca, mustOrder(t, ca, 1, "www.example.com"))[1]
	for _, c := range []struct {
		name   string
		is     *x509.Certificate
		length int
		until  time.Time
	}{
		{"Root", root, 1, baseTime().Add(-24*time.Hour).AddDate(20, 0, 0)},
		{"Intermediate", intermediate, 0, baseTime().Add(-24*time.Hour).AddDate(10, 0, 0)},
	} {
		if !c.is.IsCA || c.is.MaxPathLen != c.length || c.is.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
			t.Errorf("%s: CA %v, path length %d, key usage %b", c.name, c.is.IsCA, c.is.MaxPathLen, c.is.KeyUsage)
		}
		if !strings.HasPrefix(c.is.Subject.CommonName, "esacert local "+c.name+" ") || !c.is.NotAfter.Equal(c.until) {
			t.Errorf("%s: %v until %v", c.name, c.is.Subject, c.is.NotAfter)
		}
	}
	if other := rootOf(t, mustOpen(t, localca.Options{Random: seeded(2)})); other.Subject.CommonName == root.Subject.CommonName {
		t.Error("two authorities have the same name")
	}
	if same := rootOf(t, mustOpen(t, localca.Options{})); !same.Equal(root) {
		t.Error("two authorities with the same seed differ")
	}
}

// TestFulfillIsIdempotent checks that a repeated Fulfill returns the same
// certificate.
func TestFulfillIsIdempotent(t *testing.T) {
	t.Parallel()
	now := &clock{at: baseTime()}
	ca := mustOpen(t, localca.Options{Now: now.now})
	order := mustOrder(t, ca, 1, "www.example.com")
	first := mustFulfil(t, ca, order)[0]
	now.at = now.at.Add(3 * time.Hour)
	if again := mustFulfil(t, ca, order)[0]; !again.Equal(first) {
		t.Error("the second Fulfill returned another certificate")
	}
	others := map[string]issuance.FulfillRequest{
		"key":         order,
		"order":       mustOrder(t, ca, 1, "www.example.com"),
		"application": mustOrder(t, ca, 2, "www.example.com"),
	}
	another := others["key"]
	another.CSR = csrOf(t, mustKey(t, 10), "www.example.com")
	others["key"] = another
	for what, other := range others {
		if got := mustFulfil(t, ca, other)[0]; got.SerialNumber.Cmp(first.SerialNumber) == 0 {
			t.Errorf("another %s has the same serial number", what)
		}
	}
}

func TestRSA(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ca := mustOpen(t, localca.Options{})
	order := mustOrder(t, ca, 1, "www.example.com")
	order.CSR = csrOf(t, key, "www.example.com")
	leaf := mustFulfil(t, ca, order)[0]
	if leaf.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment || !key.PublicKey.Equal(leaf.PublicKey) {
		t.Errorf("key usage %b, key %T", leaf.KeyUsage, leaf.PublicKey)
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	now := &clock{at: baseTime()}
	ca := mustOpen(t, localca.Options{Now: now.now, Delay: 10 * time.Minute})
	order := mustOrder(t, ca, 1, "www.example.com")
	for _, test := range []struct {
		at   time.Duration
		wait time.Duration
	}{{0, 10 * time.Minute}, {4 * time.Minute, 6 * time.Minute}, {10*time.Minute - time.Microsecond, time.Microsecond}, {10 * time.Minute, 0}, {time.Hour, 0}} {
		now.at = baseTime().Add(test.at)
		_, err := ca.Fulfill(t.Context(), order)
		var later *issuance.RetryLaterError
		if test.wait == 0 {
			if err != nil {
				t.Errorf("after %v: %v", test.at, err)
			}
			continue
		}
		if !errors.As(err, &later) || later.After != test.wait || later.Problem != nil {
			t.Errorf("after %v: %v, want to wait %v", test.at, err, test.wait)
		}
	}
}

// TestDelayFromApplication checks that the delay starts with the application, not
// with the order.
func TestDelayFromApplication(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{Delay: 10 * time.Minute})
	order := mustOrder(t, ca, 1, "www.example.com")
	for name, test := range map[string]struct{ applied, wait time.Duration }{
		"immediately":         {0, 10 * time.Minute},
		"four minutes ago":    {-4 * time.Minute, 6 * time.Minute},
		"an hour ago":         {-time.Hour, 0},
		"by a clock set back": {time.Hour, 10 * time.Minute},
	} {
		r := order
		r.AppliedAt = baseTime().Add(test.applied)
		_, err := ca.Fulfill(t.Context(), r)
		var later *issuance.RetryLaterError
		if got := errors.As(err, &later); got != (test.wait > 0) || got && later.After != test.wait {
			t.Errorf("%s: %v, want to wait %v", name, err, test.wait)
		}
	}
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	now := &clock{at: baseTime()}
	ca := mustOpen(t, localca.Options{Now: now.now, Lifetime: time.Hour})
	if leaf := mustFulfil(t, ca, mustOrder(t, ca, 1, "www.example.com"))[0]; leaf.NotAfter.Sub(leaf.NotBefore) != time.Hour {
		t.Errorf("valid from %v to %v", leaf.NotBefore, leaf.NotAfter)
	}
	long := mustOpen(t, localca.Options{Now: now.now, Lifetime: 30 * 365 * 24 * time.Hour})
	chain := mustFulfil(t, long, mustOrder(t, long, 1, "www.example.com"))
	if !chain[0].NotAfter.Equal(chain[1].NotAfter) {
		t.Errorf("the leaf is valid until %v, the intermediate until %v", chain[0].NotAfter, chain[1].NotAfter)
	}
}

func TestOpenRejectsOptions(t *testing.T) {
	t.Parallel()
	for says, o := range map[string]localca.Options{
		"lifetime is 1s: it must be 1m0s at least": {Lifetime: time.Second},
		"delay is -1ns": {Delay: -1},
	} {
		if _, err := localca.Open(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestFulfillErrors(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	good := mustOrder(t, ca, 1, "www.example.com")
	tests := []struct {
		name   string
		change func(*issuance.FulfillRequest)
		typ    string
		says   string
	}{
		{"another application's order", func(r *issuance.FulfillRequest) { r.ID = 2 }, "malformed", "not an order of application 2"},
		{"no order", func(r *issuance.FulfillRequest) { r.URL = "https://example.com/1" }, "malformed", "not an order"},
		{"order with more", func(r *issuance.FulfillRequest) { r.URL += "0x" }, "malformed", "not an order"},
		{"order from the future", func(r *issuance.FulfillRequest) { r.URL = "localca:order/1/1864000000000000" }, "orderNotReady", "the clock was set back"},
		{"no request", func(r *issuance.FulfillRequest) { r.CSR = []byte("x") }, "badCSR", "is not one"},
		{"another name", func(r *issuance.FulfillRequest) { r.Name = "x.example.com" }, "badCSR", `["www.example.com"], the order is for "x.example.com"`},
		{"more names", func(r *issuance.FulfillRequest) {
			r.CSR = csrOf(t, mustKey(t, 9), "www.example.com", "example.com")
		}, "badCSR", "the order is for"},
		{"request of another key", func(r *issuance.FulfillRequest) {
			r.CSR = bytes.Clone(r.CSR)
			r.CSR[len(r.CSR)-1] ^= 1
		}, "badCSR", "not signed by its key"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := good
			test.change(&r)
			_, err := ca.Fulfill(t.Context(), r)
			refused := problemOf(t, err)
			if !refused.OrderInvalid || refused.Problem.Type != "urn:ietf:params:acme:error:"+test.typ || !strings.Contains(refused.Problem.Detail, test.says) {
				t.Errorf("%+v, want %s, %q", refused, test.typ, test.says)
			}
		})
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	order := mustOrder(t, ca, 1, "www.example.com")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ca.Order(canceled, issuance.OrderRequest{ID: 1, Name: "www.example.com"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Order: %v", err)
	}
	if _, err := ca.Fulfill(canceled, order); !errors.Is(err, context.Canceled) {
		t.Errorf("Fulfill: %v", err)
	}
}

func TestRenewalInfo(t *testing.T) {
	t.Parallel()
	silent, telling := mustOpen(t, localca.Options{}), mustOpen(t, localca.Options{RenewalInfo: true})
	leaf := mustFulfil(t, silent, mustOrder(t, silent, 1, "www.example.com"))[0]
	if _, err := silent.RenewalInfo(t.Context(), leaf); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v, want errors.ErrUnsupported", err)
	}
	info, err := telling.RenewalInfo(t.Context(), leaf)
	const day = 24 * time.Hour
	if err != nil || !info.Start.Equal(baseTime().Add(60*day)) || info.End.Sub(info.Start) != 7*day+12*time.Hour || info.RetryAfter != 6*time.Hour {
		t.Errorf("%+v, %v", info, err)
	}
}

func BenchmarkFulfill(b *testing.B) {
	ca := mustOpen(b, localca.Options{})
	order := mustOrder(b, ca, 1, "www.example.com")
	for b.Loop() {
		if _, err := ca.Fulfill(b.Context(), order); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRevokeIsUnsupported(t *testing.T) {
	t.Parallel()
	ca := mustOpen(t, localca.Options{})
	leaf := mustFulfil(t, ca, mustOrder(t, ca, 1, "www.example.com"))[0]
	if err := ca.Revoke(t.Context(), leaf); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want errors.ErrUnsupported", err)
	}
}
