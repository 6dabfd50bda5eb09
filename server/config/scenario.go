package config

import "github.com/esacert/esacert/gen/esaerrors"

// rows maps the site ids that answer an error to the error.
func (s Scenarios) rows() map[int64]*esaerrors.Error {
	rows := map[int64]*esaerrors.Error{}
	if s.Base > 0 {
		for _, row := range esaerrors.Rows() {
			rows[s.Base+int64(row.Number)] = row
		}
	}
	for _, scenario := range s.Sites {
		if row, ok := esaerrors.ByKey(scenario.Row); ok {
			rows[scenario.Site] = row
		}
	}
	return rows
}

func (c *Config) checkScenarios(p *problems) {
	base := c.Scenarios.Base
	if last := base + int64(len(esaerrors.Rows())); base < 0 || last < base {
		p.add("scenarios.base", "%d leaves no room for site ids above it; take a number like 4000000000000", base)
	}
	generated := Scenarios{Base: base}.rows()
	first := map[int64]string{}
	for i, scenario := range c.Scenarios.Sites {
		path := item("scenarios.sites", i)
		if _, ok := esaerrors.ByKey(scenario.Row); !ok {
			p.add(member(path, "row"), "%s is no error of the contract, like SiteNotFound or InvalidParameter.Domains.TooMany", quoteOrMissing(scenario.Row))
		}
		switch before, twice := first[scenario.Site]; {
		case scenario.Site <= 0:
			p.add(member(path, "site"), "a scenario needs a site id above 0, and this is %d", scenario.Site)
		case twice:
			p.add(member(path, "site"), "site %d is a scenario already, in %s", scenario.Site, before)
		case generated[scenario.Site] != nil:
			p.add(member(path, "site"), "site %d is a scenario already, by scenarios.base", scenario.Site)
		}
		first[scenario.Site] = path
	}
}
