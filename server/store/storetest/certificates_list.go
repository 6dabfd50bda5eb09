package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func certificateListTests() []jobRequirement {
	return []jobRequirement{
		{"lists the records of a site, the highest ID first", certificatesOrder},
		{"includes chains and omits keys", certificatesChains},
		{"the total does not depend on offset and limit", certificatesPages},
		{"a keyword occurs in Name, Domain or Names, in any case of ASCII letters", certificatesKeyword},
		{"a keyword is not a pattern", certificatesKeywordLiteral},
		{"a keyword also finds the wildcard that covers it", certificatesKeywordWildcard},
		{"Covering finds a name and the wildcard that covers it", certificatesCovering},
		{"Uploaded selects by type", certificatesUploaded},
		{"ValidAt selects certificates in force then", certificatesValidAt},
		{"conditions are combined", certificatesCombined},
		{"omits records of other accounts and sites", certificatesElsewhere},
		{"omits deleted records", certificatesDeleted},
		{"page and total are of the same moment", certificatesSnapshot},
		{"a context done at any moment leaves the store usable", certificatesContext},
	}
}

func certificatesOrder(t testing.TB, open openJobs) {
	s := open(t)
	page, total := mustList(t, s, sampleQuery())
	if len(page) != 0 || total != 0 {
		t.Fatalf("an empty store has %d records, total %d", len(page), total)
	}
	ids := inEveryStatus(t, s)
	page, total = mustList(t, s, sampleQuery())
	want := consecutive(ids["Applying"], 5)
	slices.Reverse(want)
	wantSame(t, "IDs", want, idsOf(applicationsOf(page)))
	if total != 5 {
		t.Errorf("total %d, want 5", total)
	}
	for _, r := range page {
		want := record(t, s, r.ID)
		if r.Certificate != nil {
			r.Certificate.Chain = nil
		}
		wantSame(t, "record", want, r)
	}
}

func certificatesChains(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	page, _ := mustList(t, s, sampleQuery())
	for _, r := range page {
		wantSame(t, "the record that FindCertificate returns", mustFind(t, s, r.ID), r)
		c := r.Certificate
		switch has := r.ID == ids["Issued"] || r.ID == ids["uploaded"]; {
		case has != (c != nil):
			t.Errorf("%s has the certificate %+v", r.Domain, c)
		case has && (string(c.Chain) != "chain 1" || c.SealedKey != nil):
			t.Errorf("%s: chain %q, key %q", r.Domain, c.Chain, c.SealedKey)
		}
	}
}

func certificatesPages(t testing.TB, open openJobs) {
	s := open(t)
	for i := range 5 {
		mustApply(t, s, sampleBatch(fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)))
	}
	every, _ := mustList(t, s, sampleQuery())
	for offset := range int64(13) {
		for _, limit := range []int{1, 3, 9, 10, 11} {
			q := sampleQuery()
			q.Offset, q.Limit = offset, limit
			page, total := mustList(t, s, q)
			from := min(int(offset), len(every))
			wantSame(t, fmt.Sprintf("offset %d, limit %d", offset, limit), every[from:min(from+limit, len(every))], page)
			if total != 10 {
				t.Errorf("offset %d, limit %d: total %d, want 10", offset, limit, total)
			}
		}
	}
	q := sampleQuery()
	q.Keyword, q.Offset, q.Limit = "b", 4, 3
	page, total := mustList(t, s, q)
	if len(page) != 1 || page[0].Domain != "b0" || total != 5 {
		t.Errorf("the second page of a keyword: %+v, total %d", page, total)
	}
	q.Offset = 1 << 62
	if page, total := mustList(t, s, q); len(page) != 0 || total != 5 {
		t.Errorf("far behind the end: %d records, total %d", len(page), total)
	}
}

func withKeyword(keyword string) store.CertificateQuery {
	q := sampleQuery()
	q.Keyword = keyword
	return q
}

func certificatesKeyword(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("www.example.com", "shop.example.net"))
	mustUpload(t, s, sampleUpload("Winter Sale É", "first.example.org", "first.example.org", "Second.example.org"))
	for keyword, want := range map[string][]string{
		"www":                 {"www.example.com"},
		"WWW.Example.COM":     {"www.example.com"},
		"example.net":         {"shop.example.net"},
		"example":             {"www.example.com", "shop.example.net", "first.example.org"},
		"winter":              {"first.example.org"},
		"r s":                 {"first.example.org"},
		"É":                   {"first.example.org"},
		"é":                   nil, // not an ASCII letter
		"second.EXAMPLE":      {"first.example.org"},
		"first.example.org,S": {"first.example.org"},
		"lets_encrypt":        nil, // a type
		"missing":             nil,
		"www.example.com.":    nil,
		"wwww":                nil,
	} {
		wantListed(t, s, withKeyword(keyword), want...)
	}
}

func certificatesKeywordLiteral(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("a_b.example.com", "axb.example.com", "*.example.org"))
	mustUpload(t, s, sampleUpload(`50% [off] 'now' \o/ "?"`, "name.example.com"))
	for keyword, want := range map[string][]string{
		"a_b":              {"a_b.example.com"},
		"a%b":              nil,
		"a?b":              nil,
		"a*b":              nil,
		"%":                {"name.example.com"},
		"_":                {"a_b.example.com"},
		"?":                {"name.example.com"},
		"*":                {"*.example.org"},
		"[off]":            {"name.example.com"},
		"'":                {"name.example.com"},
		"' OR '1' = '1":    nil,
		`\`:                {"name.example.com"},
		`"`:                {"name.example.com"},
		"; --":             nil,
		"');":              nil,
		"w.example.org,*.": nil, // not one name
	} {
		wantListed(t, s, withKeyword(keyword), want...)
	}
}

func certificatesKeywordWildcard(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("*.example.com", "example.com", "*.b.example.com"))
	mustUpload(t, s, sampleUpload("several", "example.net", "example.net", "*.example.net", "*.example.info"))
	mustUpload(t, s, sampleUpload("*.example.dev", "last.example.net", "xx.a.example.info"))
	for keyword, want := range map[string][]string{
		"w.example.com":     {"*.example.com"},
		"W.EXAMPLE.com":     {"*.example.com"},
		"*.example.com":     {"*.example.com"},
		"a.b.example.com":   {"*.b.example.com"},
		"a.a.example.com":   nil,
		"a.a.b.example.com": nil,
		"w.Example.net":     {"example.net"},
		"w.example.info":    {"example.net"},
		"a.example.info":    {"example.net", "last.example.net"},
		"w.example.dev":     nil, // the wildcard is in Name only
		"w.example.org":     nil,
		"x.com":             nil,
	} {
		wantListed(t, s, withKeyword(keyword), want...)
	}
}

func certificatesCovering(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("*.example.com", "www.example.com", "example.com", "wwww.example.com"))
	mustUpload(t, s, sampleUpload("www.example.dev", "first.example.net", "first.example.net", "*.example.net", "www.example.info", "last.example.info"))
	for name, want := range map[string][]string{
		"www.example.com":   {"*.example.com", "www.example.com"},
		"any.example.com":   {"*.example.com"},
		"example.com":       {"example.com"},
		"*.example.com":     {"*.example.com"},
		"a.b.example.com":   nil,
		"WWW.example.com":   {"*.example.com"}, // not in normal form
		"ww.example.info":   nil,               // a part of a name
		"www.example.inf":   nil,
		"first.example.net": {"first.example.net"},
		"any.example.net":   {"first.example.net"},
		"www.example.info":  {"first.example.net"},
		"last.example.info": {"first.example.net"},
		"any.example.info":  nil,
		"www.example.dev":   nil, // a Name
		"example":           nil,
	} {
		q := sampleQuery()
		q.Covering = name
		wantListed(t, s, q, want...)
	}
}

func certificatesUploaded(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("www.example.com"))
	mustUpload(t, s, sampleUpload("mine", "uploaded.example.com"))
	q := sampleQuery()
	wantListed(t, s, q, "www.example.com", "uploaded.example.com")
	q.Uploaded = new(true)
	wantListed(t, s, q, "uploaded.example.com")
	q.Uploaded = new(false)
	wantListed(t, s, q, "www.example.com")
}

func certificatesValidAt(t testing.TB, open openJobs) {
	s := open(t)
	inEveryStatus(t, s)
	c := certificateOf(1)
	for when, want := range map[time.Time][]string{
		c.NotBefore.Add(-time.Microsecond): nil,
		c.NotBefore:                        {"issued.example.com", "uploaded.example.com"},
		c.NotAfter.Add(-time.Microsecond):  {"issued.example.com", "uploaded.example.com"},
		c.NotAfter:                         nil,
	} {
		q := sampleQuery()
		q.ValidAt = when
		wantListed(t, s, q, want...)
	}
	q := sampleQuery()
	q.ValidAt = at(10)
	page, _ := mustList(t, s, q)
	mustFinish(t, s, page[0].ID, store.Failed)
	wantListed(t, s, q, "issued.example.com")
}

func certificatesCombined(t testing.TB, open openJobs) {
	s := open(t)
	inEveryStatus(t, s)
	mustUpload(t, s, sampleUpload("wild", "*.example.com"))
	q := store.CertificateQuery{
		Account: account, SiteID: site, Keyword: "EXAMPLE", Covering: "issued.example.com",
		Uploaded: new(false), ValidAt: at(10), Limit: 1,
	}
	wantListed(t, s, q, "issued.example.com")
	q.Uploaded = new(true)
	wantListed(t, s, q, "*.example.com")
	q.Keyword = "issued"
	wantListed(t, s, q)
	q.Keyword, q.Covering, q.Uploaded, q.Limit = "ed.", "", nil, 9
	wantListed(t, s, q, "issued.example.com", "uploaded.example.com")
}

func certificatesElsewhere(t testing.TB, open openJobs) {
	s := open(t)
	var ids []int64
	for _, a := range []string{account, otherAccount} {
		for _, id := range []int64{site, otherSite} {
			b := sampleBatch("www.example.com")
			b.Account, b.SiteID = a, id
			ids = append(ids, mustApply(t, s, b)[0].ID)
			u := sampleUpload("mine", "www.example.com")
			u.Account, u.SiteID = a, id
			mustUpload(t, s, u)
		}
	}
	for _, q := range []store.CertificateQuery{{}, {Keyword: "www"}, {Covering: "www.example.com"}, {Uploaded: new(false)}} {
		q.Account, q.SiteID, q.Limit = account, otherSite, 10
		page, total := mustList(t, s, q)
		if total != int64(len(page)) || len(page) == 0 {
			t.Errorf("%+v: %d records, total %d", q, len(page), total)
		}
		for _, r := range page {
			if r.Account != account || r.SiteID != otherSite {
				t.Errorf("%+v returns %+v", q, r.Application)
			}
		}
	}
	for _, q := range []store.CertificateQuery{{Account: "nobody", SiteID: site, Limit: 1}, {Account: account, SiteID: 1, Limit: 1}, {Limit: 1}} {
		wantListed(t, s, q)
	}
	for _, id := range ids[1:] {
		_, err := s.FindCertificate(t.Context(), account, site, id)
		wantError(t, "FindCertificate", err, store.ErrNotFound)
	}
}

func certificatesDeleted(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	left := 5
	for _, id := range ids {
		mustDelete(t, s, id)
		left--
		for _, q := range []store.CertificateQuery{{}, {Keyword: "example"}} {
			q.Account, q.SiteID, q.Limit = account, site, 10
			page, total := mustList(t, s, q)
			if len(page) != left || total != int64(left) || slices.Contains(idsOf(applicationsOf(page)), id) {
				t.Errorf("%+v after %d was deleted: %d records, total %d, want %d", q, id, len(page), total, left)
			}
		}
		_, err := s.FindCertificate(t.Context(), account, site, id)
		wantError(t, "FindCertificate", err, store.ErrNotFound)
	}
}

// certificatesSnapshot applies for two names at once and lists them meanwhile.
func certificatesSnapshot(t testing.TB, open openJobs) {
	s := open(t)
	var done atomic.Bool
	var writer sync.WaitGroup
	writer.Go(func() {
		defer done.Store(true)
		for i := range 100 {
			if _, err := s.Apply(t.Context(), sampleBatch(fmt.Sprint("a", i), fmt.Sprint("b", i))); err != nil {
				t.Error(err)
			}
		}
	})
	for !done.Load() {
		if page, total := mustList(t, s, sampleQuery()); total != int64(len(page)) || total%2 != 0 {
			t.Errorf("%d records, total %d", len(page), total)
		}
	}
	writer.Wait()
	if page, total := mustList(t, s, sampleQuery()); len(page) != 200 || total != 200 {
		t.Errorf("at the end: %d records, total %d", len(page), total)
	}
}

// certificatesContext ends contexts at each of their uses, and checks that later
// calls see what was written since.
func certificatesContext(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("www.example.com"))
	ended := 0
	for use := range 200 {
		ctx := newEndingContext(t.Context(), use%25+1)
		_, _, err := s.ListCertificates(ctx, sampleQuery())
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("a list that ends at use %d: %v", use%25+1, err)
		}
		if err != nil {
			ended++
		}
		if use%10 != 9 {
			continue
		}
		mustApply(t, s, sampleBatch(fmt.Sprint(use)))
		for range 8 { // each connection
			if page, total := mustList(t, s, sampleQuery()); len(page) != 2+use/10 || total != int64(len(page)) {
				t.Fatalf("after a list that ended: %d records, total %d, want %d", len(page), total, 2+use/10)
			}
		}
	}
	if ended == 0 {
		t.Error("no context ended a list")
	}
}

// endingContext is done from its n-th use on.
type endingContext struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func newEndingContext(parent context.Context, uses int) *endingContext {
	c := &endingContext{}
	c.Context, c.cancel = context.WithCancel(parent)
	c.left.Store(int64(uses))
	return c
}

func (c *endingContext) use() {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
}

func (c *endingContext) Done() <-chan struct{} {
	c.use()
	return c.Context.Done()
}

func (c *endingContext) Err() error {
	c.use()
	return c.Context.Err()
}
