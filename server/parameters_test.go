package server_test

import (
	"testing"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Permission and scenario sites use SiteId even if another parameter is invalid, and
// come before all invalid parameters.
func TestParameterPrecedence(t *testing.T) {
	t.Parallel()
	const domains = "www.example.com"
	onesite := signature.Key{ID: "onesiteid", Secret: "onesitesecret"}
	for _, tc := range []struct {
		name string
		site bool // the caller may use one site only
		send []string
		want *esaerrors.Error
	}{
		{"permitted site, no domains", true, []string{"SiteId", "1234567890123"}, esaerrors.MissingDomains},
		{"permitted site, domains twice", true, []string{"SiteId", "1234567890123", "Domains", domains, "Domains", domains}, esaerrors.InvalidDomains},
		{"permitted site first", true, []string{"SiteId", "1234567890123", "SiteId", "5", "Domains", domains}, esaerrors.InvalidSiteID},
		{"permitted site second", true, []string{"SiteId", "5", "SiteId", "1234567890123", "Domains", domains}, esaerrors.NoPermission},
		{"permitted site after an empty one", true, []string{"SiteId", "", "SiteId", "1234567890123", "Domains", domains}, esaerrors.NoPermission},
		{"permitted site, type twice", true, []string{"SiteId", "1234567890123", "Domains", domains, "Type", "x", "Type", "y"}, esaerrors.InvalidParameterType},
		{"another site, no domains", true, []string{"SiteId", "5"}, esaerrors.NoPermission},
		{"no site", true, []string{"Domains", domains}, esaerrors.NoPermission},
		{"not a number", true, []string{"SiteId", "x", "Domains", domains}, esaerrors.NoPermission},
		{"scenario site, no domains", false, []string{"SiteId", "4000000000015"}, esaerrors.QuotaExceeded},
		{"scenario site first", false, []string{"SiteId", "4000000000015", "SiteId", "5"}, esaerrors.QuotaExceeded},
		{"scenario site, AlgType twice", false, []string{"SiteId", "4000000000015", "AlgType", "a", "AlgType", "b"}, esaerrors.QuotaExceeded},
		{"not a number, no domains", false, []string{"SiteId", "x"}, esaerrors.MissingDomains},
		{"not a number, type twice", false, []string{"SiteId", "x", "Domains", domains, "Type", "x", "Type", "y"}, esaerrors.InvalidParameterType},
		{"not a number, AlgType twice", false, []string{"SiteId", "x", "Domains", domains, "AlgType", "x", "AlgType", "y"}, esaerrors.InvalidAlgType},
		{"all empty", false, []string{"SiteId", "", "Domains", "", "Type", "", "AlgType", ""}, esaerrors.MissingSiteID},
		{"empty AlgType", false, []string{"SiteId", "404", "Domains", domains, "AlgType", ""}, esaerrors.SiteNotFound},
		{"signs and zeros", true, []string{"SiteId", "+01234567890123"}, esaerrors.MissingDomains},
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(tc.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				q := request{method: method, query: params(tc.send...)}
				if tc.site {
					q.key = onesite
				}
				checkRefused(t, srv, q.send(t, srv), tc.want)
			})
		}
	}
}
