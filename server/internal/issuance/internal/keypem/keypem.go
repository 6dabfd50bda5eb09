// Package keypem encodes certificates and their private keys as one PEM file,
// so that a file contains both or neither, and decodes them.
package keypem

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Types of PEM blocks.
const (
	CertificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
)

// Pair is a certificate and its private key.
type Pair struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Fits reports whether the key belongs to the certificate.
func (p Pair) Fits() bool {
	public, ok := p.Certificate.PublicKey.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && public.Equal(p.Key.Public())
}

// EncodeCertificate returns the certificate alone as PEM.
func EncodeCertificate(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: CertificateBlock, Bytes: certificate.Raw})
}

// Encode returns the pairs as PEM, each certificate followed by its key (PKCS
// #8).
func Encode(pairs ...Pair) ([]byte, error) {
	var out bytes.Buffer
	for _, p := range pairs {
		key, err := x509.MarshalPKCS8PrivateKey(p.Key)
		if err != nil {
			return nil, fmt.Errorf("encode private key: %w", err)
		}
		out.Write(EncodeCertificate(p.Certificate))
		if err := pem.Encode(&out, &pem.Block{Type: keyBlock, Bytes: key}); err != nil {
			return nil, fmt.Errorf("encode PEM: %w", err)
		}
	}
	return out.Bytes(), nil
}

// Parse decodes the output of Encode: one pair for each name. The names are for
// errors, which never quote key material.
func Parse(data []byte, names ...string) ([]Pair, error) {
	rest := data
	var pairs []Pair
	for range names {
		p, err := nextPair(&rest, names)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("unexpected data after the %s's key", names[len(names)-1])
	}
	return pairs, nil
}

func nextPair(rest *[]byte, names []string) (p Pair, err error) {
	der, err := nextBlock(rest, CertificateBlock, names)
	if err != nil {
		return Pair{}, err
	}
	if p.Certificate, err = x509.ParseCertificate(der); err != nil {
		return Pair{}, fmt.Errorf("parse certificate: %w", err)
	}
	if der, err = nextBlock(rest, keyBlock, names); err != nil {
		return Pair{}, err
	}
	// The parser's error is omitted: it may quote its input.
	key, err := x509.ParsePKCS8PrivateKey(der)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return Pair{}, errors.New("parse private key: invalid PKCS #8 key")
	}
	p.Key = signer
	return p, nil
}

func nextBlock(rest *[]byte, typ string, names []string) ([]byte, error) {
	block, after := pem.Decode(*rest)
	if block == nil {
		return nil, fmt.Errorf("missing PEM block %q, want %s, each certificate before its key", typ, strings.Join(names, " and "))
	}
	if block.Type != typ {
		return nil, fmt.Errorf("got PEM block %q, want %q", block.Type, typ)
	}
	*rest = after
	return block.Bytes, nil
}
