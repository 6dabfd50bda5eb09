package operations

import (
	"crypto/x509"
	"errors"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/store"
)

// Revoker revokes certificates that the service has deleted. It must be safe for
// concurrent use.
type Revoker interface {
	// Revoke revokes the certificate of an application at the authority with the given
	// name. It does not wait for the authority, and reports failures itself: the
	// certificate is deleted already.
	Revoke(id int64, authority string, leaf *x509.Certificate)
}

// DeleteCertificate deletes a certificate or an application in any status.
func (s *Service) DeleteCertificate(call *Call, in esaapi.DeleteCertificateParams) (*esaapi.DeleteCertificateResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.CertificateNotFound)
	if err != nil {
		return nil, err
	}
	id, ok := parseID(in.ID)
	if !ok {
		return nil, notFound(&site, in.ID)
	}
	request := store.DeleteRequest{Account: call.Account, SiteID: site.ID, ID: id, At: call.At, Nonce: call.Nonce}
	var deleted store.JobRecord
	if s.revoker != nil {
		request.Deleted = func(r store.JobRecord) { deleted = r }
	}
	err = s.store.DeleteCertificate(call.Context, request)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, notFound(&site, in.ID)
	case err != nil:
		return nil, failedWrite("delete certificate "+in.ID, err)
	}
	call.NonceStored, call.IDs = true, []int64{id}
	s.revoke(call, &deleted)
	return &esaapi.DeleteCertificateResponseBody{SiteID: site.ID, SiteName: site.Name, ID: in.ID, RequestID: call.RequestID}, nil
}

// revoke revokes the certificate of a deleted record if an authority issued it and it
// has not expired.
func (s *Service) revoke(call *Call, deleted *store.JobRecord) {
	c := deleted.Certificate
	if s.revoker == nil || c == nil || deleted.Type == store.Uploaded || !call.At.Before(c.NotAfter) {
		return
	}
	if leaf := parseLeaf(c.Chain); leaf != nil {
		s.revoker.Revoke(deleted.ID, c.Authority, leaf)
	}
}
