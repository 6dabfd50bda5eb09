package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

func applyPromises() []promise {
	return []promise{
		{"answers in the order of the names with consecutive ids from FirstID", applyAnswers},
		{"keeps what it answered", applyKeeps},
		{"a refused batch leaves no gap in the ids", applyLeavesNoGap},
		{"all names or none", applyAllOrNone},
		{"a pending name is refused, the first of them is named", applyNamesPending},
		{"a pending name is refused whatever else is different", applyRefusesWhatever},
		{"another site or account may take the same name", applyElsewhere},
		{"an Issued or Failed application frees the name", applyAfterFinish},
		{"refuses what is not a batch", applyRefusesNonsense},
		{"texts come back as they were", applyKeepsTexts},
		{"times are UTC to the microsecond", applyTimes},
	}
}

func applyAnswers(t testing.TB, open openStore) {
	s := open(t)
	first := mustApply(t, s, sample("b.example.com", "a.example.com", "*.c.example.com"))
	if diff := cmp.Diff([]string{"b.example.com", "a.example.com", "*.c.example.com"}, domainsOf(first)); diff != "" {
		t.Errorf("names in another order:\n%s", diff)
	}
	second := mustApply(t, s, sample("d.example.com"))
	if diff := cmp.Diff(consecutive(store.FirstID, 4), idsOf(append(first, second...))); diff != "" {
		t.Errorf("ids:\n%s", diff)
	}
}

func applyKeeps(t testing.TB, open openStore) {
	s := open(t)
	b := sample("www.example.com")
	b.Type, b.AlgType, b.RecordsEach = "digicert_single", "Ecc", 3
	want := store.Application{
		ID: store.FirstID, Account: account, SiteID: site, Domain: "www.example.com", Type: "digicert_single", AlgType: "Ecc",
		Plan: plan, Family: family, Records: 3, Status: store.Applying,
		RequestID: b.RequestID, CreatedAt: noon(), UpdatedAt: noon(),
	}
	if diff := cmp.Diff([]store.Application{want}, mustApply(t, s, b)); diff != "" {
		t.Errorf("answered:\n%s", diff)
	}
	wantStored(t, s, want)
	wantUsage(t, s, store.Usage{Quota: 1, Records: 3})
}

func applyLeavesNoGap(t testing.TB, open openStore) {
	s := open(t)
	mustApply(t, s, sample("a.example.com"))
	mustRefuse(t, s, sample("b.example.com", "a.example.com"), store.ErrAlreadySubmitted)
	full := sample("b.example.com", "c.example.com")
	full.Quota = 2
	mustRefuse(t, s, full, store.ErrQuota)
	next := mustApply(t, s, sample("d.example.com"))
	if next[0].ID != store.FirstID+1 {
		t.Errorf("the id after two refusals is %d, want %d", next[0].ID, store.FirstID+1)
	}
}

func applyAllOrNone(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sample("c.example.com"))
	b := sample("a.example.com", "b.example.com", "c.example.com")
	b.Nonce = store.Nonce{Key: keyOf(7), Expires: noon().Truncate(time.Second).Add(time.Hour)}
	mustRefuse(t, s, b, store.ErrAlreadySubmitted)
	wantStored(t, s, made...)
	wantUsage(t, s, store.Usage{Quota: 1, Records: 1})
	if found := collect(t, s, noon()); len(found) != 0 {
		t.Errorf("the nonce of a refused batch was stored: %v", found)
	}
}

func applyNamesPending(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sample("a.example.com", "b.example.com"))
	_, err := s.Apply(t.Context(), sample("c.example.com", "b.example.com", "a.example.com"))
	var pending *store.AlreadySubmittedError
	if !errors.As(err, &pending) || !errors.Is(err, store.ErrAlreadySubmitted) {
		t.Fatalf("Apply: %v, want an AlreadySubmittedError", err)
	}
	if want := (store.AlreadySubmittedError{Domain: "b.example.com", ID: made[1].ID}); *pending != want {
		t.Errorf("the error names %+v, want %+v", *pending, want)
	}
}

func applyRefusesWhatever(t testing.TB, open openStore) {
	s := open(t)
	mustApply(t, s, sample("www.example.com"))
	changes := map[string]func(*store.Batch){
		"type":   func(b *store.Batch) { b.Type = "digicert_single" },
		"key":    func(b *store.Batch) { b.AlgType = "ECC" },
		"plan":   func(b *store.Batch) { b.Plan = "basic" },
		"family": func(b *store.Batch) { b.Family = "digicert" },
		"nonce":  func(b *store.Batch) { b.Nonce.Key = keyOf(1) },
		"time":   func(b *store.Batch) { b.At = b.At.Add(100 * 24 * time.Hour) },
		"id":     func(b *store.Batch) { b.RequestID = "another" },
	}
	for name, change := range changes {
		b := sample("www.example.com")
		change(&b)
		if _, err := s.Apply(t.Context(), b); !errors.Is(err, store.ErrAlreadySubmitted) {
			t.Errorf("with another %s: %v, want ErrAlreadySubmitted", name, err)
		}
	}
}

func applyElsewhere(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sample("www.example.com"))
	otherSite, otherAccount := sample("www.example.com"), sample("www.example.com")
	otherSite.SiteID++
	otherAccount.Account = "2000000000000002"
	made = append(made, mustApply(t, s, otherSite)...)
	made = append(made, mustApply(t, s, otherAccount)...)
	wantStored(t, s, made...)
}

func applyAfterFinish(t testing.TB, open openStore) {
	for _, end := range []store.Status{store.Issued, store.Failed} {
		s := open(t)
		made := mustApply(t, s, sample("www.example.com"))
		mustFinish(t, s, made[0].ID, end)
		again := mustApply(t, s, sample("www.example.com"))
		if again[0].ID != made[0].ID+1 {
			t.Errorf("after %s the new application has id %d, want %d", end, again[0].ID, made[0].ID+1)
		}
		mustRefuse(t, s, sample("www.example.com"), store.ErrAlreadySubmitted)
	}
}

func applyRefusesNonsense(t testing.TB, open openStore) {
	s := open(t)
	each, inUse := sample("a.example.com"), sample("a.example.com")
	each.RecordsEach, inUse.RecordsInUse = -1, -1
	for name, b := range map[string]store.Batch{
		"no name":               sample(),
		"a name twice":          sample("a.example.com", "b.example.com", "a.example.com"),
		"negative records":      each,
		"negative other record": inUse,
	} {
		if _, err := s.Apply(t.Context(), b); !errors.Is(err, store.ErrBatch) {
			t.Errorf("%s: %v, want ErrBatch", name, err)
		}
	}
	wantStored(t, s)
}

func applyKeepsTexts(t testing.TB, open openStore) {
	s := open(t)
	var want []store.Application
	for i, text := range []string{
		"", " ", "'", `"`, "''; DROP TABLE applications; --", "%_\\", "?1", ":name", "$1", "\x01\x02\x1f\x7f",
		"\r\n\t", "中国", "bücher", "bu\u0308cher", "🂡", "\u202eright to left", "\ufeff", "\uffff", "Applying", "NULL", "0", "1e3",
	} {
		b := sample(text)
		b.Account, b.Type, b.AlgType, b.Plan, b.Family, b.RequestID = text, text, text, text, text, text
		b.SiteID = int64(i) - 2
		mustApply(t, s, b)
		want = append(want, store.Application{
			ID: store.FirstID + int64(i), Account: text, SiteID: b.SiteID, Domain: text, Type: text, AlgType: text, Plan: text, Family: text,
			Records: 1, Status: store.Applying, RequestID: text, CreatedAt: noon(), UpdatedAt: noon(),
		})
		mustRefuse(t, s, b, store.ErrAlreadySubmitted)
		usage, err := s.Usage(t.Context(), text, text, text, b.SiteID)
		if err != nil || usage != (store.Usage{Quota: 1, Records: 1}) {
			t.Errorf("Usage of %q: %+v, %v", text, usage, err)
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
		b := sample("times.example.com")
		b.At, b.SiteID = at, at.Unix()
		made := mustApply(t, s, b)
		found, err := s.Applications(t.Context(), store.Query{After: made[0].ID - 1})
		if err != nil || len(found) != 1 {
			t.Fatalf("Applications: %v, %v", found, err)
		}
		for _, got := range []time.Time{made[0].CreatedAt, made[0].UpdatedAt, found[0].CreatedAt, found[0].UpdatedAt} {
			if !got.Equal(at.Truncate(time.Microsecond)) || got.Location() != time.UTC {
				t.Errorf("%v came back as %v", at, got)
			}
		}
	}
}
