package operations

import (
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// GetDcvDelegation returns the domain name to which CNAME records delegate the
// validation of a site.
func (s *Service) GetDcvDelegation(call *Call, in esaapi.GetDcvDelegationParams) (*esaapi.GetDcvDelegationResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.SiteNotFoundWebsite)
	if err != nil {
		return nil, err
	}
	return &esaapi.GetDcvDelegationResponseBody{
		DelegationDomain: site.Details.DelegationDomain, SiteID: site.ID, SiteName: site.Name, RequestID: call.RequestID,
	}, nil
}
