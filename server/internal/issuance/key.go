package issuance

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"time"

	"filippo.io/keygen"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// KeyType is the type of a certificate's key. Its values are those of the
// configuration.
type KeyType string

// Key types.
const (
	ECDSAP256 KeyType = "ecdsa-p256"
	RSA2048   KeyType = "rsa-2048"
)

// Check reports whether t is a known type.
func (k KeyType) Check() error {
	if k != ECDSAP256 && k != RSA2048 {
		return fmt.Errorf("unknown key type %q: there are %s and %s", string(k), ECDSAP256, RSA2048)
	}
	return nil
}

// DefaultKeyType is that of free certificates, according to a guide of the
// vendor (March 2026); see the contract for the decision.
const DefaultKeyType = RSA2048

// keyType returns the type of key for an application: its AlgType if set,
// otherwise that of the options.
func (o *Options) keyType(a *store.Application) KeyType {
	switch known, _ := esaapi.KnownAlgorithmType(a.AlgType); known {
	case esaapi.AlgorithmRSA:
		return RSA2048
	case esaapi.AlgorithmECC:
		return ECDSAP256
	}
	return o.KeyType
}

// newKey returns a key for an application. For an RSA key that was not
// generated in advance, it also returns how long generating took.
func (l *Loop) newKey(ctx context.Context, a *store.Application) (key crypto.Signer, took time.Duration, err error) {
	if l.o.keyType(a) == ECDSAP256 {
		key, err = NewECDSAKey(l.random)
		return key, 0, err
	}
	if l.stock == nil {
		begun := time.Now()
		key, err = rsaKeyOf(l.random)
		return key, time.Since(begun), err
	}
	return l.stock.take(ctx)
}

// rsaKeyOf returns an RSA key that depends only on the given randomness;
// rsa.GenerateKey ignores its argument (since Go 1.26).
func rsaKeyOf(random io.Reader) (crypto.Signer, error) {
	secret := make([]byte, 32)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fmt.Errorf("read randomness for a key: %w", err)
	}
	key, err := keygen.RSA(rsaBits, secret)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key: %w", err)
	}
	return key, nil
}

// NewECDSAKey creates a P-256 key from the given randomness, which may be
// deterministic; ecdsa.GenerateKey ignores its argument (since Go 1.26).
func NewECDSAKey(random io.Reader) (*ecdsa.PrivateKey, error) {
	scalar := make([]byte, 32)
	for range 100 {
		if _, err := io.ReadFull(random, scalar); err != nil {
			return nil, fmt.Errorf("generate key: read random source: %w", err)
		}
		// FIPS 186-5, A.2.2: draw again if the candidate is not a scalar, which happens
		// once in 2^32.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("generate key: the random source is broken")
}

// SealKey returns the sealed form of the key of an application's certificate.
func SealKey(ring *seal.Keyring, id int64, key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	return ring.Seal(seal.ApplicationOwner(id), der)
}

// openKey opens the sealed key of an application's certificate.
func openKey(ring *seal.Keyring, id int64, sealed []byte) (crypto.Signer, error) {
	der, err := ring.Open(seal.ApplicationOwner(id), sealed)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("sealed key of application %d is not a PKCS #8 key", id)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the sealed key of application %d is a %T, which cannot sign", id, key)
	}
	return signer, nil
}

// ExportKey opens the key of an application's certificate, as PEM (PKCS #8).
//
// Errors: those of seal.Keyring.Open.
func ExportKey(ring *seal.Keyring, id int64, c store.Certificate) ([]byte, error) {
	der, err := ring.Open(seal.ApplicationOwner(id), c.SealedKey)
	if err != nil {
		return nil, fmt.Errorf("opening the key of application %d: %w", id, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
