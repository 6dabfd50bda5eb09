package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
)

// Site Base+N returns row N of the operation that is called. Operations without a
// site have no such sites.
func TestPageSettingsScenarios(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{}
	cfg.Scenarios.Base = 4000000000000
	cfg.Scenarios.Sites = []config.Scenario{{Site: 7, Row: "QuotaExceeded"}}
	got := pageSettings(cfg, false).Scenarios
	for _, op := range esaops.All() {
		if _, ok := op.Parameter("SiteId"); ok != (len(got[op.Action]) == len(op.Errors)) {
			t.Errorf("%s has %d sites and %d errors", op.Action, len(got[op.Action]), len(op.Errors))
		}
	}
	want := map[string]string{"InternalException": "4000000000001", "SiteNotFound.Website": "4000000000002"}
	if diff := cmp.Diff(want, got["GetSite"]); diff != "" {
		t.Errorf("GetSite (-want +got):\n%s", diff)
	}
	apply := got["ApplyCertificate"]
	if apply["SiteNotFound"] != "4000000000001" || apply["QuotaExceeded"] != "7" {
		t.Errorf("ApplyCertificate: %v", apply)
	}
}
