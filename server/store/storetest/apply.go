package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

func applyTests() []requirement {
	return []requirement{
		{"returns consecutive IDs from FirstID in the order of the names", applyReturns},
		{"stores what it returns", applyKeeps},
		{"a rejected request uses no ID", applyLeavesNoGap},
		{"all names or none", applyAllOrNone},
		{"rejects pending names and returns the first", applyNamesPending},
		{"rejects a pending name even if all other fields differ", applyRejectsPending},
		{"accepts the same name for another site or account", applyElsewhere},
		{"an Issued or Failed application releases the name", applyAfterFinish},
		{"rejects invalid requests", applyRejectsInvalid},
		{"stores strings verbatim", applyKeepsStrings},
		{"times are UTC to the microsecond", applyTimes},
	}
}

func applyReturns(t testing.TB, open openStore) {
	s := open(t)
	first := mustApply(t, s, sampleBatch("b.example.com", "a.example.com", "*.c.example.com"))
	if diff := cmp.Diff([]string{"b.example.com", "a.example.com", "*.c.example.com"}, domainsOf(first)); diff != "" {
		t.Errorf("names in another order:\n%s", diff)
	}
	second := mustApply(t, s, sampleBatch("d.example.com"))
	if diff := cmp.Diff(consecutive(store.FirstID, 4), idsOf(append(first, second...))); diff != "" {
		t.Errorf("ids:\n%s", diff)
	}
}

func applyKeeps(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("www.example.com")
	b.Type, b.AlgType, b.DNSRecordsEach = "digicert_single", "Ecc", 3
	want := store.Application{
		ID: store.FirstID, Account: account, SiteID: site, Domain: "www.example.com", Type: "digicert_single", AlgType: "Ecc",
		Plan: plan, Family: family, DNSRecords: 3, Status: store.Applying,
		RequestID: b.RequestID, CreatedAt: baseTime(), UpdatedAt: baseTime(),
	}
	if diff := cmp.Diff([]store.Application{want}, mustApply(t, s, b)); diff != "" {
		t.Errorf("returned:\n%s", diff)
	}
	wantStored(t, s, want)
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 3})
}

func applyLeavesNoGap(t testing.TB, open openStore) {
	s := open(t)
	mustApply(t, s, sampleBatch("a.example.com"))
	mustRefuse(t, s, sampleBatch("b.example.com", "a.example.com"), store.ErrAlreadySubmitted)
	full := sampleBatch("b.example.com", "c.example.com")
	full.Quota = 2
	mustRefuse(t, s, full, store.ErrQuotaExceeded)
	next := mustApply(t, s, sampleBatch("d.example.com"))
	if next[0].ID != store.FirstID+1 {
		t.Errorf("the id after two refusals is %d, want %d", next[0].ID, store.FirstID+1)
	}
}

func applyAllOrNone(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("c.example.com"))
	b := sampleBatch("a.example.com", "b.example.com", "c.example.com")
	b.Nonce = store.Nonce{Key: keyOf(7), Expires: baseTime().Truncate(time.Second).Add(time.Hour)}
	mustRefuse(t, s, b, store.ErrAlreadySubmitted)
	wantStored(t, s, made...)
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})
	if found := collect(t, s, baseTime()); len(found) != 0 {
		t.Errorf("the nonce of a refused batch was stored: %v", found)
	}
}

func applyNamesPending(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("a.example.com", "b.example.com"))
	_, err := s.Apply(t.Context(), sampleBatch("c.example.com", "b.example.com", "a.example.com"))
	var pending *store.AlreadySubmittedError
	if !errors.As(err, &pending) || !errors.Is(err, store.ErrAlreadySubmitted) {
		t.Fatalf("Apply: %v, want an AlreadySubmittedError", err)
	}
	if want := (store.AlreadySubmittedError{Domain: "b.example.com", ID: made[1].ID}); *pending != want {
		t.Errorf("the error names %+v, want %+v", *pending, want)
	}
}

func applyRejectsPending(t testing.TB, open openStore) {
	s := open(t)
	mustApply(t, s, sampleBatch("www.example.com"))
	changes := map[string]func(*store.ApplyRequest){
		"type":   func(b *store.ApplyRequest) { b.Type = "digicert_single" },
		"key":    func(b *store.ApplyRequest) { b.AlgType = "ECC" },
		"plan":   func(b *store.ApplyRequest) { b.Plan = "basic" },
		"family": func(b *store.ApplyRequest) { b.Family = "digicert" },
		"nonce":  func(b *store.ApplyRequest) { b.Nonce.Key = keyOf(1) },
		"time":   func(b *store.ApplyRequest) { b.At = b.At.Add(100 * 24 * time.Hour) },
		"id":     func(b *store.ApplyRequest) { b.RequestID = "another" },
	}
	for name, change := range changes {
		b := sampleBatch("www.example.com")
		change(&b)
		if _, err := s.Apply(t.Context(), b); !errors.Is(err, store.ErrAlreadySubmitted) {
			t.Errorf("with another %s: %v, want ErrAlreadySubmitted", name, err)
		}
	}
}

func applyElsewhere(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("www.example.com"))
	otherSite, otherAccount := sampleBatch("www.example.com"), sampleBatch("www.example.com")
	otherSite.SiteID++
	otherAccount.Account = "2000000000000002"
	made = append(made, mustApply(t, s, otherSite)...)
	made = append(made, mustApply(t, s, otherAccount)...)
	wantStored(t, s, made...)
}

func applyAfterFinish(t testing.TB, open openStore) {
	for _, end := range []store.Status{store.Issued, store.Failed} {
		s := open(t)
		made := mustApply(t, s, sampleBatch("www.example.com"))
		mustFinish(t, s, made[0].ID, end)
		again := mustApply(t, s, sampleBatch("www.example.com"))
		if again[0].ID != made[0].ID+1 {
			t.Errorf("after %s the new application has id %d, want %d", end, again[0].ID, made[0].ID+1)
		}
		mustRefuse(t, s, sampleBatch("www.example.com"), store.ErrAlreadySubmitted)
	}
}

func applyRejectsInvalid(t testing.TB, open openStore) {
	s := open(t)
	each, inUse := sampleBatch("a.example.com"), sampleBatch("a.example.com")
	each.DNSRecordsEach, inUse.DNSRecordsInUse = -1, -1
	for name, b := range map[string]store.ApplyRequest{
		"no name":               sampleBatch(),
		"a name twice":          sampleBatch("a.example.com", "b.example.com", "a.example.com"),
		"negative records":      each,
		"negative other record": inUse,
	} {
		if _, err := s.Apply(t.Context(), b); !errors.Is(err, store.ErrInvalidBatch) {
			t.Errorf("%s: %v, want ErrInvalidBatch", name, err)
		}
	}
	wantStored(t, s)
}

func applyKeepsStrings(t testing.TB, open openStore) {
	s := open(t)
	var want []store.Application
	for i, value := range []string{
		"", " ", "'", `"`, "''; DROP TABLE applications; --", "%_\\", "?1", ":name", "$1", "\x01\x02\x1f\x7f",
		"\r\n\t", "中国", "bücher", "bu\u0308cher", "🂡", "\u202eright to left", "\ufeff", "\uffff", "Applying", "NULL", "0", "1e3",
	} {
		b := sampleBatch(value)
		b.Account, b.Type, b.AlgType, b.Plan, b.Family, b.RequestID = value, value, value, value, value, value
		b.SiteID = int64(i) - 2
		mustApply(t, s, b)
		want = append(want, store.Application{
			ID: store.FirstID + int64(i), Account: value, SiteID: b.SiteID, Domain: value, Type: value, AlgType: value, Plan: value, Family: value,
			DNSRecords: 1, Status: store.Applying, RequestID: value, CreatedAt: baseTime(), UpdatedAt: baseTime(),
		})
		mustRefuse(t, s, b, store.ErrAlreadySubmitted)
		usage, err := s.Usage(t.Context(), value, value, value, b.SiteID)
		if err != nil || usage != (store.QuotaUsage{Quota: 1, DNSRecords: 1}) {
			t.Errorf("Usage of %q: %+v, %v", value, usage, err)
		}
	}
	wantStored(t, s, want...)
}

func applyTimes(t testing.TB, open openStore) {
	s := open(t)
	east := time.FixedZone("east", 8*60*60)
	for _, at := range []time.Time{
		time.Date(2026, 11, 23, 20, 0, 0, 987654321, east),
		time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC),
		time.Date(2500, 1, 1, 0, 0, 0, 1, time.UTC),
	} {
		b := sampleBatch("times.example.com")
		b.At, b.SiteID = at, at.Unix()
		made := mustApply(t, s, b)
		found, err := s.Applications(t.Context(), store.Query{After: made[0].ID - 1})
		if err != nil || len(found) != 1 {
			t.Fatalf("Applications: %v, %v", found, err)
		}
		for _, got := range []time.Time{made[0].CreatedAt, made[0].UpdatedAt, found[0].CreatedAt, found[0].UpdatedAt} {
			if !got.Equal(at.Truncate(time.Microsecond)) || got.Location() != time.UTC {
				t.Errorf("%v was returned as %v", at, got)
			}
		}
	}
}
