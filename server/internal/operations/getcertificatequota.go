package operations

import (
	"math"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

const quotaTypeFree = "free"

// unlimitedQuota is shown for a quota without a limit.
const unlimitedQuota = math.MaxInt32

// GetCertificateQuota returns the quota of free certificates of the plan of a site.
func (s *Service) GetCertificateQuota(call *Call, in esaapi.GetCertificateQuotaParams) (*esaapi.GetCertificateQuotaResponseBody, error) {
	if in.Type != quotaTypeFree {
		return nil, refusal.New(esaerrors.InvalidType, "Type is %q, want %s", truncate(in.Type), quotaTypeFree)
	}
	site, err := s.site(call, in.SiteID, esaerrors.SiteNotFoundWebsite)
	if err != nil {
		return nil, err
	}
	sites, err := s.sites.Sites(call.Context, call.Account)
	if err != nil {
		return nil, internal("list sites", err)
	}
	quota, used, err := s.freeQuota(call, site.Plan)
	if err != nil {
		return nil, err
	}
	body := &esaapi.GetCertificateQuotaResponseBody{
		Quota: quota, Type: in.Type, RequestID: call.RequestID, SiteUsage: []esaapi.SiteUsage{},
	}
	for _, other := range sites {
		if other.Plan == site.Plan {
			body.SiteUsage = append(body.SiteUsage, esaapi.SiteUsage{SiteID: formatID(other.ID), SiteName: other.Name, SiteUsage: used[other.ID]})
			body.QuotaUsage += used[other.ID]
		}
	}
	body.SiteCount = int64(len(body.SiteUsage))
	return body, nil
}

// freeQuota returns the sum of the quotas of all families of a plan, and their use
// by site.
func (s *Service) freeQuota(call *Call, plan string) (quota int64, used map[int64]int64, err error) {
	used = map[int64]int64{}
	for _, family := range families() {
		limit, err := s.quota(call.Context, call.Account, plan, family)
		if err != nil {
			return 0, nil, &refusal.Error{Row: esaerrors.QuotaCheckFailed, Detail: "query " + family + " quota of plan " + plan, Err: err}
		}
		bySite, err := s.store.SiteUsage(call.Context, call.Account, plan, family)
		if err != nil {
			return 0, nil, &refusal.Error{Row: esaerrors.QuotaCheckFailed, Detail: "count " + family + " certificates of plan " + plan, Err: err}
		}
		for site, n := range bySite {
			used[site] += n
		}
		if limit == store.Unlimited {
			quota = unlimitedQuota
		} else {
			quota = min(quota+min(int64(limit), unlimitedQuota), unlimitedQuota)
		}
	}
	return quota, used, nil
}

// families returns the families of certificate types, each once.
func families() []string {
	var list []string
	for _, t := range esaapi.CertificateTypes() {
		limits, _ := t.Limits()
		if len(list) == 0 || list[len(list)-1] != limits.Family {
			list = append(list, limits.Family)
		}
	}
	return list
}
