package operations

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

const defaultSitesPage = 500

// ListSites lists the sites of the account that match every filter.
func (s *Service) ListSites(call *Call, in esaapi.ListSitesParams) (*esaapi.ListSitesResponseBody, error) {
	page, err := newPage(widen(in.PageNumber), widen(in.PageSize), defaultSitesPage)
	if err != nil {
		return nil, err
	}
	filter, err := newSiteFilter(&in)
	if err != nil {
		return nil, err
	}
	sites, err := s.sites.Sites(call.Context, call.Account)
	if err != nil {
		return nil, internal("list sites", err)
	}
	sites = slices.DeleteFunc(slices.Clone(sites), func(site Site) bool { return !filter.matches(&site) })
	slices.SortFunc(sites, filter.compare)
	total := int64(len(sites))
	body := &esaapi.ListSitesResponseBody{
		RequestID: call.RequestID, TotalCount: int32(total), PageNumber: int32(page.number), PageSize: int32(page.size), Sites: []esaapi.Site{},
	}
	for _, site := range sites[page.offset(total):min(page.offset(total)+page.size, total)] {
		body.Sites = append(body.Sites, siteOf(&site))
	}
	return body, nil
}

func widen(v *int32) *int64 {
	if v == nil {
		return nil
	}
	wide := int64(*v)
	return &wide
}

// siteFilter is the filters of a call.
type siteFilter struct {
	in      *esaapi.ListSitesParams
	name    string // SiteName, in normal form if it is a whole name
	tags    []tagFilter
	byVisit bool
}

type tagFilter struct{ Key, Value string }

func newSiteFilter(in *esaapi.ListSitesParams) (siteFilter, error) {
	f := siteFilter{in: in, name: strings.ToLower(strings.TrimSpace(value(in.SiteName)))}
	if name, err := ParseName(f.name); err == nil {
		f.name = string(name)
	}
	if in.SiteSearchType != nil && !in.SiteSearchType.Valid() {
		return f, refusal.New(esaerrors.InvalidSiteSearchType, "SiteSearchType is %q, want suffix, exact, prefix or fuzzy", truncate(string(*in.SiteSearchType)))
	}
	switch order := value(in.OrderBy); order {
	case "", "gmtCreate":
	case "visitTime":
		f.byVisit = true
	default:
		return f, refusal.New(esaerrors.InvalidOrderBy, "OrderBy is %q, want gmtCreate or visitTime", truncate(order))
	}
	if raw := value(in.TagFilter); raw != "" {
		var ok bool
		if f.tags, ok = parseTagFilter(raw); !ok {
			return f, refusal.New(esaerrors.InvalidTagFilter, "TagFilter is %q, want a JSON array of objects with Key and Value", truncate(raw))
		}
	}
	return f, nil
}

// parseTagFilter parses the parameter TagFilter. Value may be missing or null.
func parseTagFilter(raw string) (tags []tagFilter, ok bool) {
	var objects []map[string]json.RawMessage
	if !utf8.ValidString(raw) || json.Unmarshal([]byte(raw), &objects) != nil || objects == nil {
		return nil, false
	}
	for _, object := range objects {
		var tag tagFilter
		for name, member := range object {
			into := &tag.Key
			if name == "Value" {
				into = &tag.Value
			}
			if name != "Key" && name != "Value" || json.Unmarshal(member, into) != nil {
				return nil, false
			}
		}
		if tag.Key == "" {
			return nil, false
		}
		tags = append(tags, tag)
	}
	return tags, true
}

func (f *siteFilter) matches(s *Site) bool {
	in, d := f.in, &s.Details
	for _, tag := range f.tags {
		if v, ok := d.Tags[tag.Key]; !ok || tag.Value != "" && v != tag.Value {
			return false
		}
	}
	enterprise := in.OnlyEnterprise != nil && *in.OnlyEnterprise
	return f.matchesName(s.Name) && equals(in.Status, string(s.Status)) && equals(in.AccessType, string(s.Access)) &&
		equals(in.Coverage, d.Coverage) && equals(in.PlanSubscribeType, d.PlanSpec) && equals(in.ResourceGroupID, d.ResourceGroup) &&
		(!enterprise || d.PlanSpec == "enterpriseplan")
}

// equals reports whether a filter is missing or equals v.
func equals(filter *string, v string) bool { return filter == nil || *filter == v }

func (f *siteFilter) matchesName(name string) bool {
	if f.in.SiteName == nil {
		return true
	}
	how := esaapi.SearchExact
	if f.in.SiteSearchType != nil {
		how = *f.in.SiteSearchType
	}
	switch how {
	case esaapi.SearchPrefix:
		return strings.HasPrefix(name, f.name)
	case esaapi.SearchSuffix:
		return strings.HasSuffix(name, f.name)
	case esaapi.SearchFuzzy:
		return strings.Contains(name, f.name)
	case esaapi.SearchExact:
	}
	return name == f.name
}

// compare orders the newest site first.
func (f *siteFilter) compare(a, b Site) int {
	at, bt := a.Details.CreatedAt, b.Details.CreatedAt
	if f.byVisit {
		at, bt = a.Details.VisitedAt, b.Details.VisitedAt
	}
	return cmp.Or(bt.Compare(at), cmp.Compare(b.ID, a.ID))
}

func siteOf(s *Site) esaapi.Site {
	d := &s.Details
	return esaapi.Site{
		AccessType: string(s.Access), CnameZone: optional(d.CnameZone), Coverage: d.Coverage,
		CreateTime: formatISO(d.CreatedAt), UpdateTime: formatISO(d.UpdatedAt), VisitTime: optional(formatISO(d.VisitedAt)),
		InstanceID: s.Plan, PlanName: d.PlanName, PlanSpecName: d.PlanSpec, NameServerList: optional(strings.Join(d.NameServers, ",")),
		ResourceGroupID: optional(d.ResourceGroup), SiteID: s.ID, SiteName: s.Name, Status: string(s.Status),
		Tags: d.Tags, VerifyCode: optional(d.VerifyCode), OfflineReason: optional(d.OfflineReason),
	}
}

// formatISO returns a time as 2006-01-02T15:04:05Z; "" for the zero time.
func formatISO(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// value returns what p points to; "" if it is nil.
func value(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// optional returns a pointer to s; nil if s is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
