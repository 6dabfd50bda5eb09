package issuance

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/server/store"
)

// Deliverer installs each new certificate; package delivery implements it. It
// is called at least once for each certificate, and again after an error. It
// must be safe for concurrent use.
type Deliverer interface {
	Deliver(ctx context.Context, d Delivery) error
}

// Delivery is a certificate to deliver.
type Delivery struct {
	Application store.Application
	Certificate store.Certificate // without SealedKey; Chain is PEM, leaf first
	Key         []byte            // private key, PEM, PKCS #8
}

// Format prints everything but the key, for every verb.
func (d Delivery) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "certificate %s for %s of application %d", d.Certificate.Serial, d.Application.Domain, d.Application.ID)
}
