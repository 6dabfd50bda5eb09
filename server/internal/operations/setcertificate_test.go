package operations_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("PRIVATE KEY", der)
}

func ecdsaKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certify returns a self-signed certificate for a key. The names may be invalid.
func certify(t testing.TB, key crypto.Signer, change func(*x509.Certificate), names ...string) string {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "test"}, DNSNames: names,
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 2, 0),
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("CERTIFICATE", der)
}

func upload(certificate, key string) esaapi.SetCertificateFormdataRequestBody {
	return esaapi.SetCertificateFormdataRequestBody{SiteID: siteID, Type: esaapi.TypeUpload, Certificate: &certificate, PrivateKey: &key}
}

// Every kind of key that a public authority or a common tool uses is accepted.
func TestUploadedKeys(t *testing.T) {
	t.Parallel()
	keyOf := func(key crypto.Signer, err error) crypto.Signer {
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	p224, errP224 := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	p384, errP384 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, errP521 := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, edwards, errEdwards := ed25519.GenerateKey(rand.Reader)
	small, errSmall := rsa.GenerateKey(rand.Reader, 2048)
	p256 := ecdsaKey(t)
	sec1, err := x509.MarshalECPrivateKey(p256)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		key  crypto.Signer
		text string // PKCS #8 if ""
	}{
		"P-224": {keyOf(p224, errP224), ""}, "P-256": {p256, ""}, "P-384": {keyOf(p384, errP384), ""}, "P-521": {keyOf(p521, errP521), ""},
		"Ed25519": {keyOf(edwards, errEdwards), ""}, "RSA": {keyOf(small, errSmall), ""},
		"RSA, PKCS #1":            {small, encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small))},
		"EC, SEC 1":               {p256, encodePEM("EC PRIVATE KEY", sec1)},
		"EC, as OpenSSL does":     {p256, encodePEM("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}) + encodePEM("EC PRIVATE KEY", sec1)},
		"with CRLF and comments":  {p256, "subject=x\r\n" + strings.ReplaceAll(pkcs8(t, p256), "\n", "\r\n") + "\r\n \t"},
		"without a final newline": {p256, strings.TrimSpace(pkcs8(t, p256))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.text == "" {
				tc.text = pkcs8(t, tc.key)
			}
			s := newShelf()
			call := newCall(t)
			out, err := s.service().SetCertificate(call, upload(certify(t, tc.key, nil, "www.example.com"), tc.text))
			if err != nil || out.ID != "30000478" && out.ID != fmt.Sprint(store.FirstID) || !call.NonceStored || len(s.sealed) != 1 {
				t.Fatalf("%+v, %v, sealed %v", out, err, s.sealed)
			}
		})
	}
}

func TestRejectedKeys(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	certificate, good := certify(t, key, nil, "www.example.com"), pkcs8(t, key)
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	old, err := asn1.Marshal(struct{ Version, P, Q, G, Y, X *big.Int }{new(big.Int), big.NewInt(7), big.NewInt(3), big.NewInt(2), big.NewInt(4), big.NewInt(1)})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a key that does not sign": pkcs8(t, x25519), "a public key": encodePEM("PUBLIC KEY", public), "DSA": encodePEM("DSA PRIVATE KEY", old),
		"encrypted, PKCS #8":  encodePEM("ENCRYPTED PRIVATE KEY", []byte("secret")),
		"encrypted, PKCS #1":  "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n",
		"encrypted, SEC 1":    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n",
		"two keys":            good + pkcs8(t, ecdsaKey(t)),
		"key and certificate": good + certificate, "certificate and key": certificate + good, "parameters alone": encodePEM("EC PARAMETERS", []byte{5, 0}),
		"OpenSSH": encodePEM("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")), "DER": "\x30\x82\x01", "spaces": "  \n", "cut": good[:len(good)-40],
		"labeled RSA": strings.ReplaceAll(good, "PRIVATE KEY", "RSA PRIVATE KEY"), "long": good + strings.Repeat("\n", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			_, err := s.service().SetCertificate(newCall(t), upload(certificate, text))
			refused := wantRefusal(t, err, esaerrors.InvalidSSLPri)
			if len(s.uploads) != 0 {
				t.Error("stored")
			}
			for _, line := range strings.Fields(text) {
				if len(line) > 30 && strings.Contains(refused.Error(), line[:30]) {
					t.Errorf("the error has a part of the key: %v", refused)
				}
			}
		})
	}
	other := pkcs8(t, ecdsaKey(t))
	_, err = newShelf().service().SetCertificate(newCall(t), upload(certificate, other))
	wantRefusal(t, err, esaerrors.CertificateNotMatchPrivateKey)
}

// A key with enormous numbers is rejected before they are computed with.
func TestHugeKeyIsRejectedFast(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{15_000, 250_000} {
		key := hugeKey(t, bits)
		start := time.Now()
		if _, err := operations.ParseKey(key); err == nil {
			t.Errorf("%d bits: accepted", bits)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%d bits, %d bytes of PEM: it took %v", bits, len(key), took)
		}
	}
}

// hugeKey returns an RSA key of two factors with the given number of bits, which are
// not prime.
func hugeKey(t *testing.T, bits int) string {
	t.Helper()
	p := new(big.Int).SetBit(big.NewInt(1), bits, 1)
	q := new(big.Int).SetBit(big.NewInt(3), bits, 1)
	one := big.NewInt(1)
	d := new(big.Int).Sub(new(big.Int).Mul(p, q), one)
	der, err := asn1.Marshal(struct {
		Version               int
		N                     *big.Int
		E                     int
		D, P, Q, Dp, Dq, Qinv *big.Int
	}{0, new(big.Int).Mul(p, q), 65537, d, p, q, one, one, one})
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("RSA PRIVATE KEY", der)
}

func TestUploadedChains(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	text := pkcs8(t, key)
	leaf := certify(t, key, nil, "www.example.com")
	authority := certify(t, key, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, "ca.example.com")
	until := func(end time.Time) string {
		return certify(t, key, func(c *x509.Certificate) { c.NotAfter = end }, "www.example.com")
	}
	for name, tc := range map[string]struct {
		chain string
		want  *esaerrors.Error
	}{
		"leaf":                         {leaf, nil},
		"leaf and authority":           {leaf + authority, nil},
		"with text around, and CRLF":   {"Certificate:\r\n  Data\r\n" + strings.ReplaceAll(leaf, "\n", "\r\n") + "\r\n subject=x\r\n" + authority + "\r\n\t ", nil},
		"ten certificates":             {strings.Repeat(leaf, 10), nil},
		"a second left":                {until(now.Add(time.Second)), nil},
		"at its end":                   {until(now), esaerrors.InvalidSSLPub},
		"expired":                      {until(now.AddDate(0, 0, -1)), esaerrors.InvalidSSLPub},
		"eleven certificates":          {strings.Repeat(leaf, 11), esaerrors.InvalidSSLPub},
		"authority first":              {authority + leaf, esaerrors.InvalidSSLPub},
		"key":                          {text, esaerrors.InvalidSSLPub},
		"key behind the leaf":          {leaf + text, esaerrors.InvalidSSLPub},
		"request":                      {strings.ReplaceAll(leaf, "CERTIFICATE", "CERTIFICATE REQUEST"), esaerrors.InvalidSSLPub},
		"trusted certificate":          {strings.ReplaceAll(leaf, "CERTIFICATE", "TRUSTED CERTIFICATE"), esaerrors.InvalidSSLPub},
		"text behind the leaf":         {leaf + "x", esaerrors.InvalidSSLPub},
		"DER":                          {"\x30\x82\x01", esaerrors.InvalidSSLPub},
		"bytes behind the certificate": {encodePEM("CERTIFICATE", append(decode(t, leaf), 0)), esaerrors.InvalidSSLPub},
		"1 MB":                         {leaf + strings.Repeat("\n", 1<<20), esaerrors.InvalidSSLPub},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			_, err := s.service().SetCertificate(newCall(t), upload(tc.chain, text))
			switch {
			case tc.want != nil:
				wantRefusal(t, err, tc.want)
				if len(s.uploads) != 0 {
					t.Error("stored")
				}
			case err != nil:
				t.Error(err)
			case !strings.HasPrefix(string(s.uploads[0].Certificate.Chain), "-----BEGIN CERTIFICATE-----\n") || strings.ContainsAny(string(s.uploads[0].Certificate.Chain), "\r:"):
				t.Errorf("the chain is not in normal form:\n%s", s.uploads[0].Certificate.Chain)
			}
		})
	}
}

func decode(t testing.TB, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("not PEM: %q", text)
	}
	return block.Bytes
}

func TestNamesOfUploads(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	text := pkcs8(t, key)
	long := strings.Repeat("a", 63) + "."
	for name, tc := range map[string]struct {
		names  []string
		stored string // joined
		want   *esaerrors.Error
	}{
		"one":                 {[]string{"www.example.com"}, "www.example.com", nil},
		"the site":            {[]string{"example.com", "*.example.com"}, "example.com,*.example.com", nil},
		"upper case":          {[]string{"WWW.Example.COM", "*.EXAMPLE.com"}, "www.example.com,*.example.com", nil},
		"punycode":            {[]string{"XN--BCHER-KVA.example.com"}, "xn--bcher-kva.example.com", nil},
		"none":                {nil, "", esaerrors.InvalidCertificateNotFound},
		"of another site":     {[]string{"example.org"}, "", esaerrors.InvalidCertificateNotFound},
		"one of another site": {[]string{"example.com", "example.org"}, "", esaerrors.CertificateDomainNotMatchSite},
		"a similar site":      {[]string{"badexample.com", "www.example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"a long label":        {[]string{"www.example.com", "a" + long + "example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"a long name":         {[]string{"www.example.com", strings.Repeat(long, 4) + "example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"a misplaced star":    {[]string{"www.example.com", "w*.example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"two stars":           {[]string{"www.example.com", "*.*.example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"NUL":                 {[]string{"www.example.com", "a\x00.example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"a comma":             {[]string{"www.example.com", "a.example.com,b.example.com"}, "", esaerrors.CertificateDomainNotMatchSite},
		"a trailing dot":      {[]string{"www.example.com", "b.example.com."}, "", esaerrors.CertificateDomainNotMatchSite},
		"one empty":           {[]string{"www.example.com", ""}, "www.example.com", nil},
		"all empty":           {[]string{""}, "", esaerrors.InvalidCertificateNotFound},
		"a space":             {[]string{" www.example.com"}, "", esaerrors.InvalidCertificateNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			_, err := s.service().SetCertificate(newCall(t), upload(certify(t, key, nil, tc.names...), text))
			if tc.want != nil {
				// The parser of certificates rejects some of the names.
				if !errors.Is(err, esaerrors.InvalidSSLPub) {
					wantRefusal(t, err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(tc.stored, ",")
			if u := s.uploads[0]; strings.Join(u.Names, ",") != tc.stored || u.Domain != first || u.Name != first {
				t.Errorf("stored %q, %q, %q; want %q", u.Names, u.Domain, u.Name, tc.stored)
			}
		})
	}
}

// Nothing is validated for an upload, so a CNAME site may have wildcards and a site
// in any status may have certificates.
func TestUploadsForAnySite(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	in := upload(certify(t, key, nil, "*.example.com"), pkcs8(t, key))
	for _, access := range []operations.AccessType{operations.NS, operations.CNAME} {
		for _, status := range []operations.Status{operations.Active, operations.Pending, operations.Offline, operations.Moved} {
			s := newShelf()
			s.sites[0].Access, s.sites[0].Status = access, status
			if _, err := s.service().SetCertificate(newCall(t), in); err != nil {
				t.Errorf("%s, %s: %v", access, status, err)
			}
		}
	}
}

// What the store gets is text that it keeps, whatever the certificate has.
func TestStoredTextOfUploads(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	for name, tc := range map[string]struct {
		change func(*x509.Certificate)
		issuer string
		serial string
	}{
		"NUL":             {func(c *x509.Certificate) { c.Subject.CommonName = "a\x00b" }, "CN=a\uFFFDb", "7"},
		"Unicode":         {func(c *x509.Certificate) { c.Subject.Organization = []string{"Zertifikate für Ä"} }, "CN=test,O=Zertifikate für Ä", "7"},
		"serial":          {func(c *x509.Certificate) { c.SerialNumber = new(big.Int).SetBytes([]byte{0xff, 1}) }, "CN=test", "ff01"},
		"the first year":  {func(c *x509.Certificate) { c.NotBefore = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC) }, "CN=test", "7"},
		"the last second": {func(c *x509.Certificate) { c.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }, "CN=test", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			if _, err := s.service().SetCertificate(newCall(t), upload(certify(t, key, tc.change, "www.example.com"), pkcs8(t, key))); err != nil {
				t.Fatal(err)
			}
			if c := s.uploads[0].Certificate; c.Issuer != tc.issuer || c.Serial != tc.serial || len(c.Fingerprint) != 64 || !c.IssuedAt.Equal(now) {
				t.Errorf("%q, %q, %q", c.Issuer, c.Serial, c.Fingerprint)
			}
		})
	}
}

func TestUploadErrorsOfTheStore(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	in := upload(certify(t, key, nil, "www.example.com"), pkcs8(t, key))
	in.ID = new("7")
	uploaded := record(7, "www.example.com", store.Issued, now.Add(day))
	uploaded.Type = store.Uploaded
	failure := errors.New("disk on fire")
	for name, tc := range map[string]struct {
		method  string
		failure error
		want    *esaerrors.Error
	}{
		"unknown":         {"SetCertificate", store.ErrNotFound, esaerrors.CertificateNotFound},
		"free":            {"SetCertificate", store.ErrNotUploaded, esaerrors.UpdateFreeCertificateNotSupport},
		"name in use":     {"SetCertificate", store.ErrNameInUse, esaerrors.CertificateDuplicated},
		"quota":           {"SetCertificate", store.ErrQuotaExceeded, esaerrors.CertQuotaCheckFailed},
		"nonce forgotten": {"SetCertificate", store.ErrNonceForgotten, esaerrors.UnauthorizedInvalidTime},
		"store":           {"SetCertificate", failure, esaerrors.InternalException},
		"sites":           {"Site", failure, esaerrors.InternalException},
		"quotas":          {"Quota", failure, esaerrors.InternalException},
		"read":            {"FindCertificate", failure, esaerrors.InternalException},
		"sealing":         {"SealKey", failure, esaerrors.InternalException},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(uploaded)
			s.failures[tc.method] = tc.failure
			call := newCall(t)
			_, err := s.service().SetCertificate(call, in)
			refused := wantRefusal(t, err, tc.want)
			if call.NonceStored || strings.Contains(refused.Error(), "-----") {
				t.Errorf("nonce stored: %v, error: %v", call.NonceStored, refused)
			}
		})
	}
}

// A certificate that replaces one keeps its name, unless the caller sends another.
func TestReplacedCertificates(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	in := upload(certify(t, key, nil, "www.example.com"), pkcs8(t, key))
	in.ID = new("7")
	named := record(7, "www.example.com", store.Issued, now.Add(day))
	named.Type, named.Name = store.Uploaded, "shop"
	for name, want := range map[string]string{"": "shop", "new": "new", "shop": "shop"} {
		s := newShelf(named)
		in.Name = &name
		if _, err := s.service().SetCertificate(newCall(t), in); err != nil || s.uploads[0].ID != 7 || s.uploads[0].Name != want || s.uploads[0].Quota != 5 {
			t.Errorf("Name %q: %+v, %v", name, s.uploads, err)
		}
	}
	s := newShelf(named)
	in.ID, in.Name = new("8"), nil
	_, err := s.service().SetCertificate(newCall(t), in)
	wantRefusal(t, err, esaerrors.CertificateNotFound)
	if len(s.uploads) != 0 {
		t.Error("stored")
	}
}

// FuzzChain checks that no input makes the parser panic, and that what it returns is
// in normal form.
func FuzzChain(f *testing.F) {
	key := ecdsaKey(f)
	leaf := certify(f, key, nil, "www.example.com")
	for _, seed := range []string{"", leaf, leaf + leaf, leaf[:100], "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", pkcs8(f, key)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		leaf, chain, err := operations.ParseChain(raw, now)
		if err != nil {
			return
		}
		again, normal, err := operations.ParseChain(string(chain), now)
		if err != nil || !again.Equal(leaf) || string(normal) != string(chain) {
			t.Errorf("the normal form %q is parsed as %q, %v", chain, normal, err)
		}
	})
}

// FuzzKey checks that no input makes the parser panic, and that no error contains a
// part of the input.
func FuzzKey(f *testing.F) {
	key := ecdsaKey(f)
	sec1, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", pkcs8(f, key), encodePEM("EC PRIVATE KEY", sec1), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		key, err := operations.ParseKey(raw)
		if err == nil && (key == nil || key.Public() == nil) {
			t.Error("accepted without a key")
		}
		if err != nil && len(raw) > 20 && strings.Contains(err.Error(), raw) {
			t.Errorf("the error has the input: %v", err)
		}
	})
}

// FuzzTagFilter checks that a filter is an array of objects with a Key.
func FuzzTagFilter(f *testing.F) {
	for _, seed := range []string{"", "null", "[]", `[{"Key":"a","Value":"b"}]`, `[{"Key":"a"},{}]`, `[null]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		tags, ok := operations.ParseTagFilter(raw)
		if !ok && tags != nil || ok && !strings.HasPrefix(strings.TrimSpace(raw), "[") {
			t.Errorf("%q: %v, %v", raw, tags, ok)
		}
		for _, tag := range tags {
			if tag.Key == "" {
				t.Errorf("%q: a tag without a key", raw)
			}
		}
	})
}

// FuzzCertificateID checks that an Id finds a record only if it is its decimal number.
func FuzzCertificateID(f *testing.F) {
	for _, seed := range []string{"", "7", "07", "+7", " 7", "7\x00", "nope", "9223372036854775808", "７"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s := newShelf(record(7, "a.example.com", store.Applying, time.Time{}))
		_, err := s.service().GetCertificate(newCall(t), esaapi.GetCertificateParams{SiteID: siteID, ID: raw})
		switch {
		case raw == "7" && err != nil:
			t.Error(err)
		case raw != "7":
			wantRefusal(t, err, esaerrors.CertificateNotFound)
		}
	})
}

// Text that only looks like PEM costs no more than its length.
func TestHugeTextIsParsedFast(t *testing.T) {
	t.Parallel()
	key := ecdsaKey(t)
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("n%d.example.com", i)
	}
	for name, text := range map[string]string{
		"beginnings": strings.Repeat("-----BEGIN CERTIFICATE-----\n", 9000),
		"endings":    strings.Repeat("-----END CERTIFICATE-----\n", 9000),
		"both":       strings.Repeat("-----BEGIN A-----\n-----END B-----\n", 7000),
		"headers":    "-----BEGIN CERTIFICATE-----\n" + strings.Repeat("a: b\n", 50_000) + "-----END CERTIFICATE-----\n",
		"colons":     "-----BEGIN CERTIFICATE-----\n" + strings.Repeat(":", 250_000) + "\n-----END CERTIFICATE-----\n",
		"base64":     "-----BEGIN CERTIFICATE-----\n" + strings.Repeat("MIIB", 60_000) + "\n-----END CERTIFICATE-----\n",
		"spaces":     strings.Repeat(" ", 250_000) + "x",
		"many names": certify(t, key, nil, names...),
	} {
		for _, parse := range []func() error{
			func() error { _, _, err := operations.ParseChain(text, now); return err },
			func() error { _, err := operations.ParseKey(text[:min(len(text), 16<<10)]); return err },
		} {
			start := time.Now()
			err := parse()
			if took := time.Since(start); took > 3*time.Second || err == nil && name != "many names" {
				t.Errorf("%s, %d bytes: it took %v, %v", name, len(text), took, err)
			}
		}
	}
}
