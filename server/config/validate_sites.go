package config

import (
	"errors"
	"maps"
	"net/url"
	"slices"

	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

func (f *findings) checkPlans(a *Account) {
	seen := map[string]bool{}
	for i := range a.Plans {
		plan := &a.Plans[i]
		if !matchesAlphabet(plan.ID, idAlphabet, 64) {
			f.add(&plan.ID, "invalid plan ID %s: want 1 to 64 letters, digits, dots, hyphens or underscores", quoted(plan.ID))
		} else if seen[plan.ID] {
			f.add(&plan.ID, "duplicate plan %s", plan.ID)
		}
		seen[plan.ID] = true
		if !validLimit(plan.DNSRecordLimit) {
			f.add(&plan.DNSRecordLimit, invalidLimit)
		}
		f.checkQuotas(plan)
	}
}

func (f *findings) checkQuotas(plan *Plan) {
	switch {
	case plan.QuotaURL != "" && plan.Quotas != nil:
		f.add(&plan.QuotaURL, "quotas and quota_url are mutually exclusive")
	case plan.QuotaURL != "":
		f.checkQuotaURL(&plan.QuotaURL)
	case plan.Quotas == nil:
		f.add(plan, "quotas or quota_url is missing")
	}
	for _, family := range slices.Sorted(maps.Keys(plan.Quotas)) {
		if known := append(families(), store.Uploaded); !slices.Contains(known, family) {
			f.add(memberOf(&plan.Quotas, family), "unknown certificate family %s: want %s", quoted(family), joinOr(known))
		}
		if !validLimit(plan.Quotas[family]) {
			f.add(memberOf(&plan.Quotas, family), invalidLimit)
		}
	}
}

const invalidLimit = "want a non-negative number, or unlimited"

func validLimit(n int) bool { return n >= 0 || n == store.Unlimited }

// checkQuotaURL rejects credentials, which would be logged, and a query, which the
// server adds.
func (f *findings) checkQuotaURL(at *string) {
	u, err := url.Parse(*at)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		f.add(at, "want a URL, for example http://127.0.0.1:9000/quota")
		return
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		f.add(at, "the URL must not have a user, query or fragment")
	}
}

func (f *findings) checkSites(scenarios directory.ScenarioSites, a *Account) {
	first := map[int64]*Site{}
	for i := range a.Sites {
		site := &a.Sites[i]
		switch before, duplicate := first[site.ID]; {
		case site.ID <= 0:
			f.add(&site.ID, "invalid site ID %d: want a positive number", site.ID)
		case duplicate:
			f.add(&site.ID, "duplicate site %d; first in %s", site.ID, f.place(before).path)
		case scenarios.Has(site.ID):
			f.add(&site.ID, "site %d is also a scenario and would never be used", site.ID)
		}
		first[site.ID] = site
		f.checkSite(a, site)
	}
}

func accessTypes() []operations.AccessType {
	return []operations.AccessType{operations.NS, operations.CNAME}
}

func statuses() []operations.Status {
	return []operations.Status{operations.Pending, operations.Active, operations.Offline, operations.Moved}
}

func (f *findings) checkSite(a *Account, site *Site) {
	f.checkSiteName(&site.Name)
	if !slices.ContainsFunc(a.Plans, func(plan Plan) bool { return plan.ID == site.Plan }) {
		needs := []any{&a.Plans}
		for i := range a.Plans {
			needs = append(needs, &a.Plans[i].ID)
		}
		f.addAbout(needs, &site.Plan, "unknown plan %s: the account has %s", quoted(site.Plan), joinOr(planIDs(a)))
	}
	if site.DelegatedDCV && site.Access == operations.NS {
		f.add(&site.DelegatedDCV, "not available for an NS site: remove it, or set access: CNAME")
	}
	if site.DNSRecords < 0 {
		f.add(&site.DNSRecords, "invalid value %d: want a non-negative number", site.DNSRecords)
	}
}

func (f *findings) checkSiteName(at *string) {
	name, err := operations.ParseName(*at)
	var invalid *operations.NameError
	switch {
	case errors.As(err, &invalid):
		f.add(at, "%s is not a valid domain name: %s", quoted(*at), invalid.Reason)
	case name.Wildcard():
		f.add(at, "a site name must not be a wildcard")
	}
}

// planIDs returns the IDs of the first plans, for a message.
func planIDs(a *Account) []string {
	const maxIDs = 8
	var ids []string
	for _, plan := range a.Plans {
		if plan.ID != "" && len(ids) < maxIDs {
			ids = append(ids, plan.ID)
		}
	}
	return ids
}
