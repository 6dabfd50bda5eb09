// Package delivery delivers new certificates to a directory or a command.
//
//	dir, err := delivery.NewDir("/etc/edge/certificates")
//	command, err := delivery.NewCommand(delivery.Command{Argv: []string{"/usr/local/bin/install-certificate"}})
//	options.Deliverer = delivery.All(dir, command)
//
// A certificate may be delivered more than once: after a crash, or if a later
// deliverer of All fails. Therefore a delivery must be idempotent.
package delivery

import (
	"context"

	"github.com/esacert/esacert/server/internal/issuance"
)

// All delivers to each in turn, and stops at the first error. Without any it
// is nil, which disables delivery.
func All(deliverers ...issuance.Deliverer) issuance.Deliverer {
	if len(deliverers) == 0 {
		return nil
	}
	return all(deliverers)
}

type all []issuance.Deliverer

func (a all) Deliver(ctx context.Context, d issuance.Delivery) error {
	for _, one := range a {
		if err := one.Deliver(ctx, d); err != nil {
			return err
		}
	}
	return nil
}
