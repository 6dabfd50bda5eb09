package config

import (
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/directory"
)

// scenarioErrors returns the errors of the scenarios by site ID.
func (c *Config) scenarioErrors() map[int64]*esaerrors.Error {
	rows := map[int64]string{}
	for _, scenario := range c.Scenarios.Sites {
		rows[scenario.Site] = scenario.Row
	}
	return directory.Scenarios(c.Scenarios.Base, rows)
}

func (f *findings) checkScenarios() {
	scenarios := &f.config.Scenarios
	if last := scenarios.Base + int64(len(esaops.ApplyCertificate.Errors)); scenarios.Base < 0 || last < scenarios.Base {
		f.add(&scenarios.Base, "invalid value %d: want a non-negative number with room for site IDs above it, for example 4000000000000", scenarios.Base)
	}
	generated := directory.Scenarios(scenarios.Base, nil)
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
		case generated[scenario.Site] != nil:
			f.add(&scenario.Site, "site %d is already a scenario by %s", scenario.Site, f.place(&scenarios.Base).path)
		}
		first[scenario.Site] = scenario
	}
}
