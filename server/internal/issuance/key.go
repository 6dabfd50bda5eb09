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

// KeyType is the kind of key that a certificate is for. Its values are those of
// the configuration.
type KeyType string

// The types of keys.
const (
	ECDSAP256 KeyType = "ecdsa-p256"
	RSA2048   KeyType = "rsa-2048"
)

// Check tells whether there is such a type.
func (k KeyType) Check() error {
	if k != ECDSAP256 && k != RSA2048 {
		return fmt.Errorf("unknown key type %q: there are %s and %s", string(k), ECDSAP256, RSA2048)
	}
	return nil
}

// DefaultKeyType is that of free certificates, as a guide of the vendor (March
// 2026) says; the contract has the decision.
const DefaultKeyType = RSA2048

// keyType returns the type of key for an application: its AlgType chooses, and
// otherwise the options do.
func (o *Options) keyType(a *store.Application) KeyType {
	switch known, _ := esaapi.KnownAlgorithmType(a.AlgType); known {
	case esaapi.AlgorithmRSA:
		return RSA2048
	case esaapi.AlgorithmECC:
		return ECDSAP256
	}
	return o.KeyType
}

// newKey returns a key for an application, and what making it took if it is an
// RSA key that was not made ahead.
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

// rsaKeyOf returns an RSA key that depends on nothing but the given randomness:
// rsa.GenerateKey has always its own (since Go 1.26).
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

// NewECDSAKey makes a key on P-256 of the given randomness, which may be
// deterministic: ecdsa.GenerateKey has always its own (since Go 1.26).
func NewECDSAKey(random io.Reader) (*ecdsa.PrivateKey, error) {
	scalar := make([]byte, 32)
	for range 100 {
		if _, err := io.ReadFull(random, scalar); err != nil {
			return nil, fmt.Errorf("reading randomness for a key: %w", err)
		}
		// FIPS 186-5, A.2.2: a candidate that is no scalar is drawn again. All
		// but one in 2^32 are.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("making a key: the source of randomness is broken")
}

// sealKey makes what is stored of the key of an application's certificate.
func sealKey(ring *seal.Keyring, id int64, key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding the key: %w", err)
	}
	return ring.Seal(seal.ApplicationOwner(id), der)
}

// openKey gives the key of an application's certificate back.
func openKey(ring *seal.Keyring, id int64, sealed []byte) (crypto.Signer, error) {
	der, err := ring.Open(seal.ApplicationOwner(id), sealed)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("the sealed key of application %d holds no PKCS #8 key", id)
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
