package acme

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
)

// Revoke revokes a certificate of the account (RFC 8555, section 7.6) with the reason
// cessationOfOperation. It returns nil if the certificate is revoked already.
//
// Errors: errors.ErrUnsupported if the authority does not revoke certificates;
// otherwise the classes of issuance.Authority.
func (a *Client) Revoke(ctx context.Context, leaf *x509.Certificate) error {
	w, err := a.session(ctx)
	if err != nil {
		return err
	}
	if w.dir.directory.RevokeCert == "" {
		return fmt.Errorf("acme: revoke certificate at %s: %w", a.o.Name, errors.ErrUnsupported)
	}
	xctx, x := withLastResponse(ctx)
	err = w.dir.client.RevokeCertificate(xctx, w.acct, leaf, w.acct.PrivateKey, acme.ReasonCessationOfOperation)
	if err == nil {
		return nil
	}
	err = w.requestFailure(ctx, "revoke certificate", x, err)
	var rejected *issuance.RejectedError
	if errors.As(err, &rejected) && rejected.Problem.Type == acme.ProblemTypeAlreadyRevoked {
		return nil
	}
	return err
}
