package operations

import (
	"errors"
	"fmt"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// GetSite returns one site.
func (s *Service) GetSite(call *Call, in esaapi.GetSiteParams) (*esaapi.GetSiteResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.SiteNotFoundWebsite)
	if err != nil {
		return nil, err
	}
	d := &site.Details
	return &esaapi.GetSiteResponseBody{RequestID: call.RequestID, SiteModel: esaapi.SiteDetail{
		AccessType: string(site.Access), CnameZone: optional(d.CnameZone), Coverage: d.Coverage,
		CreateTime: formatISO(d.CreatedAt), UpdateTime: formatISO(d.UpdatedAt),
		InstanceID: site.Plan, PlanName: d.PlanName, PlanSpecName: d.PlanSpec, NameServerList: optional(strings.Join(d.NameServers, ",")),
		ResourceGroupID: optional(d.ResourceGroup), SiteID: site.ID, SiteName: site.Name, Status: string(site.Status),
		Tags: d.Tags, VerifyCode: optional(d.VerifyCode), OfflineReason: optional(d.OfflineReason),
	}}, nil
}

// site returns a site of the caller's account, whatever its status. If the account
// does not have it, the error has the given row.
func (s *Service) site(call *Call, id int64, missing *esaerrors.Error) (Site, error) {
	site, err := s.sites.Site(call.Context, call.Account, id)
	switch {
	case errors.Is(err, ErrNoSite):
		return Site{}, refusal.New(missing, "account %s has no site %d", call.Account, id)
	case err != nil:
		return Site{}, internal(fmt.Sprintf("find site %d", id), err)
	}
	return site, nil
}
