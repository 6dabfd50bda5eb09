// Package delivery brings new certificates to where they are wanted: into a
// folder, or to a command.
//
//	dir, err := delivery.NewDir("/etc/edge/certificates")
//	command, err := delivery.NewCommand(deliver.Command{Argv: []string{"/usr/local/bin/install-certificate"}})
//	options.Deliverer = delivery.All(dir, command)
//
// A certificate may be delivered more than once: after a crash, or when a later
// deliverer of All has failed. So each must be one that may be repeated.
package delivery

import (
	"context"

	"github.com/esacert/esacert/server/internal/issuance"
)

// All delivers to each in turn, and stops at the first error. Without any it
// is nil, which delivers to nobody.
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
