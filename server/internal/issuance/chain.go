package issuance

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/esacert/esacert/server/store"
)

// clockTolerance bounds the difference between our clock and the authority's.
const clockTolerance = 5 * time.Minute

// Errors of CheckChain.
var (
	// ErrChain is returned for a chain that does not match the request.
	ErrChain = errors.New("certificate chain does not match the request")
	// ErrNotYet is returned for a matching chain that is not valid yet.
	ErrNotYet = errors.New("certificate is not yet valid; check the local clock")
)

// CheckChain parses a chain (PEM, leaf first) and checks it against the
// request: the key, exactly the one name, valid now, each certificate signed by
// the next. It does not check whether the last one is trusted.
//
// Errors: ErrChain, ErrNotYet.
func CheckChain(chain []byte, name string, key crypto.PublicKey, now time.Time) ([]*x509.Certificate, error) {
	certificates, err := ParseChain(chain)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChain, err)
	}
	leaf := certificates[0]
	if err := errors.Join(checkLeaf(leaf, name, key), checkSignatures(certificates)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChain, err)
	}
	if !now.Before(leaf.NotAfter) {
		return nil, fmt.Errorf("%w: it has expired on %s", ErrChain, leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if leaf.NotBefore.Sub(now) > clockTolerance {
		return nil, fmt.Errorf("%w: it is valid from %s, and it is %s", ErrNotYet,
			leaf.NotBefore.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return certificates, nil
}

// ParseChain parses certificates in PEM. It returns at least one.
func ParseChain(chain []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for rest := chain; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			if len(bytes.TrimSpace(rest)) > 0 {
				return nil, fmt.Errorf("invalid PEM data after %d certificates", len(certificates))
			}
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("block %d is of the type %q, not CERTIFICATE", len(certificates)+1, block.Type)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(certificates)+1, err)
		}
		certificates, rest = append(certificates, certificate), after
	}
	if len(certificates) == 0 {
		return nil, errors.New("no certificate found")
	}
	return certificates, nil
}

func checkLeaf(leaf *x509.Certificate, name string, key crypto.PublicKey) error {
	public, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key) {
		return errors.New("its first certificate is for another key")
	}
	if !slices.Equal(leaf.DNSNames, []string{name}) ||
		len(leaf.IPAddresses)+len(leaf.EmailAddresses)+len(leaf.URIs) > 0 {
		return fmt.Errorf("its first certificate is for %q, not for %q alone", names(leaf), name)
	}
	return nil
}

func names(leaf *x509.Certificate) []string {
	all := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		all = append(all, ip.String())
	}
	for _, uri := range leaf.URIs {
		all = append(all, uri.String())
	}
	return append(all, leaf.EmailAddresses...)
}

func checkSignatures(certificates []*x509.Certificate) error {
	for i, certificate := range certificates[:len(certificates)-1] {
		if err := certificate.CheckSignatureFrom(certificates[i+1]); err != nil {
			return fmt.Errorf("certificate %d is not signed by the next one: %w", i+1, err)
		}
	}
	return nil
}

// certificateOf converts a checked chain to its stored form.
func certificateOf(authority string, chain []byte, leaf *x509.Certificate, sealedKey []byte, at time.Time) store.Certificate {
	sum := sha256.Sum256(leaf.Raw)
	return store.Certificate{
		Authority:   authority,
		Chain:       chain,
		SealedKey:   sealedKey,
		Serial:      leaf.SerialNumber.Text(16),
		Issuer:      leaf.Issuer.String(),
		Fingerprint: hex.EncodeToString(sum[:]),
		NotBefore:   leaf.NotBefore.UTC(),
		NotAfter:    leaf.NotAfter.UTC(),
		IssuedAt:    at,
	}
}
