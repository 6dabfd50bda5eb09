package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func leaseTests() []jobRequirement {
	return []jobRequirement{
		{"leases what is due, the longest due first", leaseOrder},
		{"leases up to the limit", leaseLimit},
		{"returns all fields of the application", leaseReturnsAll},
		{"a lease is exclusive until it expires; then the step is due again, with all saved data", leaseEnds},
		{"due times of a clock that was set back are due", leaseHorizon},
		{"a Failed application is not due", leaseEnded},
		{"each application goes to one of 32 concurrent leases", leaseRace},
		{"leases many in one call, oldest first", leaseMany},
		{"NextDue returns the earliest due time", leaseNextDue},
		{"Expedite advances the next step and never postpones it", leaseExpedite},
		{"times are UTC to the microsecond", leaseTimes},
	}
}

func leaseOrder(t testing.TB, open openJobs) {
	s := open(t)
	for i, seconds := range []int{30, 10, 20, 10, 31} {
		b := sampleBatch(fmt.Sprintf("%d.example.com", i))
		b.At = at(seconds)
		mustApply(t, s, b)
	}
	jobs := mustLease(t, s, at(30))
	var domains []string
	for _, j := range jobs {
		domains = append(domains, j.Domain)
	}
	wantSame(t, "leased", []string{"1.example.com", "3.example.com", "2.example.com", "0.example.com"}, domains)
	if rest := mustLeaseOne(t, s, at(31)); rest.Domain != "4.example.com" {
		t.Errorf("what became due later is %s", rest.Domain)
	}
}

func leaseLimit(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("a", "b", "c", "d", "e"))
	before := stateOf(t, s)
	for _, limit := range []int{0, -1} {
		if jobs, err := s.Lease(t.Context(), baseTime(), at(60), limit); err != nil || len(jobs) != 0 {
			t.Errorf("limit %d: %d leased, %v", limit, len(jobs), err)
		}
	}
	wantSame(t, "after a limit of none", before, stateOf(t, s))
	for _, want := range []int{2, 2, 1, 0} {
		if jobs, err := s.Lease(t.Context(), baseTime(), at(60), 2); err != nil || len(jobs) != want {
			t.Errorf("%d leased, %v; want %d", len(jobs), err, want)
		}
	}
}

func leaseReturnsAll(t testing.TB, open openJobs) {
	s := open(t)
	b := sampleBatch("www.example.com")
	b.Type, b.AlgType, b.DNSRecordsEach = "digicert_single", "Ecc", 3
	made := mustApply(t, s, b)[0]
	job := mustLeaseOne(t, s, baseTime())
	want := store.Job{
		Application: made, Lease: store.Lease{ApplicationID: made.ID, Attempt: 1}, LeaseEnd: at(60),
		Progress: store.Progress{Due: at(60), Attempt: 1},
	}
	wantSame(t, "the first lease", want, job)

	p, order := problemOf(1), orderOf(1)
	must(t, s.SaveOrder(t.Context(), job.Lease, order))
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(100), Failures: 2, Retries: 3, Problem: &p}))
	want.Lease.Attempt, want.LeaseEnd, want.Order = 2, at(160), &order
	want.Progress = store.Progress{Due: at(160), Attempt: 2, Failures: 2, Retries: 3, Problem: &p}
	job = mustLeaseOne(t, s, at(100))
	wantSame(t, "the second lease", want, job)

	c := certificateOf(1)
	must(t, s.Complete(t.Context(), job.Lease, c, at(200), at(150)))
	want.Status, want.UpdatedAt = store.Issued, at(150)
	want.Lease.Attempt, want.LeaseEnd, want.Order, want.Certificate = 3, at(260), nil, &c
	want.Progress = store.Progress{Due: at(260), Attempt: 3}
	job = mustLeaseOne(t, s, at(200))
	wantSame(t, "the lease with a certificate", want, job)

	must(t, s.SaveOrder(t.Context(), job.Lease, order))
	want.Lease.Attempt, want.LeaseEnd, want.Order = 4, at(320), &order
	want.Progress.Due, want.Progress.Attempt = at(320), 4
	wantSame(t, "the lease with certificate and order", want, mustLeaseOne(t, s, at(260)))
}

func leaseEnds(t testing.TB, open openJobs) {
	s := open(t)
	first := mustApplyOne(t, s, "www.example.com")
	must(t, s.SaveOrder(t.Context(), first.Lease, orderOf(1)))
	for _, now := range []time.Time{baseTime(), at(1), first.LeaseEnd.Add(-time.Microsecond)} {
		if jobs := mustLease(t, s, now); len(jobs) != 0 {
			t.Fatalf("leased again at %v, until %v", now, first.LeaseEnd)
		}
	}
	again := mustLeaseOne(t, s, first.LeaseEnd)
	if again.Lease != (store.Lease{ApplicationID: first.ID, Attempt: 2}) {
		t.Errorf("the second lease is %+v", again.Lease)
	}
	order := orderOf(1)
	wantSame(t, "the order of the lease before", &order, again.Order)
}

func leaseHorizon(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("a", "b", "c", "d"))
	due := []time.Time{at(1).Add(storerules.MaxPostponement), at(0).Add(storerules.MaxPostponement), at(0).Add(storerules.MaxPostponement + time.Microsecond), at(-5)}
	for i, job := range mustLease(t, s, baseTime()) {
		must(t, s.Reschedule(t.Context(), job.Lease, next(due[i])))
	}
	var domains []string
	for _, job := range mustLease(t, s, baseTime()) {
		domains = append(domains, job.Domain)
	}
	wantSame(t, "due, behind what has waited", []string{"d", "c", "a"}, domains)
	if jobs := mustLease(t, s, baseTime()); len(jobs) != 0 {
		t.Errorf("%d are leased twice", len(jobs))
	}
}

func leaseEnded(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("a", "b", "c", "d"))
	mustFinish(t, s, made[0].ID, store.Issued)
	mustFinish(t, s, made[1].ID, store.Failed)
	jobs := mustLease(t, s, baseTime())
	if len(jobs) != 2 || jobs[0].Domain != "c" || jobs[1].Domain != "d" {
		t.Fatalf("leased: %+v", jobs)
	}
	must(t, s.Fail(t.Context(), jobs[0].Lease, problemOf(1), baseTime()))
	mustComplete(t, s, jobs[1], certificateOf(1))
	for _, now := range []time.Time{at(3600), at(0).AddDate(100, 0, 0), at(0).AddDate(-100, 0, 0)} {
		if jobs := mustLease(t, s, now); len(jobs) != 0 {
			t.Errorf("due at %v: %+v", now, jobs)
		}
	}
	if due, err := s.NextDue(t.Context()); err != nil || !due.IsZero() {
		t.Errorf("NextDue: %v, %v", due, err)
	}
}

func leaseRace(t testing.TB, open openJobs) {
	s := open(t)
	const applications = 100
	for i := range applications {
		mustApply(t, s, sampleBatch(fmt.Sprint(i)))
	}
	var leased []int64
	for _, ids := range runConcurrently(goroutineCount, func(i int) (ids []int64) {
		for {
			jobs, err := s.Lease(t.Context(), baseTime(), at(60), 1+i%3)
			if err != nil || len(jobs) == 0 {
				if err != nil {
					t.Error(err)
				}
				return ids
			}
			for _, j := range jobs {
				if j.Lease.Attempt != 1 {
					t.Errorf("lease %+v", j.Lease)
				}
				ids = append(ids, j.ID)
			}
		}
	})() {
		leased = append(leased, ids...)
	}
	slices.Sort(leased)
	wantSame(t, "leased, each once", consecutive(store.FirstID, applications), leased)
}

func leaseMany(t testing.TB, open openJobs) {
	s := open(t)
	const applications = 700
	domains := make([]string, applications)
	for i := range domains {
		domains[i] = fmt.Sprint(i)
	}
	mustApply(t, s, sampleBatch(domains...))
	// The last 300 are postponed by a clock that is set back afterward.
	first := mustLease(t, s, baseTime())
	if len(first) != applications {
		t.Fatalf("%d were leased, want %d", len(first), applications)
	}
	for _, job := range first[400:] {
		must(t, s.Reschedule(t.Context(), job.Lease, next(at(0).Add(100*time.Hour))))
	}
	jobs, err := s.Lease(t.Context(), at(60), at(120), 650)
	must(t, err)
	ids := make([]int64, len(jobs))
	for i, j := range jobs {
		ids[i] = j.ID
	}
	wantSame(t, "leased", consecutive(store.FirstID, 650), ids)
}

func leaseNextDue(t testing.TB, open openJobs) {
	s := open(t)
	wantDue := func(want time.Time) {
		t.Helper()
		due, err := s.NextDue(t.Context())
		if err != nil || !due.Equal(want) || due.Location() != time.UTC {
			t.Errorf("NextDue = %v, %v; want %v", due, err, want)
		}
	}
	wantDue(time.Time{})
	b := sampleBatch("a")
	b.At = at(5)
	mustApply(t, s, b)
	mustApply(t, s, sampleBatch("b"))
	wantDue(baseTime())
	jobs := mustLease(t, s, at(5))
	wantDue(at(65))
	must(t, s.Reschedule(t.Context(), jobs[0].Lease, next(at(64))))
	wantDue(at(64))
	must(t, s.Reschedule(t.Context(), jobs[1].Lease, next(at(0).Add(100*time.Hour))))
	mustFinish(t, s, jobs[0].ID, store.Failed)
	wantDue(at(0).Add(100 * time.Hour))
}

func leaseExpedite(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(1000))))
	for _, c := range []struct{ to, want time.Time }{{at(2000), at(1000)}, {at(500), at(500)}, {at(1000), at(500)}} {
		must(t, s.Expedite(t.Context(), job.ID, c.to))
		if got := record(t, s, job.ID).Progress.Due; !got.Equal(c.want) {
			t.Errorf("hastened to %v it is due at %v, want %v", c.to, got, c.want)
		}
	}
	wantError(t, "without a time", s.Expedite(t.Context(), job.ID, time.Time{}), store.ErrNoDueTime)
	wantError(t, "of no application", s.Expedite(t.Context(), job.ID+1, at(1)), store.ErrNotFound)
	mustFinish(t, s, job.ID, store.Issued)
	must(t, s.Expedite(t.Context(), job.ID, at(1)))
	if got := record(t, s, job.ID).Progress.Due; !got.IsZero() {
		t.Errorf("with nothing to be done it is due at %v", got)
	}
}

func leaseTimes(t testing.TB, open openJobs) {
	s := open(t)
	west := time.FixedZone("west", -3*60*60)
	odd := func(seconds int) time.Time { return at(seconds).Add(999 * time.Nanosecond).In(west) }
	mustApply(t, s, sampleBatch("www.example.com"))
	jobs, err := s.Lease(t.Context(), odd(0), odd(60), 1)
	must(t, err)
	wantSame(t, "the end of the lease", at(60), jobs[0].LeaseEnd)
	p, o, c := problemOf(1), orderOf(1), certificateOf(1)
	p.At, o.CreatedAt = odd(1), odd(2)
	c.NotBefore, c.NotAfter, c.IssuedAt = odd(3), odd(4), odd(5)
	must(t, s.SaveOrder(t.Context(), jobs[0].Lease, o))
	must(t, s.Reschedule(t.Context(), jobs[0].Lease, store.Rescheduling{Due: odd(6), Problem: &p}))
	job := mustLeaseOne(t, s, at(6))
	wantSame(t, "problem and order", [2]time.Time{at(1), at(2)}, [2]time.Time{job.Progress.Problem.At, job.Order.CreatedAt})
	must(t, s.Complete(t.Context(), job.Lease, c, odd(7), odd(8)))
	r := record(t, s, job.ID)
	wantSame(t, "certificate and record", []time.Time{at(3), at(4), at(5), at(7), at(8)},
		[]time.Time{r.Certificate.NotBefore, r.Certificate.NotAfter, r.Certificate.IssuedAt, r.Progress.Due, r.UpdatedAt})
	must(t, s.Expedite(t.Context(), job.ID, odd(6)))
	wantSame(t, "hastened", at(6), record(t, s, job.ID).Progress.Due)
}
