package operations_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
	"github.com/google/go-cmp/cmp"
)

func TestApplyWritesWhatWasAsked(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)
	nonce := store.Nonce{Key: store.NonceKey{1, 2, 3}, Expires: at.Add(time.Hour)}
	for _, c := range []struct {
		name   string
		change func(w *fixture)
		want   store.ApplyRequest
	}{
		{"NS site takes records", func(w *fixture) { w.site.DNSRecordsInUse = 17 }, store.ApplyRequest{
			Domains: []string{"www.example.com", "blog.example.com"}, Type: "lets_encrypt",
			Family: "lets_encrypt", Quota: 100, DNSRecordsEach: 1, DNSRecordsInUse: 17, DNSRecordLimit: 200,
		}},
		{"CNAME site takes none", func(w *fixture) {
			w.site.Access, w.site.DNSRecordsInUse, w.site.DNSRecordLimit = operations.CNAME, 201, 200
		}, store.ApplyRequest{
			Domains: []string{"www.example.com", "blog.example.com"}, Type: "lets_encrypt",
			Family: "lets_encrypt", Quota: 100, DNSRecordLimit: store.Unlimited,
		}},
		{"DigiCert type takes of its family", func(w *fixture) {
			w.request.Type, w.request.Domains = "digicert_single", " WWW.example.com"
		}, store.ApplyRequest{
			Domains: []string{"www.example.com"}, Type: "digicert_single",
			Family: "digicert", Quota: 20, DNSRecordsEach: 1, DNSRecordLimit: 200,
		}},
		{"wildcard type", func(w *fixture) {
			w.request.Type, w.request.Domains = "digicert_wildcard", "*.bücher.example.com"
		}, store.ApplyRequest{
			Domains: []string{"*.xn--bcher-kva.example.com"}, Type: "digicert_wildcard",
			Family: "digicert", Quota: 20, DNSRecordsEach: 1, DNSRecordLimit: 200,
		}},
		{"AlgType as received", func(w *fixture) { w.request.AlgType = "eCc" }, store.ApplyRequest{
			Domains: []string{"www.example.com", "blog.example.com"}, Type: "lets_encrypt", AlgType: "eCc",
			Family: "lets_encrypt", Quota: 100, DNSRecordsEach: 1, DNSRecordLimit: 200,
		}},
		{"no limits", func(w *fixture) {
			w.site.DNSRecordLimit, w.quotas["lets_encrypt"] = store.Unlimited, store.Unlimited
		}, store.ApplyRequest{
			Domains: []string{"www.example.com", "blog.example.com"}, Type: "lets_encrypt",
			Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.request.At, w.request.Nonce = at, nonce
			c.change(w)
			receipt, err := w.apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.want.Account, c.want.SiteID, c.want.Plan = account, siteID, "standard"
			c.want.RequestID, c.want.At, c.want.Nonce = "R-1", at, nonce
			if diff := cmp.Diff([]store.ApplyRequest{c.want}, w.ledger.batches); diff != "" {
				t.Errorf("batches (-want +got):\n%s", diff)
			}
			if receipt.SiteName != "example.com" {
				t.Errorf("site name %q", receipt.SiteName)
			}
			if diff := cmp.Diff(w.ledger.applications, receipt.Applications); diff != "" {
				t.Errorf("applications (-stored +receipt):\n%s", diff)
			}
			if !slices.Equal(w.queried, []string{c.want.Family}) {
				t.Errorf("queried the quota of %q", w.queried)
			}
		})
	}
}

// numbered returns n different names of the site.
func numbered(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("n%d.example.com", i)
	}
	return strings.Join(names, ",")
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(w *fixture)
		row    *esaerrors.Error
		domain string
		detail string
	}{
		{"no such site", func(w *fixture) { w.request.SiteID = 7 }, esaerrors.SiteNotFound, "", "account 1000000000000001 has no site 7"},
		{"site of another account", func(w *fixture) { w.request.Account = "2" }, esaerrors.SiteNotFound, "", "account 2 has no site 1234567890123"},
		{"site zero", func(w *fixture) { w.request.SiteID = 0 }, esaerrors.SiteNotFound, "", "no site 0"},
		{"negative site", func(w *fixture) { w.request.SiteID = -1 }, esaerrors.SiteNotFound, "", "no site -1"},
		{"pending site", func(w *fixture) { w.site.Status = operations.Pending }, esaerrors.SiteNotActivated, "", "is pending, not active"},
		{"offline site", func(w *fixture) { w.site.Status = operations.Offline }, esaerrors.SiteNotActivated, "", "is offline"},
		{"offline site if pending ones may apply", func(w *fixture) { w.site.Status, w.site.PendingAllowed = operations.Offline, true }, esaerrors.SiteNotActivated, "", "is offline"},
		{"moved site", func(w *fixture) { w.site.Status = operations.Moved }, esaerrors.SiteNotActivated, "", "is moved"},
		{"unknown type", func(w *fixture) { w.request.Type = "free" }, esaerrors.InvalidParameterType, "", `unknown type "free": want one of ["lets_encrypt" "digicert_single" "digicert_wildcard"]`},
		{"type in other case", func(w *fixture) { w.request.Type = "Lets_Encrypt" }, esaerrors.InvalidParameterType, "", "unknown type"},
		{"type with a space", func(w *fixture) { w.request.Type = "lets_encrypt " }, esaerrors.InvalidParameterType, "", "unknown type"},
		{"malformed name", func(w *fixture) { w.request.Domains = "www.example.com, _x.example.com" }, esaerrors.InvalidParameterDomainsMalformed, "_x.example.com", `item 2 "_x.example.com" is not a valid domain name: label 1 "_x" has the character '_'`},
		{"empty list", func(w *fixture) { w.request.Domains = "" }, esaerrors.InvalidParameterDomainsMalformed, "", "item 1 \"\""},
		{"wildcard for digicert_single", func(w *fixture) {
			w.request.Type, w.request.Domains = "digicert_single", "www.example.com,*.example.com"
		}, esaerrors.InvalidParameterDomainsMalformed, "*.example.com", "item 2 *.example.com is a wildcard; digicert_single does not accept wildcards"},
		{"plain name for digicert_wildcard", func(w *fixture) { w.request.Type, w.request.Domains = "digicert_wildcard", "www.example.com" }, esaerrors.InvalidParameterDomainsMalformed, "www.example.com", "item 1 www.example.com is not a wildcard"},
		{"name of another site", func(w *fixture) { w.request.Domains = "www.example.com,www.example.org" }, esaerrors.InvalidParameterDomainsNotInSite, "www.example.org", "item 2 www.example.org does not belong to site example.com"},
		{"wildcard on a CNAME site", func(w *fixture) { w.site.Access, w.request.Domains = operations.CNAME, "www.example.com,*.example.com" }, esaerrors.InvalidParameterDomainsWildcardOnCname, "*.example.com", "item 2 *.example.com is a wildcard, and the site is in CNAME mode"},
		{"51 names for lets_encrypt", func(w *fixture) { w.request.Domains = numbered(51) }, esaerrors.InvalidParameterDomainsTooMany, "", "51 names: lets_encrypt accepts at most 50"},
		{"11 names for digicert_single", func(w *fixture) { w.request.Type, w.request.Domains = "digicert_single", numbered(11) }, esaerrors.InvalidParameterDomainsTooMany, "", "11 names: digicert_single accepts at most 10"},
		{"2 names for digicert_wildcard", func(w *fixture) {
			w.request.Type, w.request.Domains = "digicert_wildcard", "*.a.example.com,*.b.example.com"
		}, esaerrors.InvalidParameterDomainsTooMany, "", "2 names: digicert_wildcard accepts at most 1"},
		{"name twice in the call", func(w *fixture) {
			w.request.Domains = "www.example.com,blog.example.com,WWW.example.com"
		}, esaerrors.InvalidParameterDomainsAlreadySubmitted, "www.example.com", "item 3 www.example.com duplicates item 1"},
		{"pending application", func(w *fixture) { w.pending("blog.example.com") }, esaerrors.InvalidParameterDomainsAlreadySubmitted, "blog.example.com", "application 30000478 for blog.example.com is pending"},
		{"records full", func(w *fixture) { w.site.DNSRecordsInUse = 199 }, esaerrors.QuotaExceedRecordCount, "", "plan standard allows site 1234567890123 200 DNS records"},
		{"quota is unknown", func(w *fixture) { w.quotaErr = errors.New("quota source: connection refused") }, esaerrors.QuotaCheckFailed, "", "query lets_encrypt quota of plan standard"},
		{"quota is nonsense", func(w *fixture) { w.quotas["lets_encrypt"] = -2 }, esaerrors.QuotaCheckFailed, "", "query lets_encrypt quota"},
		{"quota full", func(w *fixture) { w.quotas["lets_encrypt"] = 1 }, esaerrors.QuotaExceeded, "", "plan standard has too few lets_encrypt certificates left"},
		{"no quota at all", func(w *fixture) { w.quotas["lets_encrypt"] = 0 }, esaerrors.QuotaExceeded, "", "too few"},
		{"sites cannot be read", func(w *fixture) { w.siteErr = errors.New("disk on fire") }, esaerrors.InternalException, "", "find site 1234567890123"},
		{"ledger fails", func(w *fixture) { w.ledger.failure = store.ErrClosed }, esaerrors.InternalException, "", "store applications"},
		{"ledger fails and quota is unknown", func(w *fixture) {
			w.ledger.failure, w.quotaErr = store.ErrClosed, errors.New("refused")
		}, esaerrors.InternalException, "", "store applications"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.change(w)
			before := len(w.ledger.applications)
			receipt, err := w.apply(t.Context())
			var refused *refusal.Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %+v, %v; want a refusal", receipt, err)
			}
			if refused.Row != c.row || !errors.Is(err, c.row) {
				t.Errorf("row %s, want %s", refused.Row.Key, c.row.Key)
			}
			if refused.Domain != c.domain {
				t.Errorf("domain %q, want %q", refused.Domain, c.domain)
			}
			if !strings.Contains(refused.Detail, c.detail) {
				t.Errorf("detail %q does not contain %q", refused.Detail, c.detail)
			}
			if len(w.ledger.applications) != before || len(w.ledger.nonces) != 0 {
				t.Error("a refused call was written down")
			}
			if receipt.SiteName != "" || receipt.Applications != nil {
				t.Errorf("a refused call has the receipt %+v", receipt)
			}
		})
	}
}

// pending adds an application for the domain to the ledger.
func (w *fixture) pending(domain string) {
	w.ledger.applications = append(w.ledger.applications, store.Application{
		ID: store.FirstID + int64(len(w.ledger.applications)), Account: account, SiteID: siteID,
		Domain: domain, Plan: "standard", Family: "digicert", Status: store.Applying,
	})
}

// The limits hold to the last one: exactly as many as allowed pass.
func TestApplyAtTheLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(w *fixture)
	}{
		{"50 names for lets_encrypt", func(w *fixture) { w.request.Domains = numbered(50) }},
		{"10 names for digicert_single", func(w *fixture) { w.request.Type, w.request.Domains = "digicert_single", numbered(10) }},
		{"last two records", func(w *fixture) { w.site.DNSRecordsInUse = 198 }},
		{"last two units", func(w *fixture) { w.quotas["lets_encrypt"] = 2 }},
		{"failed application is not pending", func(w *fixture) {
			w.pending("www.example.com")
			w.ledger.applications[0].Status = store.Failed
		}},
		{"pending site if that is allowed", func(w *fixture) { w.site.Status, w.site.PendingAllowed = operations.Pending, true }},
		{"wildcard on a CNAME site with delegated validation", func(w *fixture) {
			w.site.Access, w.site.DelegatedDCV, w.request.Domains = operations.CNAME, true, "www.example.com,*.example.com"
		}},
		{"DigiCert wildcard on a CNAME site with delegated validation", func(w *fixture) {
			w.site.Access, w.site.DelegatedDCV = operations.CNAME, true
			w.request.Type, w.request.Domains = "digicert_wildcard", "*.example.com"
		}},
		{"wildcard and the name under it", func(w *fixture) { w.request.Domains = "example.com,*.example.com" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.change(w)
			if _, err := w.apply(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A refusal by a rule that needs no look-up must not cost one.
func TestApplyAsksForTheQuotaLate(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.request.Domains = "www.example.com,www.example.com"
	if _, err := w.apply(t.Context()); !errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted) {
		t.Fatal(err)
	}
	if len(w.queried) != 0 || len(w.ledger.batches) != 0 {
		t.Errorf("queried quotas %q, sent %d batches", w.queried, len(w.ledger.batches))
	}
}
