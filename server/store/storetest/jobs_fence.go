package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func fenceTests() []jobRequirement {
	return []jobRequirement{
		{"a later lease fences off every call of an earlier one, and nothing is written", fenceLater},
		{"a lease ends with the call that ends it", fenceUsedUp},
		{"SaveOrder does not end the lease", fenceOrderKeeps},
		{"an expired lease is valid until the next one", fenceLate},
		{"Finish fences off the lease", fenceFinish},
		{"an invented lease is rejected", fenceInvented},
		{"a call and a concurrent later lease are serialized", fenceInFlight},
		{"of 32 calls that end one lease, one succeeds", fenceRace},
	}
}

func fenceLater(t testing.TB, open openJobs) {
	for name := range fencedCalls(nil) {
		s := open(t)
		early := mustApplyOne(t, s, "www.example.com")
		must(t, s.SaveOrder(t.Context(), early.Lease, orderOf(1)))
		late := mustLeaseOne(t, s, early.LeaseEnd)
		before := stateOf(t, s)
		wantError(t, name, fencedCalls(s)[name](t, early.Lease), store.ErrFenced)
		wantSame(t, name+" with an earlier lease", before, stateOf(t, s))
		must(t, fencedCalls(s)[name](t, late.Lease))
	}
	s, issued := issuedOne(t, open)
	late := mustLeaseOne(t, s, issued.LeaseEnd)
	before := stateOf(t, s)
	wantError(t, "Retire", s.Retire(t.Context(), issued.Lease), store.ErrFenced)
	wantSame(t, "Retire with an earlier lease", before, stateOf(t, s))
	must(t, s.Retire(t.Context(), late.Lease))
}

// issuedOne returns an application with a certificate and an order for the next one,
// leased.
func issuedOne(t testing.TB, open openJobs) (store.JobStore, store.Job) {
	t.Helper()
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	must(t, s.Complete(t.Context(), job.Lease, certificateOf(1), at(100), at(50)))
	job = mustLeaseOne(t, s, at(100))
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(2)))
	return s, job
}

func fenceUsedUp(t testing.TB, open openJobs) {
	for name := range fencedCalls(nil) {
		if name == "SaveOrder" {
			continue
		}
		s := open(t)
		job := mustApplyOne(t, s, "www.example.com")
		must(t, fencedCalls(s)[name](t, job.Lease))
		before := stateOf(t, s)
		for second, call := range fencedCalls(s) {
			wantError(t, second+" after "+name, call(t, job.Lease), store.ErrFenced)
		}
		wantError(t, "Retire after "+name, s.Retire(t.Context(), job.Lease), store.ErrFenced)
		wantSame(t, "after a second call behind "+name, before, stateOf(t, s))
	}
	s, issued := issuedOne(t, open)
	must(t, s.Retire(t.Context(), issued.Lease))
	wantError(t, "Complete after Retire", s.Complete(t.Context(), issued.Lease, certificateOf(2), at(1), at(1)), store.ErrFenced)
}

func fenceOrderKeeps(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	for n := range 3 {
		must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(n)))
	}
	mustComplete(t, s, job, certificateOf(1))
}

func fenceLate(t testing.TB, open openJobs) {
	for name, call := range map[string]func(s store.JobStore, l store.Lease) error{
		"SaveOrder":  func(s store.JobStore, l store.Lease) error { return s.SaveOrder(t.Context(), l, orderOf(5000)) },
		"Reschedule": func(s store.JobStore, l store.Lease) error { return s.Reschedule(t.Context(), l, next(at(5000))) },
		"Complete": func(s store.JobStore, l store.Lease) error {
			return s.Complete(t.Context(), l, certificateOf(1), at(6000), at(5000))
		},
		"Fail": func(s store.JobStore, l store.Lease) error { return s.Fail(t.Context(), l, problemOf(1), at(5000)) },
	} {
		s := open(t)
		job := mustApplyOne(t, s, "www.example.com")
		if err := call(s, job.Lease); err != nil {
			t.Errorf("%s long after the lease expired: %v", name, err)
		}
	}
}

func fenceFinish(t testing.TB, open openJobs) {
	for _, end := range []store.Status{store.Issued, store.Failed} {
		s := open(t)
		job := mustApplyOne(t, s, "www.example.com")
		must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
		mustFinish(t, s, job.ID, end)
		before := stateOf(t, s)
		for name, call := range fencedCalls(s) {
			wantError(t, fmt.Sprintf("%s after it was %s by hand", name, end), call(t, job.Lease), store.ErrFenced)
		}
		wantSame(t, "after it was finished by hand", before, stateOf(t, s))
		if len(before.Sealed) != 0 {
			t.Errorf("the order stays after it was %s by hand", end)
		}
	}
	s, issued := issuedOne(t, open)
	mustFinish(t, s, issued.ID, store.Failed)
	wantError(t, "a renewal after it was Failed by hand", s.Complete(t.Context(), issued.Lease, certificateOf(2), at(1), at(1)), store.ErrFenced)
}

func fenceInvented(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("never.example.com", "www.example.com"))
	mustFinish(t, s, made[0].ID, store.Issued)
	job := mustLeaseOne(t, s, baseTime())
	before := stateOf(t, s)
	for _, l := range []store.Lease{
		{}, {ApplicationID: made[0].ID}, {ApplicationID: made[0].ID, Attempt: 1}, {ApplicationID: job.ID}, {ApplicationID: job.ID, Attempt: 2}, {ApplicationID: job.ID, Attempt: -1},
		{ApplicationID: job.ID + 1}, {ApplicationID: job.ID + 1, Attempt: 1},
	} {
		for name, call := range fencedCalls(s) {
			wantError(t, fmt.Sprintf("%s with %+v", name, l), call(t, l), store.ErrFenced)
		}
	}
	wantSame(t, "after leases that were never granted", before, stateOf(t, s))
}

func fenceInFlight(t testing.TB, open openJobs) {
	for round := range 8 {
		for name := range fencedCalls(nil) {
			s := open(t)
			early := mustApplyOne(t, s, "www.example.com")
			var again []store.Job
			errs := runConcurrently(2, func(i int) (err error) {
				if i == 0 {
					return fencedCalls(s)[name](t, early.Lease)
				}
				again, err = s.Lease(t.Context(), early.LeaseEnd, early.LeaseEnd.Add(time.Minute), 1)
				return err
			})()
			must(t, errs[1])
			r := record(t, s, early.ID)
			ends := name != "SaveOrder"
			switch {
			case errors.Is(errs[0], store.ErrFenced) && len(again) == 1:
				if r.Status != store.Applying || r.Progress.Failures != 0 || len(stateOf(t, s).Sealed) != 0 {
					t.Fatalf("round %d: %s was fenced off and wrote: %+v", round, name, r)
				}
			case errs[0] != nil || ends && len(again) != 0:
				t.Fatalf("round %d: %s: %v, and %d were leased", round, name, errs[0], len(again))
			}
		}
	}
}

func fenceRace(t testing.TB, open openJobs) {
	for round := range 8 {
		s := open(t)
		job := mustApplyOne(t, s, "www.example.com")
		won := 0
		for _, err := range runConcurrently(goroutineCount, func(i int) error {
			switch i % 3 {
			case 0:
				return s.Complete(t.Context(), job.Lease, certificateOf(i), at(1000), at(1))
			case 1:
				return s.Fail(t.Context(), job.Lease, problemOf(i), at(1))
			default:
				return s.Reschedule(t.Context(), job.Lease, next(at(1000)))
			}
		})() {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrFenced) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d calls ended the lease, want 1", round, won)
		}
	}
}
