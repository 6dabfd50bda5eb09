package config

import (
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/directory"
)

// scenarioSites returns the site IDs of the scenarios.
func (c *Config) scenarioSites() directory.ScenarioSites {
	sites := directory.ScenarioSites{Base: c.Scenarios.Base, Keys: map[int64]string{}}
	for _, scenario := range c.Scenarios.Sites {
		sites.Keys[scenario.Site] = scenario.Row
	}
	return sites
}

func (f *findings) checkScenarios() {
	scenarios := &f.config.Scenarios
	generated := directory.ScenarioSites{Base: scenarios.Base}
	if last := scenarios.Base + generated.Reserved(); scenarios.Base < 0 || last < scenarios.Base {
		f.add(&scenarios.Base, "invalid value %d: want a non-negative number with room for site IDs above it, for example 4000000000000", scenarios.Base)
	}
	first := map[int64]*Scenario{}
	for i := range scenarios.Sites {
		scenario := &scenarios.Sites[i]
		if _, ok := esaerrors.ByKey(scenario.Row); !ok {
			f.add(&scenario.Row, "unknown error key %s (for example SiteNotFound or InvalidParameter.Domains.TooMany)", quoted(scenario.Row))
		}
		switch before, duplicate := first[scenario.Site]; {
		case scenario.Site <= 0:
			f.add(&scenario.Site, "invalid site ID %d: want a positive number", scenario.Site)
		case duplicate:
			f.add(&scenario.Site, "site %d is already a scenario in %s", scenario.Site, f.place(before).path)
		case generated.Has(scenario.Site):
			f.add(&scenario.Site, "site %d is already a scenario by %s", scenario.Site, f.place(&scenarios.Base).path)
		}
		first[scenario.Site] = scenario
	}
}
