package storetest

import (
	"errors"
	"testing"

	"github.com/esacert/esacert/server/store"
)

func cancelTests() []jobRequirement {
	return []jobRequirement{
		{"stores the problem and releases the name and the quota", cancelGivesBack},
		{"rejects an Issued or Failed application and writes nothing", cancelEnded},
		{"an unknown ID is ErrNotFound", cancelUnknown},
		{"fences off the current lease", cancelFences},
		{"of concurrent Cancel and a call that ends the lease, one wins", cancelRace},
	}
}

func cancelGivesBack(t testing.TB, open openJobs) {
	s := open(t)
	b := sampleBatch("www.example.com")
	b.Quota, b.DNSRecordLimit, b.DNSRecordsEach = 1, 3, 3
	for n, leases := range []int{0, 1, 2} {
		made := mustApply(t, s, b)[0]
		mustRefuse(t, s, b, store.ErrAlreadySubmitted)
		for i := range leases {
			job := mustLeaseOne(t, s, at(1000*i))
			must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(i)))
		}
		p := problemOf(n)
		must(t, s.Cancel(t.Context(), made.ID, p, at(5)))
		made.Status, made.UpdatedAt = store.Canceled, at(5)
		want := store.JobRecord{Application: made, Progress: store.Progress{Attempt: int64(leases), Problem: &p}}
		wantSame(t, "the record", want, record(t, s, made.ID))
		wantUsage(t, s, store.QuotaUsage{})
		wantSame(t, "the orders", nil, ordered(t, s, "www.example.com"))
	}
	got := stateOf(t, s)
	wantSame(t, "the counts", map[store.Status]int64{store.Canceled: 3}, got.Counts.ByStatus)
	if !got.NextDue.IsZero() {
		t.Errorf("due at %v", got.NextDue)
	}
}

func cancelEnded(t testing.TB, open openJobs) {
	for name, end := range map[string]func(s store.JobStore, job store.Job) error{
		"Complete": func(s store.JobStore, job store.Job) error { return fencedCalls(s)["Complete"](t, job.Lease) },
		"Fail":     func(s store.JobStore, job store.Job) error { return fencedCalls(s)["Fail"](t, job.Lease) },
		"Cancel":   func(s store.JobStore, job store.Job) error { return s.Cancel(t.Context(), job.ID, problemOf(1), at(1)) },
		"Finish to Issued": func(s store.JobStore, job store.Job) error {
			return s.Finish(t.Context(), job.ID, store.Issued, baseTime())
		},
	} {
		s := open(t)
		job := mustApplyOne(t, s, "www.example.com")
		must(t, end(s, job))
		before := stateOf(t, s)
		wantError(t, "Cancel after "+name, s.Cancel(t.Context(), job.ID, problemOf(2), at(2)), store.ErrInvalidTransition)
		wantSame(t, "Cancel after "+name, before, stateOf(t, s))
	}
	s, job := issuedOne(t, open)
	before := stateOf(t, s)
	wantError(t, "Cancel of a renewal", s.Cancel(t.Context(), job.ID, problemOf(1), at(1)), store.ErrInvalidTransition)
	wantSame(t, "Cancel of a renewal", before, stateOf(t, s))
	must(t, s.Complete(t.Context(), job.Lease, certificateOf(2), at(500), at(200)))
}

func cancelUnknown(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	before := stateOf(t, s)
	for _, id := range []int64{0, -1, job.ID - 1, job.ID + 1} {
		if err := s.Cancel(t.Context(), id, problemOf(1), at(1)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Cancel(%d): %v, want ErrNotFound", id, err)
		}
	}
	wantSame(t, "after that", before, stateOf(t, s))
}

func cancelFences(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
	must(t, s.Cancel(t.Context(), job.ID, problemOf(1), at(1)))
	before := stateOf(t, s)
	for name, call := range fencedCalls(s) {
		wantError(t, name+" after Cancel", call(t, job.Lease), store.ErrFenced)
	}
	wantSame(t, "after that", before, stateOf(t, s))
}

// cancelRace lets an operator and a worker write concurrently. The second must
// write nothing.
func cancelRace(t testing.TB, open openJobs) {
	for round := range 8 {
		for name := range fencedCalls(nil) {
			s := open(t)
			job := mustApplyOne(t, s, "www.example.com")
			must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
			reason := problemOf(7777)
			errs := runConcurrently(2, func(i int) error {
				if i == 0 {
					return fencedCalls(s)[name](t, job.Lease)
				}
				return s.Cancel(t.Context(), job.ID, reason, at(3))
			})()
			r, got := record(t, s, job.ID), stateOf(t, s)
			switch {
			case errs[1] == nil:
				// Canceled, whether the worker wrote before or was fenced off.
				if r.Status != store.Canceled || r.Certificate != nil || len(got.Sealed) != 0 || got.Usage != (store.QuotaUsage{}) {
					t.Fatalf("round %d: %s (%v) left something behind: %+v", round, name, errs[0], r)
				}
				wantSame(t, "the reason", &reason, r.Progress.Problem)
			case !errors.Is(errs[1], store.ErrInvalidTransition) || errs[0] != nil:
				t.Fatalf("round %d: %s: %v, Cancel: %v", round, name, errs[0], errs[1])
			default:
				if r.Status == store.Applying || r.Progress.Problem != nil && r.Progress.Problem.Detail == reason.Detail {
					t.Fatalf("round %d: %s won and Cancel has written: %+v", round, name, r)
				}
			}
		}
	}
}
