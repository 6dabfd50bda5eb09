package operations

import (
	"errors"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/store"
)

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
	err = s.store.DeleteCertificate(call.Context, store.DeleteRequest{
		Account: call.Account, SiteID: site.ID, ID: id, At: call.At, Nonce: call.Nonce,
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, notFound(&site, in.ID)
	case err != nil:
		return nil, failedWrite("delete certificate "+in.ID, err)
	}
	call.NonceStored, call.IDs = true, []int64{id}
	return &esaapi.DeleteCertificateResponseBody{SiteID: site.ID, SiteName: site.Name, ID: in.ID, RequestID: call.RequestID}, nil
}
