package operations

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

const (
	maxCertificateName = 128       // characters
	maxChainPEM        = 256 << 10 // bytes of a chain
	maxChain           = 10        // certificates

	// maxKeyPEM is the longest private key in bytes, enough for RSA with 16384 bits.
	// Parsing an RSA key computes with its numbers, which takes half a minute for
	// 256 KiB.
	maxKeyPEM = 16 << 10
)

// regionID matches the ID of a region.
var regionID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// KeySealer encrypts the private key of the certificate with the given ID.
type KeySealer interface {
	SealKey(id int64, key crypto.Signer) ([]byte, error)
}

// SetCertificate uploads a certificate with its private key, or replaces one.
func (s *Service) SetCertificate(call *Call, in esaapi.SetCertificateFormdataRequestBody) (*esaapi.SetCertificateResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.InvalidParameterSiteID)
	if err != nil {
		return nil, err
	}
	switch in.Type {
	case esaapi.TypeUpload:
	case esaapi.TypeCas:
		if in.CasID == nil {
			return nil, refusal.New(esaerrors.CasIDMissingParameter, "CasId is missing")
		}
		return nil, refusal.New(esaerrors.CertificateNotFound, "this server has no certificates of Certificate Management Service")
	default:
		return nil, refusal.New(esaerrors.InvalidParameter, "Type is %q, want upload or cas", truncate(string(in.Type)))
	}
	request, key, err := s.upload(call, &site, &in)
	if err != nil {
		return nil, err
	}
	if request.Quota, err = s.quota(call.Context, call.Account, site.Plan, store.Uploaded); err != nil {
		return nil, internal("query quota of uploaded certificates", err)
	}
	request.Seal = func(id int64) ([]byte, error) {
		if s.sealer == nil {
			return nil, nil
		}
		return s.sealer.SealKey(id, key)
	}
	id, err := s.store.SetCertificate(call.Context, request)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, notFound(&site, value(in.ID))
	case errors.Is(err, store.ErrNotUploaded):
		return nil, refusal.New(esaerrors.UpdateFreeCertificateNotSupport, "certificate %s was not uploaded", value(in.ID))
	case errors.Is(err, store.ErrNameInUse):
		return nil, refusal.New(esaerrors.CertificateDuplicated, "the site has a certificate named %q", request.Name)
	case errors.Is(err, store.ErrQuotaExceeded):
		return nil, refusal.New(esaerrors.CertQuotaCheckFailed, "plan %s allows %d uploaded certificates", site.Plan, request.Quota)
	case err != nil:
		return nil, failedWrite("store certificate", err)
	}
	call.NonceStored, call.IDs, call.Domains = true, []int64{id}, request.Names
	return &esaapi.SetCertificateResponseBody{RequestID: call.RequestID, ID: formatID(id)}, nil
}

// upload checks an upload and returns the store's request and the private key.
func (s *Service) upload(call *Call, site *Site, in *esaapi.SetCertificateFormdataRequestBody) (store.UploadRequest, crypto.Signer, error) {
	r := store.UploadRequest{
		Account: call.Account, SiteID: site.ID, Name: value(in.Name), Region: value(in.Region), RequestID: call.RequestID, At: call.At,
		Plan: site.Plan, Nonce: call.Nonce,
	}
	switch n := utf8.RuneCountInString(r.Name); {
	case value(in.Certificate) == "":
		return r, nil, refusal.New(esaerrors.CertificateMissingParameter, "Certificate is missing or empty")
	case value(in.PrivateKey) == "":
		return r, nil, refusal.New(esaerrors.PrivateKeyMissingParameter, "PrivateKey is missing or empty")
	case n > maxCertificateName || !storable(r.Name):
		return r, nil, refusal.New(esaerrors.InvalidParameter, "Name has %d characters, at most %d UTF-8 characters are allowed", n, maxCertificateName)
	case r.Region != "" && !regionID.MatchString(r.Region):
		return r, nil, refusal.New(esaerrors.InvalidParameter, "Region is not a region ID, for example cn-hangzhou")
	}
	if raw := value(in.ID); raw != "" {
		replaced, err := s.record(call, site, raw)
		if err != nil {
			return r, nil, err
		}
		if r.ID = replaced.ID; r.Name == "" {
			r.Name = replaced.Name
		}
	}
	leaf, chain, err := parseChain(value(in.Certificate), call.At)
	if err != nil {
		return r, nil, refusal.New(esaerrors.InvalidSSLPub, "Certificate: %v", err)
	}
	key, err := parseKey(value(in.PrivateKey))
	if err != nil {
		return r, nil, refusal.New(esaerrors.InvalidSSLPri, "PrivateKey: %v", err)
	}
	if public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(leaf.PublicKey) {
		return r, nil, refusal.New(esaerrors.CertificateNotMatchPrivateKey, "the private key does not belong to the first certificate")
	}
	if r.Names, err = uploadNames(leaf, site); err != nil {
		return r, nil, err
	}
	sum := sha256.Sum256(leaf.Raw)
	r.Domain = r.Names[0]
	if r.Name == "" {
		r.Name = r.Domain
	}
	r.Certificate = store.Certificate{
		Chain: chain, Serial: fmt.Sprintf("%x", leaf.SerialNumber), Issuer: toStorable(leaf.Issuer.String()), Fingerprint: hex.EncodeToString(sum[:]),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, IssuedAt: call.At,
	}
	return r, key, nil
}

// uploadNames returns the names of a certificate in normal form, which all must belong to
// the site: those of its SAN, or its common name if that has none. Empty names are
// ignored: the vendor's Terraform provider tests with a certificate whose only name in SAN
// is empty.
func uploadNames(leaf *x509.Certificate, site *Site) ([]string, error) {
	given := slices.DeleteFunc(slices.Clone(leaf.DNSNames), func(name string) bool { return name == "" })
	if len(given) == 0 && leaf.Subject.CommonName != "" {
		given = []string{leaf.Subject.CommonName}
	}
	if len(given) == 0 {
		return nil, refusal.New(esaerrors.InvalidCertificateNotFound, "the certificate has no DNS names")
	}
	var names []string
	for _, raw := range given {
		if name, err := ParseName(raw); err == nil && name.In(site.Name) && len(name) == len(raw) { // ParseName removes spaces
			names = append(names, string(name))
		}
	}
	switch len(names) {
	case len(given):
		return names, nil
	case 0:
		return nil, refusal.New(esaerrors.InvalidCertificateNotFound, "none of %d names of the certificate belongs to site %s", len(given), site.Name)
	}
	return nil, refusal.New(esaerrors.CertificateDomainNotMatchSite, "%d of %d names of the certificate do not belong to site %s",
		len(given)-len(names), len(given), site.Name)
}

// parseChain parses certificates, the leaf first, and returns them as PEM in its
// normal form. If the input differs from that only in line ends, it is returned
// unchanged: Terraform plans an update if it reads back another string than it
// uploaded. Its errors contain nothing of the input.
func parseChain(raw string, now time.Time) (leaf *x509.Certificate, chain []byte, err error) {
	if len(raw) > maxChainPEM {
		return nil, nil, fmt.Errorf("has %d bytes, more than %d", len(raw), maxChainPEM)
	}
	var normal bytes.Buffer
	n := 0
	for rest := []byte(raw); ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if len(bytes.TrimSpace(rest)) > 0 {
				return nil, nil, errors.New("has data that is not PEM")
			}
			break
		}
		if block.Type != "CERTIFICATE" || n == maxChain {
			return nil, nil, fmt.Errorf("want 1 to %d PEM blocks CERTIFICATE", maxChain)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("certificate %d is not X.509", n+1)
		}
		if leaf == nil {
			leaf = certificate
		}
		if err := pem.Encode(&normal, &pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes}); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case leaf == nil:
		return nil, nil, errors.New("has no PEM block CERTIFICATE")
	case leaf.IsCA:
		return nil, nil, errors.New("the first certificate is one of an authority; send the site's certificate first")
	case !now.Before(leaf.NotAfter):
		return nil, nil, fmt.Errorf("expired at %s", formatTime(leaf.NotAfter))
	}
	if trimLineEnds(raw) == trimLineEnds(normal.String()) {
		return leaf, []byte(raw), nil
	}
	return leaf, normal.Bytes(), nil
}

// trimLineEnds returns PEM with Unix line ends, and none at its end.
func trimLineEnds(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}

// parseKey parses a private key. Its errors contain nothing of the input.
func parseKey(raw string) (crypto.Signer, error) {
	if len(raw) > maxKeyPEM {
		return nil, fmt.Errorf("has %d bytes, more than %d", len(raw), maxKeyPEM)
	}
	block, rest := pem.Decode([]byte(raw))
	for block != nil && block.Type == "EC PARAMETERS" { // OpenSSL writes them before the key
		block, rest = pem.Decode(rest)
	}
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("want one PEM block with a private key")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, errors.New("want a PEM block PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY, without a passphrase")
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, errors.New("is not a private key that signs")
	}
	return signer, nil
}
