package operations_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

const day = 24 * time.Hour

func TestStatuses(t *testing.T) {
	t.Parallel()
	failed := record(1, "a.example.com", store.Failed, time.Time{})
	failed.Progress.Problem = &store.Problem{Type: "urn:problem", Detail: "the record is missing"}
	terse := record(1, "a.example.com", store.Failed, time.Time{})
	terse.Progress.Problem = &store.Problem{Type: "urn:problem"}
	for _, tc := range []struct {
		name    string
		record  store.JobRecord
		want    string
		code    int64 // 0: none
		message string
	}{
		{"applying", record(1, "a.example.com", store.Applying, time.Time{}), "Applying", 0, ""},
		{"failed", failed, "ApplyFailed", 1, "the record is missing"},
		{"failed without a detail", terse, "ApplyFailed", 1, "urn:problem"},
		{"failed without a problem", record(1, "a.example.com", store.Failed, time.Time{}), "ApplyFailed", 1, "failed"},
		{"canceled", record(1, "a.example.com", store.Canceled, time.Time{}), "Canceled", 2, "canceled"},
		{"set by an operator, without a certificate", record(1, "a.example.com", store.Issued, time.Time{}), "OK", 0, ""},
		{"90 days left", record(1, "a.example.com", store.Issued, now.Add(90*day)), "OK", 0, ""},
		{"more than 30 days left", record(1, "a.example.com", store.Issued, now.Add(30*day+time.Nanosecond)), "OK", 0, ""},
		{"30 days left", record(1, "a.example.com", store.Issued, now.Add(30*day)), "Expiring", 0, ""},
		{"a moment left", record(1, "a.example.com", store.Issued, now.Add(time.Nanosecond)), "Expiring", 0, ""},
		{"at its end", record(1, "a.example.com", store.Issued, now), "Expired", 0, ""},
		{"over", record(1, "a.example.com", store.Issued, now.Add(-time.Hour)), "Expired", 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := operations.StatusOf(&tc.record, now); got != tc.want {
				t.Errorf("StatusOf: %s, want %s", got, tc.want)
			}
			out, err := newShelf(tc.record).service().GetCertificate(newCall(t), esaapi.GetCertificateParams{SiteID: siteID, ID: "1"})
			if err != nil {
				t.Fatal(err)
			}
			r := out.Result
			if out.Status != tc.want || r.Status != tc.want || r.Type != "free" || r.Region != "cn-hangzhou" {
				t.Errorf("%+v", out)
			}
			switch {
			case tc.code == 0 && (r.ApplyCode != nil || r.ApplyMessage != nil):
				t.Errorf("ApplyCode %v, ApplyMessage %v", r.ApplyCode, r.ApplyMessage)
			case tc.code != 0 && (r.ApplyCode == nil || *r.ApplyCode != tc.code || *r.ApplyMessage != tc.message):
				t.Errorf("%+v, want code %d %q", r, tc.code, tc.message)
			}
			if (tc.record.Certificate == nil) != (out.Certificate == nil && r.NotAfter == nil) {
				t.Errorf("certificate %v, NotAfter %v", out.Certificate, r.NotAfter)
			}
		})
	}
}

// Lists have times in one form, GetCertificate in another, both in UTC.
func TestTimeForms(t *testing.T) {
	t.Parallel()
	r := record(7, "a.example.com", store.Issued, time.Date(2027, 1, 2, 5, 4, 5, 6, time.FixedZone("", 2*3600)))
	s := newShelf(r).service()
	list, err := s.ListCertificates(newCall(t), esaapi.ListCertificatesParams{SiteID: siteID})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.GetCertificate(newCall(t), esaapi.GetCertificateParams{SiteID: siteID, ID: "7"})
	if err != nil {
		t.Fatal(err)
	}
	if c := list.Result[0]; *c.NotAfter != "2027-01-02 03:04:05" || *c.NotBefore != "2026-10-04 03:04:05" || c.CreateTime != "2026-11-29 12:00:00" {
		t.Errorf("list: %s, %s, %s", *c.NotBefore, *c.NotAfter, c.CreateTime)
	}
	if c := got.Result; *c.NotAfter != "2027-01-02T03:04:05Z" || *c.NotBefore != "2026-10-04T03:04:05Z" || c.CreateTime != "2026-11-29 12:00:00" {
		t.Errorf("GetCertificate: %s, %s, %s", *c.NotBefore, *c.NotAfter, c.CreateTime)
	}
}

func TestRecordStatuses(t *testing.T) {
	t.Parallel()
	const name = "a.example.com"
	var (
		ok       = record(5, name, store.Issued, now.Add(60*day))
		expiring = record(5, name, store.Issued, now.Add(day))
		expired  = record(5, name, store.Issued, now.Add(-day))
		applying = record(5, name, store.Applying, time.Time{})
		failed   = record(5, name, store.Failed, time.Time{})
	)
	manyFailed := make([]store.JobRecord, 1200)
	for i := range manyFailed {
		manyFailed[i] = failed
	}
	for _, tc := range []struct {
		name            string
		records         []store.JobRecord // newest first
		status          string
		count, applying int64
		valid           int64 // count with ValidOnly
	}{
		{"nothing", nil, "none", 0, 0, 0},
		{"in force", []store.JobRecord{ok}, "configured", 1, 0, 1},
		{"about to expire", []store.JobRecord{expiring}, "configured", 1, 0, 1},
		{"in force after a failure and while applying", []store.JobRecord{applying, failed, ok}, "configured", 1, 1, 1},
		{"applying", []store.JobRecord{applying, applying}, "applying", 0, 2, 0},
		{"applying after a failure", []store.JobRecord{failed, applying}, "applying", 0, 1, 0},
		{"failed", []store.JobRecord{failed}, "failed", 0, 0, 0},
		{"failed after one that expired", []store.JobRecord{failed, expired}, "failed", 1, 0, 0},
		{"expired after a failure", []store.JobRecord{expired, failed}, "none", 1, 0, 0},
		{"two, one expired", []store.JobRecord{expired, ok}, "configured", 2, 0, 1},
		{"in force behind more failures than a page has", append(manyFailed, ok), "configured", 1, 0, 1},
	} {
		for _, validOnly := range []bool{false, true} {
			for _, detail := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, ValidOnly %v, Detail %v", tc.name, validOnly, detail), func(t *testing.T) {
					t.Parallel()
					s := newShelf(tc.records...)
					out, err := s.service().ListCertificatesByRecord(newCall(t), esaapi.ListCertificatesByRecordParams{
						SiteID: siteID, RecordName: name, ValidOnly: &validOnly, Detail: &detail,
					})
					if err != nil || len(out.Result) != 1 {
						t.Fatalf("%+v, %v", out, err)
					}
					count := tc.count
					if validOnly {
						count = tc.valid
					}
					r := out.Result[0]
					if r.Status != tc.status || r.Count != count || r.ApplylingCount != tc.applying {
						t.Errorf("%s, count %d, applying %d; want %s, %d, %d", r.Status, r.Count, r.ApplylingCount, tc.status, count, tc.applying)
					}
					if !detail && r.Certificates != nil || detail && int64(len(r.Certificates)) != count {
						t.Errorf("%d certificates", len(r.Certificates))
					}
				})
			}
		}
	}
}

// Names are searched in normal form and returned as they were sent.
func TestRecordNames(t *testing.T) {
	t.Parallel()
	s := newShelf()
	out, err := s.service().ListCertificatesByRecord(newCall(t), esaapi.ListCertificatesByRecordParams{
		SiteID: siteID, RecordName: " WWW.Example.com ,bücher.example.com,*.example.com,_DMARC.example.com",
	})
	if err != nil || out.TotalCount != 4 {
		t.Fatalf("%+v, %v", out, err)
	}
	for i, want := range []struct{ name, searched string }{
		{"WWW.Example.com", "www.example.com"},
		{"bücher.example.com", "xn--bcher-kva.example.com"},
		{"*.example.com", "*.example.com"},
		{"_DMARC.example.com", "_dmarc.example.com"},
	} {
		if out.Result[i].RecordName != want.name || s.queries[i].Covering != want.searched {
			t.Errorf("%q is searched as %q; want %q, %q", out.Result[i].RecordName, s.queries[i].Covering, want.name, want.searched)
		}
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                   string
		letsEncrypt, digiCert  int
		quota, used, siteCount int64
	}{
		{"sum of the families", 10, 5, 15, 9, 2},
		{"none", 0, 0, 0, 9, 2},
		{"the first unlimited", store.Unlimited, 5, math.MaxInt32, 9, 2},
		{"the second unlimited", 5, store.Unlimited, math.MaxInt32, 9, 2},
		{"both unlimited", store.Unlimited, store.Unlimited, math.MaxInt32, 9, 2},
		{"beyond 32 bits", math.MaxInt32, 1, math.MaxInt32, 9, 2},
		{"beyond 64 bits", math.MaxInt, math.MaxInt, math.MaxInt32, 9, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			s.sites = append(s.sites,
				operations.Site{ID: siteID + 1, Name: "example.org", Plan: "standard"},
				operations.Site{ID: siteID + 2, Name: "example.net", Plan: "another"})
			s.quotas = map[string]int{"lets_encrypt": tc.letsEncrypt, "digicert": tc.digiCert}
			s.usage = map[string]map[int64]int64{"lets_encrypt": {siteID: 3, siteID + 1: 2}, "digicert": {siteID + 1: 4}}
			out, err := s.service().GetCertificateQuota(newCall(t), esaapi.GetCertificateQuotaParams{SiteID: siteID, Type: "free"})
			if err != nil {
				t.Fatal(err)
			}
			if out.Quota != tc.quota || out.QuotaUsage != tc.used || out.SiteCount != tc.siteCount || out.Type != "free" {
				t.Errorf("%+v", out)
			}
			if u := out.SiteUsage; len(u) != 2 || u[0].SiteUsage != 3 || u[1].SiteUsage != 6 || u[1].SiteName != "example.org" || u[0].SiteID != "1234567890123" {
				t.Errorf("usage: %+v", u)
			}
		})
	}
}

func TestCertificatePages(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		number, size *int64
		offset       int64
		limit        int
		want         *esaerrors.Error
	}{
		{nil, nil, 0, 20, nil},
		{new(int64(2)), nil, 20, 20, nil},
		{new(int64(3)), new(int64(500)), 1000, 500, nil},
		{new(int64(math.MaxInt64)), new(int64(1)), math.MaxInt64 - 1, 1, nil},
		{new(int64(math.MaxInt64)), new(int64(500)), math.MaxInt64, 500, nil},
		{new(int64(math.MaxInt64/500 + 1)), new(int64(500)), math.MaxInt64 / 500 * 500, 500, nil},
		{new(int64(math.MaxInt64/500 + 2)), new(int64(500)), math.MaxInt64, 500, nil},
		{new(int64(0)), nil, 0, 0, esaerrors.InvalidPageNumber},
		{new(int64(math.MinInt64)), nil, 0, 0, esaerrors.InvalidPageNumber},
		{nil, new(int64(0)), 0, 0, esaerrors.InvalidPageSize},
		{nil, new(int64(501)), 0, 0, esaerrors.InvalidPageSize},
		{nil, new(int64(math.MinInt64)), 0, 0, esaerrors.InvalidPageSize},
	} {
		s := newShelf()
		out, err := s.service().ListCertificates(newCall(t), esaapi.ListCertificatesParams{SiteID: siteID, PageNumber: tc.number, PageSize: tc.size})
		if tc.want != nil {
			wantRefusal(t, err, tc.want)
			continue
		}
		if err != nil || out.Result == nil {
			t.Fatalf("%+v, %v", out, err)
		}
		if q := s.queries[0]; q.Offset != tc.offset || q.Limit != tc.limit || q.Account != account || q.SiteID != siteID {
			t.Errorf("got %+v, want offset %d, limit %d", q, tc.offset, tc.limit)
		}
	}
}

// sitesOf lists the names of the sites that a call finds.
func sitesOf(t *testing.T, s *shelf, in esaapi.ListSitesParams) string {
	t.Helper()
	out, err := s.service().ListSites(newCall(t), in)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(out.Sites))
	for i, site := range out.Sites {
		names[i] = strings.TrimSuffix(site.SiteName, ".example")
	}
	return strings.Join(names, " ")
}

func TestSiteFiltersAndOrder(t *testing.T) {
	t.Parallel()
	s := newShelf()
	at := func(d int) time.Time { return now.Add(time.Duration(d) * day) }
	s.sites = []operations.Site{
		{ID: 1, Name: "a.example", Access: operations.NS, Status: operations.Active, Details: operations.SiteDetails{
			CreatedAt: at(1), VisitedAt: at(9), Coverage: "global", PlanSpec: "basicplan", ResourceGroup: "rg-1", Tags: map[string]string{"env": "prod", "team": "x"},
		}},
		{ID: 2, Name: "ab.example", Access: operations.CNAME, Status: operations.Pending, Details: operations.SiteDetails{
			CreatedAt: at(3), Coverage: "domestic", PlanSpec: "enterpriseplan", Tags: map[string]string{"env": ""},
		}},
		{ID: 3, Name: "xn--bcher-kva.example", Access: operations.NS, Status: operations.Offline, Details: operations.SiteDetails{CreatedAt: at(3), VisitedAt: at(2)}},
	}
	const all = "xn--bcher-kva ab a"
	suffix, prefix, fuzzy, exact := esaapi.SearchSuffix, esaapi.SearchPrefix, esaapi.SearchFuzzy, esaapi.SearchExact
	for name, tc := range map[string]struct {
		in   esaapi.ListSitesParams
		want string
	}{
		"all, the newest first":      {esaapi.ListSitesParams{}, all},
		"by creation":                {esaapi.ListSitesParams{OrderBy: new("gmtCreate")}, all},
		"by visit":                   {esaapi.ListSitesParams{OrderBy: new("visitTime")}, "a xn--bcher-kva ab"},
		"exact by default":           {esaapi.ListSitesParams{SiteName: new("A.example")}, "a"},
		"exact":                      {esaapi.ListSitesParams{SiteName: new("a.example"), SiteSearchType: &exact}, "a"},
		"exact in Unicode":           {esaapi.ListSitesParams{SiteName: new("Bücher.example")}, "xn--bcher-kva"},
		"prefix":                     {esaapi.ListSitesParams{SiteName: new("a"), SiteSearchType: &prefix}, "ab a"},
		"suffix":                     {esaapi.ListSitesParams{SiteName: new("B.EXAMPLE"), SiteSearchType: &suffix}, "ab"},
		"fuzzy":                      {esaapi.ListSitesParams{SiteName: new("b"), SiteSearchType: &fuzzy}, "xn--bcher-kva ab"},
		"status":                     {esaapi.ListSitesParams{Status: new("pending")}, "ab"},
		"access":                     {esaapi.ListSitesParams{AccessType: new("NS")}, "xn--bcher-kva a"},
		"coverage":                   {esaapi.ListSitesParams{Coverage: new("global")}, "a"},
		"plan":                       {esaapi.ListSitesParams{PlanSubscribeType: new("basicplan")}, "a"},
		"resource group":             {esaapi.ListSitesParams{ResourceGroupID: new("rg-1")}, "a"},
		"enterprise":                 {esaapi.ListSitesParams{OnlyEnterprise: new(true)}, "ab"},
		"not only enterprise":        {esaapi.ListSitesParams{OnlyEnterprise: new(false)}, all},
		"tag":                        {esaapi.ListSitesParams{TagFilter: new(`[{"Key":"env"}]`)}, "ab a"},
		"tag with a value":           {esaapi.ListSitesParams{TagFilter: new(`[{"Key":"env","Value":"prod"}]`)}, "a"},
		"tag with another value":     {esaapi.ListSitesParams{TagFilter: new(`[{"Key":"env","Value":"Prod"}]`)}, ""},
		"two tags":                   {esaapi.ListSitesParams{TagFilter: new(`[{"Key":"env","Value":"prod"},{"Value":"x","Key":"team"}]`)}, "a"},
		"two tags, one of no site":   {esaapi.ListSitesParams{TagFilter: new(`[{"Key":"env"},{"Key":"none"}]`)}, ""},
		"tag whose value is null":    {esaapi.ListSitesParams{TagFilter: new(`[{"Key":"team","Value":null}]`)}, "a"},
		"no tags":                    {esaapi.ListSitesParams{TagFilter: new(`[]`)}, all},
		"every filter":               {esaapi.ListSitesParams{SiteName: new("a.example"), Status: new("active"), AccessType: new("NS"), Coverage: new("global")}, "a"},
		"every filter, one fails":    {esaapi.ListSitesParams{SiteName: new("a.example"), Status: new("pending"), AccessType: new("NS")}, ""},
		"second page":                {esaapi.ListSitesParams{PageNumber: new(int32(2)), PageSize: new(int32(2))}, "a"},
		"page beyond the last":       {esaapi.ListSitesParams{PageNumber: new(int32(3)), PageSize: new(int32(2))}, ""},
		"page far beyond the last":   {esaapi.ListSitesParams{PageNumber: new(int32(math.MaxInt32)), PageSize: new(int32(500))}, ""},
		"page of one":                {esaapi.ListSitesParams{PageSize: new(int32(1))}, "xn--bcher-kva"},
		"page of the largest size":   {esaapi.ListSitesParams{PageSize: new(int32(500))}, all},
		"a name that is not a name":  {esaapi.ListSitesParams{SiteName: new("\x00")}, ""},
		"a name that matches itself": {esaapi.ListSitesParams{SiteName: new("xn--bcher-kva.example")}, "xn--bcher-kva"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := sitesOf(t, s, tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	if got := sitesOf(t, s, esaapi.ListSitesParams{}); got != all || s.sites[0].ID != 1 {
		t.Errorf("the lists changed the order of the source to %+v", s.sites)
	}
}

// A failure of the site source or the store has its row, and the cause is kept for
// the log.
func TestFailuresOfReadsAndDeletions(t *testing.T) {
	t.Parallel()
	failure := errors.New("disk on fire")
	calls := map[string]func(s *operations.Service, c *operations.Call) error{
		"ListCertificates": func(s *operations.Service, c *operations.Call) error {
			_, err := s.ListCertificates(c, esaapi.ListCertificatesParams{SiteID: siteID})
			return err
		},
		"ListCertificatesByRecord": func(s *operations.Service, c *operations.Call) error {
			_, err := s.ListCertificatesByRecord(c, esaapi.ListCertificatesByRecordParams{SiteID: siteID, RecordName: "a"})
			return err
		},
		"GetCertificate": func(s *operations.Service, c *operations.Call) error {
			_, err := s.GetCertificate(c, esaapi.GetCertificateParams{SiteID: siteID, ID: "1"})
			return err
		},
		"GetCertificateQuota": func(s *operations.Service, c *operations.Call) error {
			_, err := s.GetCertificateQuota(c, esaapi.GetCertificateQuotaParams{SiteID: siteID, Type: "free"})
			return err
		},
		"DeleteCertificate": func(s *operations.Service, c *operations.Call) error {
			_, err := s.DeleteCertificate(c, esaapi.DeleteCertificateParams{SiteID: siteID, ID: "1"})
			return err
		},
		"GetSite": func(s *operations.Service, c *operations.Call) error {
			_, err := s.GetSite(c, esaapi.GetSiteParams{SiteID: siteID})
			return err
		},
		"GetDcvDelegation": func(s *operations.Service, c *operations.Call) error {
			_, err := s.GetDcvDelegation(c, esaapi.GetDcvDelegationParams{SiteID: siteID})
			return err
		},
		"ListSites": func(s *operations.Service, c *operations.Call) error {
			_, err := s.ListSites(c, esaapi.ListSitesParams{})
			return err
		},
	}
	for _, tc := range []struct {
		operation, failing string
		want               *esaerrors.Error
	}{
		{"ListCertificates", "Site", esaerrors.InternalException},
		{"ListCertificates", "ListCertificates", esaerrors.InternalException},
		{"ListCertificatesByRecord", "Site", esaerrors.InternalException},
		{"ListCertificatesByRecord", "ListCertificates", esaerrors.InternalException},
		{"GetCertificate", "Site", esaerrors.InternalException},
		{"GetCertificate", "FindCertificate", esaerrors.InternalException},
		{"GetCertificateQuota", "Site", esaerrors.InternalException},
		{"GetCertificateQuota", "Sites", esaerrors.InternalException},
		{"GetCertificateQuota", "Quota", esaerrors.QuotaCheckFailed},
		{"GetCertificateQuota", "SiteUsage", esaerrors.QuotaCheckFailed},
		{"DeleteCertificate", "Site", esaerrors.InternalException},
		{"DeleteCertificate", "DeleteCertificate", esaerrors.InternalException},
		{"GetSite", "Site", esaerrors.InternalException},
		{"GetDcvDelegation", "Site", esaerrors.InternalException},
		{"ListSites", "Sites", esaerrors.InternalException},
	} {
		t.Run(tc.operation+"/"+tc.failing, func(t *testing.T) {
			t.Parallel()
			s := newShelf(record(1, "a.example.com", store.Issued, now.Add(day)))
			s.failures[tc.failing] = failure
			call := newCall(t)
			refused := wantRefusal(t, calls[tc.operation](s.service(), call), tc.want)
			if !errors.Is(refused, failure) || !refused.IsFailure() || refused.Detail == "" || call.NonceStored {
				t.Errorf("%+v, nonce stored: %v", refused, call.NonceStored)
			}
		})
	}
}

func TestDeletions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, id string
		failure  error
		want     *esaerrors.Error
		asked    int // calls of the store
	}{
		{"done", "7", nil, nil, 1},
		{"unknown", "7", store.ErrNotFound, esaerrors.CertificateNotFound, 1},
		{"nonce forgotten", "7", store.ErrNonceForgotten, esaerrors.UnauthorizedInvalidTime, 1},
		{"a word", "nope", nil, esaerrors.CertificateNotFound, 0},
		{"zero", "0", nil, esaerrors.CertificateNotFound, 0},
		{"a leading zero", "07", nil, esaerrors.CertificateNotFound, 0},
		{"beyond 64 bits", "9223372036854775808", nil, esaerrors.CertificateNotFound, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShelf()
			s.failures["DeleteCertificate"] = tc.failure
			call := newCall(t)
			call.Nonce.Account = account
			out, err := s.service().DeleteCertificate(call, esaapi.DeleteCertificateParams{SiteID: siteID, ID: tc.id})
			if len(s.deletions) != tc.asked || call.NonceStored != (tc.want == nil) {
				t.Errorf("%d deletions, nonce stored %v", len(s.deletions), call.NonceStored)
			}
			if tc.want != nil {
				wantRefusal(t, err, tc.want)
				return
			}
			if err != nil || out.ID != tc.id || out.SiteName != "example.com" || call.IDs[0] != 7 {
				t.Fatalf("%+v, %v", out, err)
			}
			if d := s.deletions[0]; d.ID != 7 || d.Account != account || d.SiteID != siteID || !d.At.Equal(now) || d.Nonce != call.Nonce {
				t.Errorf("%+v", d)
			}
		})
	}
}
