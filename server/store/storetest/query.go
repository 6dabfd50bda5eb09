package storetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func queryTests() []requirement {
	return []requirement{
		{"every combination of conditions", queryConditions},
		{"pages by ascending ID", queryPages},
		{"the default limit is DefaultLimit", queryDefaultLimit},
		{"the limit is at most MaxLimit", queryMaxLimit},
		{"an empty store has no applications", queryEmpty},
		{"sees earlier writes", querySees},
	}
}

// queryConditions queries all combinations of stored values, unknown values and
// no condition, and compares the results with a filter in Go.
func queryConditions(t testing.TB, open openStore) {
	s := open(t)
	accounts, sites := []string{"", "a1", "a2", "unknown"}, []int64{0, 1, 2, 99}
	domains := []string{"", "x", "y", "nowhere"}
	states := []store.Status{"", store.Applying, store.Issued, store.Failed, "Expired"}
	for _, a := range accounts[1:3] {
		for _, id := range sites[1:3] {
			b := sampleBatch(domains[1:3]...)
			b.Account, b.SiteID = a, id
			made := mustApply(t, s, b)
			mustFinish(t, s, made[0].ID, states[1+int(id)])
			if a == "a1" {
				mustFinish(t, s, made[1].ID, store.Issued)
			}
		}
	}
	stored := all(t, s)
	for _, a := range accounts {
		for _, id := range sites {
			for _, d := range domains {
				for _, st := range states {
					q := store.Query{Account: a, SiteID: id, Domain: d, Status: st}
					got, err := s.Applications(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(filter(stored, q), got); diff != "" {
						t.Errorf("%+v:\n%s", q, diff)
					}
				}
			}
		}
	}
}

// filter returns the applications that match a query.
func filter(stored []store.Application, q store.Query) []store.Application {
	var found []store.Application
	for _, a := range stored {
		if (q.Account == "" || q.Account == a.Account) && (q.SiteID == 0 || q.SiteID == a.SiteID) &&
			(q.Domain == "" || q.Domain == a.Domain) && (q.Status == "" || q.Status == a.Status) && a.ID > q.After &&
			(a.Status != store.Deleted || q.Status == store.Deleted) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b store.Application) int { return int(a.ID - b.ID) })
	return found[:min(storerules.PageSize(q), len(found))]
}

func queryPages(t testing.TB, open openStore) {
	s := open(t)
	for i := range 10 {
		b := sampleBatch(fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), fmt.Sprintf("c%d", i))
		b.SiteID += int64(i % 2)
		mustApply(t, s, b)
	}
	for _, q := range []store.Query{{}, {Account: account}, {SiteID: site}, {Account: account, SiteID: site}} {
		for _, size := range []int{1, 2, 7, 15, 30, 31} {
			var pages []store.Application
			for q := q; ; q.After = pages[len(pages)-1].ID {
				q.Limit = size
				page, err := s.Applications(t.Context(), q)
				if err != nil || len(page) > size {
					t.Fatalf("%+v: %d rows, %v", q, len(page), err)
				}
				if len(page) == 0 {
					break
				}
				pages = append(pages, page...)
			}
			q.Limit = 1000
			if diff := cmp.Diff(filter(all(t, s), q), pages); diff != "" {
				t.Errorf("%+v in pages of %d:\n%s", q, size, diff)
			}
		}
	}
}

func queryDefaultLimit(t testing.TB, open openStore) {
	s := open(t)
	domains := make([]string, store.DefaultLimit+20)
	for i := range domains {
		domains[i] = fmt.Sprintf("d%d", i)
	}
	mustApply(t, s, sampleBatch(domains...))
	for _, limit := range []int{0, -1} {
		got, err := s.Applications(t.Context(), store.Query{Limit: limit})
		if err != nil || len(got) != store.DefaultLimit || got[0].ID != store.FirstID {
			t.Errorf("limit %d: %d rows, %v", limit, len(got), err)
		}
	}
}

func queryMaxLimit(t testing.TB, open openStore) {
	s := open(t)
	domains := make([]string, store.MaxLimit+20)
	for i := range domains {
		domains[i] = fmt.Sprintf("d%d", i)
	}
	mustApply(t, s, sampleBatch(domains...))
	for _, limit := range []int{store.MaxLimit, store.MaxLimit + 1, 1_000_000, math.MaxInt} {
		got, err := s.Applications(t.Context(), store.Query{Limit: limit})
		if err != nil || len(got) != store.MaxLimit {
			t.Errorf("limit %d: got %d rows and error %v, want %d rows", limit, len(got), err, store.MaxLimit)
		}
	}
	if len(all(t, s)) != len(domains) {
		t.Errorf("the pages have %d rows, want %d", len(all(t, s)), len(domains))
	}
}

func queryEmpty(t testing.TB, open openStore) {
	s := open(t)
	wantStored(t, s)
	wantUsage(t, s, store.QuotaUsage{})
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

func querySees(t testing.TB, open openStore) {
	s := open(t)
	errs := runConcurrently(8, func(i int) error {
		for n := range 20 {
			b := sampleBatch(fmt.Sprintf("see-%d-%d", i, n))
			b.SiteID = int64(1 + i)
			made, err := s.Apply(t.Context(), b)
			if err != nil {
				return err
			}
			got, err := s.Applications(t.Context(), store.Query{SiteID: b.SiteID, Domain: b.Domains[0]})
			if err != nil {
				return err
			}
			if diff := cmp.Diff(made, got); diff != "" {
				return fmt.Errorf("right after Apply:\n%s", diff)
			}
		}
		return nil
	})()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}
