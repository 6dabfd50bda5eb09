package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func finishTests() []requirement {
	return []requirement{
		{"Applying to Issued or Failed, Issued to Failed, and nothing else", finishTransitions},
		{"an unknown ID is ErrNotFound", finishNotFound},
		{"Failed releases the quota, once", finishGivesBack},
		{"Issued keeps the quota", finishKeeps},
		{"sets UpdatedAt and keeps CreatedAt", finishTimes},
		{"released quota can be used again", finishFrees},
	}
}

func finishTransitions(t testing.TB, open openStore) {
	s := open(t)
	states := []store.Status{store.Applying, store.Issued, store.Failed}
	site := site
	for _, from := range states {
		for _, to := range append(states, "", "applying", "Expired") {
			b := sampleBatch("www.example.com")
			site++
			b.SiteID = site
			id := mustApply(t, s, b)[0].ID
			if from != store.Applying {
				mustFinish(t, s, id, from)
			}
			err := s.Finish(t.Context(), id, to, baseTime())
			if want := storerules.CanBecome(from, to); want && err != nil || !want && !errors.Is(err, store.ErrInvalidTransition) {
				t.Errorf("from %q to %q: %v; allowed: %t", from, to, err, want)
			}
			want := from
			if storerules.CanBecome(from, to) {
				want = to
			}
			found, err := s.Applications(t.Context(), store.Query{SiteID: b.SiteID})
			if err != nil || len(found) != 1 || found[0].Status != want {
				t.Errorf("from %q to %q: stored %v, %v", from, to, found, err)
			}
		}
	}
}

func finishNotFound(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("www.example.com"))
	for _, id := range []int64{0, -1, made[0].ID - 1, made[0].ID + 1, 1 << 62} {
		for _, to := range []store.Status{store.Issued, "Expired"} {
			if err := s.Finish(t.Context(), id, to, baseTime()); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Finish(%d, %q): %v, want ErrNotFound", id, to, err)
			}
		}
	}
	wantStored(t, s, made...)
}

func finishGivesBack(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("a", "b", "c")
	b.DNSRecordsEach = 2
	made := mustApply(t, s, b)
	mustFinish(t, s, made[0].ID, store.Failed)
	wantUsage(t, s, store.QuotaUsage{Quota: 2, DNSRecords: 4})
	if err := s.Finish(t.Context(), made[0].ID, store.Failed, baseTime()); !errors.Is(err, store.ErrInvalidTransition) {
		t.Errorf("the second Failed: %v, want ErrInvalidTransition", err)
	}
	wantUsage(t, s, store.QuotaUsage{Quota: 2, DNSRecords: 4})
	mustFinish(t, s, made[1].ID, store.Issued)
	mustFinish(t, s, made[1].ID, store.Failed)
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 2})
}

func finishKeeps(t testing.TB, open openStore) {
	s := open(t)
	mustFinish(t, s, mustApply(t, s, sampleBatch("a"))[0].ID, store.Issued)
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})
}

func finishTimes(t testing.TB, open openStore) {
	s := open(t)
	want := mustApply(t, s, sampleBatch("a"))[0]
	at := baseTime().Add(time.Hour).In(time.FixedZone("west", -3600))
	if err := s.Finish(t.Context(), want.ID, store.Issued, at.Add(999)); err != nil {
		t.Fatal(err)
	}
	want.Status, want.UpdatedAt = store.Issued, at.UTC()
	wantStored(t, s, want)
}

func finishFrees(t testing.TB, open openStore) {
	s := open(t)
	for i := range 5 {
		b := sampleBatch("a", "b")
		b.Quota, b.DNSRecordLimit = 2, 2
		for _, a := range mustApply(t, s, b) {
			mustRefuse(t, s, sampleBatch(a.Domain), store.ErrAlreadySubmitted)
			full := sampleBatch(fmt.Sprintf("other-%d", i))
			full.Quota = 0
			mustRefuse(t, s, full, store.ErrQuotaExceeded)
			mustFinish(t, s, a.ID, store.Failed)
		}
	}
	wantUsage(t, s, store.QuotaUsage{})
}
