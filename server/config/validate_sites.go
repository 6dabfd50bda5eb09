package config

import (
	"errors"
	"maps"
	"net/url"
	"slices"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

func checkPlans(p *problems, a *Account, path string) {
	seen := map[string]bool{}
	for i := range a.Plans {
		plan, path := &a.Plans[i], item(member(path, "plans"), i)
		if !matchesAlphabet(plan.ID, idAlphabet, 64) {
			p.add(member(path, "id"), "%s is no plan id: 1 to 64 letters, digits, dots, hyphens and underscores", quoteOrMissing(plan.ID))
		} else if seen[plan.ID] {
			p.add(member(path, "id"), "the account has two plans %s", plan.ID)
		}
		seen[plan.ID] = true
		if plan.Records < 0 && plan.Records != store.Unlimited {
			p.add(member(path, "records"), "it must be a number from 0, or unlimited")
		}
		checkQuotas(p, plan, path)
	}
}

func checkQuotas(p *problems, plan *Plan, path string) {
	switch {
	case plan.QuotaURL != "" && plan.Quotas != nil:
		p.add(member(path, "quota_url"), "it stands in place of quotas, so only one of them may be there")
	case plan.QuotaURL != "":
		checkQuotaURL(p, plan.QuotaURL, member(path, "quota_url"))
	case plan.Quotas == nil:
		p.add(path, "a plan needs quotas, or a quota_url to ask for them")
	}
	for _, family := range slices.Sorted(maps.Keys(plan.Quotas)) {
		path := member(member(path, "quotas"), family)
		if !slices.Contains(families(), family) {
			p.add(path, "there is no certificate family %s; there are %s", quoted(family), joinOr(families()))
		}
		if quota := plan.Quotas[family]; quota < 0 && quota != store.Unlimited {
			p.add(path, "it must be a number from 0, or unlimited")
		}
	}
}

// checkQuotaURL refuses credentials, which would show in logs, and a query,
// which the server writes.
func checkQuotaURL(p *problems, text, path string) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		p.add(path, "it must be a URL like http://127.0.0.1:9000/quota")
		return
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		p.add(path, "the URL may have no user, query or fragment")
	}
}

func checkSites(p *problems, scenarios map[int64]*esaerrors.Error, a *Account, path string) {
	first := map[int64]string{}
	for i := range a.Sites {
		site, path := &a.Sites[i], item(member(path, "sites"), i)
		switch before, twice := first[site.ID]; {
		case site.ID <= 0:
			p.add(member(path, "id"), "a site needs an id above 0, and this is %d", site.ID)
		case twice:
			p.add(member(path, "id"), "site %d is there already, in %s", site.ID, before)
		case scenarios[site.ID] != nil:
			p.add(member(path, "id"), "site %d is a scenario, so nobody would reach it", site.ID)
		}
		first[site.ID] = path
		checkSite(p, a, site, path)
	}
}

func accessTypes() []operations.AccessType {
	return []operations.AccessType{operations.NS, operations.CNAME}
}

func statuses() []operations.Status {
	return []operations.Status{operations.Pending, operations.Active, operations.Offline, operations.Moved}
}

func checkSite(p *problems, a *Account, site *Site, path string) {
	checkSiteName(p, site.Name, member(path, "name"))
	if !slices.Contains(accessTypes(), site.Access) {
		p.add(member(path, "access"), "%s is neither NS nor CNAME", quoted(string(site.Access)))
	}
	if !slices.Contains(statuses(), site.Status) {
		p.add(member(path, "status"), "%s is none of pending, active, offline or moved", quoted(string(site.Status)))
	}
	if !slices.ContainsFunc(a.Plans, func(plan Plan) bool { return plan.ID == site.Plan }) {
		p.addAbout(keysOf(member(parent(parent(path)), "plans"), "id", len(a.Plans)), member(path, "plan"), "%s is no plan of the account; it has %s", quoteOrMissing(site.Plan), joinOr(planIDs(a)))
	}
	if site.DelegatedDCV && site.Access == operations.NS {
		p.add(member(path, "delegated_dcv"), "only the validation of a CNAME site is delegated, and this is an NS site: remove it, or write access: CNAME")
	}
	if site.Records < 0 {
		p.add(member(path, "records"), "%d is no number of records", site.Records)
	}
}

func checkSiteName(p *problems, text, path string) {
	name, err := operations.ParseName(text)
	var wrong *operations.NameError
	switch {
	case errors.As(err, &wrong):
		p.add(path, "%s is not a valid domain name: %s", quoted(text), wrong.Reason)
	case name.Wildcard():
		p.add(path, "a site's name is no wildcard")
	}
}

// planIDs lists some of the plans, for a message.
func planIDs(a *Account) []string {
	const most = 8
	var ids []string
	for _, plan := range a.Plans {
		if plan.ID != "" && len(ids) < most {
			ids = append(ids, plan.ID)
		}
	}
	return ids
}
