package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

// goroutineCount is the number of concurrent callers.
const goroutineCount = 32

func raceTests() []requirement {
	return []requirement{
		{"of 32 concurrent requests for the same names one succeeds", raceNames},
		{"overlapping requests never share a name", raceOverlap},
		{"a quota of 100 is used up exactly", raceQuota},
		{"a limit of 100 records is used up exactly", raceRecords},
		{"of 32 concurrent calls to Finish one succeeds", raceFinish},
		{"the IDs of each request are consecutive", raceIDs},
	}
}

type applyResult struct {
	made []store.Application
	err  error
}

func raceNames(t testing.TB, open openStore) {
	s := open(t)
	for round := range 5 {
		names := []string{fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round), fmt.Sprintf("c%d", round)}
		var won [][]store.Application
		var lost []error
		for _, a := range runConcurrently(goroutineCount, func(int) applyResult {
			made, err := s.Apply(t.Context(), sampleBatch(names...))
			return applyResult{made, err}
		})() {
			if a.err == nil {
				won = append(won, a.made)
			} else {
				lost = append(lost, a.err)
			}
		}
		if len(won) != 1 {
			t.Fatalf("%d callers won, want 1", len(won))
		}
		if diff := cmp.Diff(names, domainsOf(won[0])); diff != "" {
			t.Errorf("what was won:\n%s", diff)
		}
		for _, err := range lost {
			var pending *store.AlreadySubmittedError
			if !errors.As(err, &pending) || pending.ID != won[0][0].ID || pending.Domain != names[0] {
				t.Errorf("a loser got %v", err)
			}
		}
	}
	wantUsage(t, s, store.QuotaUsage{Quota: 15, DNSRecords: 15})
}

func raceOverlap(t testing.TB, open openStore) {
	s := open(t)
	const names = 12
	runConcurrently(goroutineCount, func(i int) error {
		for n := range 10 {
			var domains []string
			for k := range 3 {
				domains = append(domains, fmt.Sprint((i+n*(k+1))%names))
			}
			slices.Sort(domains)
			if _, err := s.Apply(t.Context(), sampleBatch(slices.Compact(domains)...)); err != nil && !errors.Is(err, store.ErrAlreadySubmitted) {
				t.Error(err)
			}
		}
		return nil
	})()
	got := domainsOf(all(t, s))
	slices.Sort(got)
	if len(got) != len(slices.Compact(slices.Clone(got))) {
		t.Errorf("a name is pending twice: %v", got)
	}
	wantUsage(t, s, store.QuotaUsage{Quota: len(got), DNSRecords: len(got)})
}

func raceQuota(t testing.TB, open openStore) {
	raceLimit(t, open(t), store.ErrQuotaExceeded, func(b *store.ApplyRequest) { b.Quota = 100 })
}

func raceRecords(t testing.TB, open openStore) {
	raceLimit(t, open(t), store.ErrRecordLimitExceeded, func(b *store.ApplyRequest) { b.DNSRecordLimit, b.DNSRecordsInUse = 150, 50 })
}

// raceLimit lets 32 callers make 10 requests each under a limit of 100.
func raceLimit(t testing.TB, s store.Store, refusal error, limit func(*store.ApplyRequest)) {
	var accepted, refused atomic.Int64
	runConcurrently(goroutineCount, func(i int) error {
		for n := range 10 {
			b := sampleBatch(fmt.Sprintf("%d-%d", i, n))
			limit(&b)
			switch _, err := s.Apply(t.Context(), b); {
			case err == nil:
				accepted.Add(1)
			case errors.Is(err, refusal):
				refused.Add(1)
			default:
				t.Error(err)
			}
		}
		return nil
	})()
	if accepted.Load() != 100 || refused.Load() != goroutineCount*10-100 {
		t.Errorf("%d accepted and %d refused, want 100 and %d", accepted.Load(), refused.Load(), goroutineCount*10-100)
	}
	wantUsage(t, s, store.QuotaUsage{Quota: 100, DNSRecords: 100})
	if rows := len(all(t, s)); rows != 100 {
		t.Errorf("%d rows, want 100", rows)
	}
}

func raceFinish(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("a", "b"))
	won := 0
	for _, err := range runConcurrently(goroutineCount, func(int) error {
		return s.Finish(context.WithoutCancel(t.Context()), made[0].ID, store.Failed, baseTime())
	})() {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrInvalidTransition) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d finished it, want 1", won)
	}
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})
}

func raceIDs(t testing.TB, open openStore) {
	s := open(t)
	var ids []int64
	for _, a := range runConcurrently(goroutineCount, func(i int) applyResult {
		var sum applyResult
		for n := range 5 {
			made, err := s.Apply(t.Context(), sampleBatch(fmt.Sprintf("a-%d-%d", i, n), fmt.Sprintf("b-%d-%d", i, n), fmt.Sprintf("c-%d-%d", i, n)))
			if err != nil {
				return applyResult{err: err}
			}
			if diff := cmp.Diff(consecutive(made[0].ID, 3), idsOf(made)); diff != "" {
				return applyResult{err: fmt.Errorf("ids of a batch:\n%s", diff)}
			}
			sum.made = append(sum.made, made...)
		}
		return sum
	})() {
		if a.err != nil {
			t.Error(a.err)
		}
		ids = append(ids, idsOf(a.made)...)
	}
	slices.Sort(ids)
	if diff := cmp.Diff(consecutive(store.FirstID, goroutineCount*15), ids); diff != "" {
		t.Errorf("ids:\n%s", diff)
	}
}
