package storetest

import (
	"errors"
	"testing"

	"github.com/esacert/esacert/server/store"
)

func limitTests() []requirement {
	return []requirement{
		{"checks pending names, then records, then quota", limitOrder},
		{"the quota can be used up but not exceeded", limitQuota},
		{"the quota counts per account, plan and family", limitQuotaSubjects},
		{"the record limit can be used up but not exceeded", limitRecords},
		{"the records count per account and site", limitRecordsSubjects},
		{"a request without records ignores the record limit", limitNoRecords},
		{"unlimited requests count for a later limit", limitUnlimited},
	}
}

func limitOrder(t testing.TB, open openStore) {
	for _, c := range []struct {
		name                   string
		pending, records, full bool
		want                   error
	}{
		{"none", false, false, false, nil},
		{"quota", false, false, true, store.ErrQuotaExceeded},
		{"records", false, true, false, store.ErrRecordLimitExceeded},
		{"records and quota", false, true, true, store.ErrRecordLimitExceeded},
		{"pending", true, false, false, store.ErrAlreadySubmitted},
		{"pending and quota", true, false, true, store.ErrAlreadySubmitted},
		{"pending and records", true, true, false, store.ErrAlreadySubmitted},
		{"all", true, true, true, store.ErrAlreadySubmitted},
	} {
		s := open(t)
		mustApply(t, s, sampleBatch("old.example.com"))
		b := sampleBatch("a.example.com", "b.example.com")
		if c.pending {
			b.Domains[1] = "old.example.com"
		}
		if c.records {
			b.DNSRecordLimit = 2
		}
		if c.full {
			b.Quota = 2
		}
		if _, err := s.Apply(t.Context(), b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func limitQuota(t testing.TB, open openStore) {
	s := open(t)
	of := func(quota int, domains ...string) store.ApplyRequest {
		b := sampleBatch(domains...)
		b.Quota = quota
		return b
	}
	mustRefuse(t, s, of(0, "a"), store.ErrQuotaExceeded)
	mustRefuse(t, s, of(2, "a", "b", "c"), store.ErrQuotaExceeded)
	mustApply(t, s, of(3, "a", "b", "c"))
	mustRefuse(t, s, of(3, "d"), store.ErrQuotaExceeded)
	mustApply(t, s, of(4, "d"))
	mustRefuse(t, s, of(2, "e"), store.ErrQuotaExceeded) // a plan with a lower quota
	wantUsage(t, s, store.QuotaUsage{Quota: 4, DNSRecords: 4})
}

func limitQuotaSubjects(t testing.TB, open openStore) {
	s := open(t)
	with := func(name string, change func(*store.ApplyRequest)) store.ApplyRequest {
		b := sampleBatch(name)
		b.Quota = 1
		change(&b)
		return b
	}
	mustApply(t, s, with("a", func(*store.ApplyRequest) {}))
	mustApply(t, s, with("b", func(b *store.ApplyRequest) { b.Account = "2000000000000002" }))
	mustApply(t, s, with("c", func(b *store.ApplyRequest) { b.Plan = "basic" }))
	mustApply(t, s, with("d", func(b *store.ApplyRequest) { b.Family = "digicert" }))
	// The same plan and family, split at another place.
	mustApply(t, s, with("e", func(b *store.ApplyRequest) { b.Plan, b.Family = plan+family[:1], family[1:] }))
	mustRefuse(t, s, with("f", func(b *store.ApplyRequest) { b.SiteID++ }), store.ErrQuotaExceeded)
}

func limitRecords(t testing.TB, open openStore) {
	s := open(t)
	of := func(each, inUse, limit int, domains ...string) store.ApplyRequest {
		b := sampleBatch(domains...)
		b.DNSRecordsEach, b.DNSRecordsInUse, b.DNSRecordLimit = each, inUse, limit
		return b
	}
	mustRefuse(t, s, of(1, 10, 10, "a"), store.ErrRecordLimitExceeded)
	mustRefuse(t, s, of(2, 5, 10, "a", "b", "c"), store.ErrRecordLimitExceeded)
	mustApply(t, s, of(2, 4, 10, "a", "b", "c"))
	mustRefuse(t, s, of(1, 4, 10, "d"), store.ErrRecordLimitExceeded)
	mustApply(t, s, of(1, 3, 10, "d"))
	wantUsage(t, s, store.QuotaUsage{Quota: 4, DNSRecords: 7})
}

func limitRecordsSubjects(t testing.TB, open openStore) {
	s := open(t)
	with := func(name string, change func(*store.ApplyRequest)) store.ApplyRequest {
		b := sampleBatch(name)
		b.DNSRecordLimit = 1
		change(&b)
		return b
	}
	mustApply(t, s, with("a", func(*store.ApplyRequest) {}))
	mustApply(t, s, with("b", func(b *store.ApplyRequest) { b.Account = "2000000000000002" }))
	mustApply(t, s, with("c", func(b *store.ApplyRequest) { b.SiteID++ }))
	mustRefuse(t, s, with("d", func(b *store.ApplyRequest) { b.Plan, b.Family = "basic", "digicert" }), store.ErrRecordLimitExceeded)
}

func limitNoRecords(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("a", "b")
	b.DNSRecordsEach, b.DNSRecordsInUse, b.DNSRecordLimit = 0, 100, 1
	mustApply(t, s, b)
	wantUsage(t, s, store.QuotaUsage{Quota: 2, DNSRecords: 0})
}

func limitUnlimited(t testing.TB, open openStore) {
	s := open(t)
	mustApply(t, s, sampleBatch("a", "b", "c"))
	quota, records := sampleBatch("d"), sampleBatch("d")
	quota.Quota, records.DNSRecordLimit = 3, 3
	mustRefuse(t, s, quota, store.ErrQuotaExceeded)
	mustRefuse(t, s, records, store.ErrRecordLimitExceeded)
}
