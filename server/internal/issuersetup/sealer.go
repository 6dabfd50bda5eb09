package issuersetup

import (
	"crypto"

	"github.com/esacert/esacert/server/internal/issuance"
)

// SealKey encrypts the private key of the certificate with the given ID, with the
// newest sealing key. It implements operations.KeySealer.
func (i *Service) SealKey(id int64, key crypto.Signer) ([]byte, error) {
	return issuance.SealKey(i.ring, id, key)
}
