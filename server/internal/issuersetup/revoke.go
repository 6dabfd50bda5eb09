package issuersetup

import (
	"context"
	"crypto/x509"
	"fmt"
)

// RevokeCertificate revokes a certificate at the authority with the given name. It
// implements core.Authorities.
//
// Errors: those of issuance.Authority, and one for an authority that is no longer
// configured.
func (i *Service) RevokeCertificate(ctx context.Context, authority string, leaf *x509.Certificate) error {
	a, found := i.authorities.byName[authority]
	if !found {
		return fmt.Errorf("issuing: revoke certificate: authority %q is not configured", authority)
	}
	return a.Revoke(ctx, leaf)
}
