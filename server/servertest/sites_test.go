package servertest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// sitesYAML is one account with a site of each kind; %s is for keys of the
// file, and for keys of the CNAME site.
const sitesYAML = `%s
accounts:
  - id: "1000000000000001"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 10, digicert: 10}, records: 1}]
    sites:
      - {id: 1, name: pending-example.com, status: pending, plan: p}
      - {id: 2, name: offline-example.com, status: offline, plan: p}
      - {id: 3, name: cname-example.com, access: CNAME, plan: p%s}
`

// A caller sees what the switches of a configuration allow, and only that.
func TestSwitchesForSites(t *testing.T) {
	t.Parallel()
	pending := client.ApplyCertificateInput{SiteID: 1, Domains: []string{"www.pending-example.com"}}
	offline := client.ApplyCertificateInput{SiteID: 2, Domains: []string{"www.offline-example.com"}}
	wildcards := client.ApplyCertificateInput{SiteID: 3, Domains: []string{"*.cname-example.com", "*.a.cname-example.com"}}
	for _, c := range []struct {
		name, file, site string
		input            client.ApplyCertificateInput
		row              *esaerrors.Error
	}{
		{"pending site by default", "", "", pending, esaerrors.SiteNotActivated},
		{"pending site that may not", "allow_pending_sites: false", "", pending, esaerrors.SiteNotActivated},
		{"pending site that may", "allow_pending_sites: true", "", pending, nil},
		{"offline site", "allow_pending_sites: true", "", offline, esaerrors.SiteNotActivated},
		{"wildcard by default", "", "", wildcards, esaerrors.InvalidParameterDomainsWildcardOnCname},
		{"wildcard without delegation", "", ", delegated_dcv: false", wildcards, esaerrors.InvalidParameterDomainsWildcardOnCname},
		// Two names and one record: the zone is not the service's, so they take none.
		{"wildcard with delegation", "", ", delegated_dcv: true", wildcards, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.New(t, servertest.WithConfig(fmt.Sprintf(sitesYAML, c.file, c.site)))
			out, err := srv.Client().ApplyCertificate(t.Context(), c.input)
			if c.row != nil {
				if !errors.Is(err, c.row) {
					t.Errorf("got %v, want %s", err, c.row.Key)
				}
				return
			}
			if err != nil || len(out.Applications) != len(c.input.Domains) {
				t.Fatalf("got %+v, %v", out, err)
			}
			for _, id := range srv.LastEntry().IDs {
				if leaf := srv.Certificate(srv.WaitIssued(t.Context(), id).ID).Leaf; len(leaf.DNSNames) != 1 {
					t.Errorf("the certificate is for %q", leaf.DNSNames)
				}
			}
		})
	}
}

// A reload switches the rule from the next request on.
func TestReloadSwitchesPendingSites(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t, servertest.WithConfig(fmt.Sprintf(sitesYAML, "", "")))
	apply := func() error {
		_, err := srv.Client().ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: 1, Domains: []string{"www.pending-example.com"}})
		return err
	}
	if err := apply(); !errors.Is(err, esaerrors.SiteNotActivated) {
		t.Errorf("before: %v", err)
	}
	srv.Reload(fmt.Sprintf(sitesYAML, "allow_pending_sites: true", ""))
	if err := apply(); err != nil {
		t.Errorf("after: %v", err)
	}
}
