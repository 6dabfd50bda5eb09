package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func orderTests() []jobRequirement {
	return []jobRequirement{
		{"an order replaces the previous one", orderReplaces},
		{"returns each authority with a pending order once, latest first", orderNames},
		{"an order is deleted when its application is done", orderGone},
	}
}

func orderReplaces(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(2)))
	job = mustLeaseOne(t, s, job.LeaseEnd)
	want := orderOf(2)
	wantSame(t, "the order", &want, job.Order)
	wantSame(t, "the authorities", []string{"authority-2"}, ordered(t, s, "www.example.com"))
}

func ordered(t tester, s store.JobStore, domain string) []string {
	t.Helper()
	names, err := s.PendingOrderAuthorities(t.Context(), domain)
	if err != nil {
		t.Fatalf("PendingOrderAuthorities(%q): %v", domain, err)
	}
	return names
}

func orderNames(t testing.TB, open openJobs) {
	s := open(t)
	for i := range 5 {
		b := sampleBatch("www.example.com", "other.example.com")
		b.SiteID = int64(i + 1)
		mustApply(t, s, b)
	}
	created := map[int64]int{1: 5, 2: 9, 3: 1, 4: 9, 5: 7} // by site
	authority := map[int64]string{1: "a", 2: "b", 3: "c", 4: "d", 5: "a"}
	for _, job := range mustLease(t, s, baseTime()) {
		if job.Domain != "www.example.com" {
			continue
		}
		o := orderOf(created[job.SiteID])
		o.Authority = authority[job.SiteID]
		must(t, s.SaveOrder(t.Context(), job.Lease, o))
	}
	wantSame(t, "the authorities", []string{"d", "b", "a", "c"}, ordered(t, s, "www.example.com"))
	for _, domain := range []string{"other.example.com", "", "*.example.com", "WWW.example.com"} {
		wantSame(t, "the authorities for "+domain, nil, ordered(t, s, domain))
	}
}

func orderGone(t testing.TB, open openJobs) {
	for name, call := range map[string]func(s store.JobStore, job store.Job) error{
		"Complete": func(s store.JobStore, job store.Job) error { return fencedCalls(s)["Complete"](t, job.Lease) },
		"Fail":     func(s store.JobStore, job store.Job) error { return fencedCalls(s)["Fail"](t, job.Lease) },
		"Finish to Issued": func(s store.JobStore, job store.Job) error {
			return s.Finish(t.Context(), job.ID, store.Issued, baseTime())
		},
		"Finish to Failed": func(s store.JobStore, job store.Job) error {
			return s.Finish(t.Context(), job.ID, store.Failed, baseTime())
		},
		"Reschedule, drops": func(s store.JobStore, job store.Job) error { return fencedCalls(s)["Reschedule"](t, job.Lease) },
	} {
		s := open(t)
		job := mustApplyOne(t, s, "www.example.com")
		must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
		must(t, call(s, job))
		wantSame(t, "after "+name, nil, ordered(t, s, "www.example.com"))
		if keys := stateOf(t, s).Sealed; slices.ContainsFunc(keys, func(k store.Sealed) bool { return k.Owner[0] == 'o' }) {
			t.Errorf("after %s the key of the order still exists: %v", name, keys)
		}
	}
	s, issued := issuedOne(t, open)
	must(t, s.Retire(t.Context(), issued.Lease))
	wantSame(t, "after Retire", nil, ordered(t, s, "www.example.com"))
}

func rescheduleTests() []jobRequirement {
	return []jobRequirement{
		{"sets the next step and changes nothing else", reschedulePutsOff},
		{"keeps the problem until the next one", rescheduleProblem},
		{"deletes the order only if requested", rescheduleDrops},
		{"records the delivery of the certificate", rescheduleDelivered},
		{"requires a due time", rescheduleNeedsDue},
	}
}

func reschedulePutsOff(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("www.example.com"))[0]
	job := mustLeaseOne(t, s, baseTime())
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(7), Failures: 1, Retries: 2}))
	want := store.JobRecord{Application: made, Progress: store.Progress{Due: at(7), Attempt: 1, Failures: 1, Retries: 2}}
	wantSame(t, "the record", want, record(t, s, made.ID))
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})
	if jobs := mustLease(t, s, at(6)); len(jobs) != 0 {
		t.Error("leased before it is due")
	}
	mustRefuse(t, s, sampleBatch("www.example.com"), store.ErrAlreadySubmitted)
	job = mustLeaseOne(t, s, at(7))
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(9))))
	want.Progress = store.Progress{Due: at(9), Attempt: 2}
	wantSame(t, "the record after a step that says nothing", want, record(t, s, made.ID))
}

func rescheduleProblem(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	odd := store.Problem{Type: "t", Detail: "'\"\\ \x01 <&> \u2028 中国 🂡", At: at(3)}
	first := problemOf(1)
	for i, c := range []struct{ says, want *store.Problem }{{nil, nil}, {&first, &first}, {nil, &first}, {&odd, &odd}} {
		due := at(100 * (i + 1))
		must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: due, Problem: c.says}))
		wantSame(t, "the problem", c.want, record(t, s, job.ID).Progress.Problem)
		job = mustLeaseOne(t, s, due)
		wantSame(t, "the problem of the lease", c.want, job.Progress.Problem)
	}
}

func rescheduleDrops(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(1))))
	if job = mustLeaseOne(t, s, at(1)); job.Order == nil {
		t.Fatal("the order was deleted")
	}
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(2), DropOrder: true}))
	if job = mustLeaseOne(t, s, at(2)); job.Order != nil {
		t.Errorf("the order still exists: %+v", job.Order)
	}
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(3), DropOrder: true}))
}

func rescheduleDelivered(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	delivered := func() bool { return record(t, s, job.ID).Certificate.Delivered }
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(101))))
	if delivered() {
		t.Error("delivered without a report of the delivery")
	}
	job = mustLeaseOne(t, s, at(101))
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(102), Delivered: true}))
	if !delivered() {
		t.Error("not delivered")
	}
	job = mustLeaseOne(t, s, at(102))
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(103))))
	if !delivered() {
		t.Error("not delivered any more")
	}
	job = mustLeaseOne(t, s, at(103))
	mustComplete(t, s, job, certificateOf(2))
	if delivered() {
		t.Error("the next certificate is delivered before anybody said so")
	}
}

func rescheduleNeedsDue(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	before := stateOf(t, s)
	wantError(t, "without a time", s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Failures: 1}), store.ErrNoDueTime)
	wantSame(t, "after that", before, stateOf(t, s))
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(1))))
}

func completeTests() []jobRequirement {
	return []jobRequirement{
		{"replaces the certificate and resets failures and problem", completeIssues},
		{"counts renewals", completeRenews},
		{"nothing is due without a due time", completeForEver},
		{"releases the name and keeps the quota", completeFrees},
	}
}

func completeIssues(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("www.example.com"))[0]
	job := mustLeaseOne(t, s, baseTime())
	p := problemOf(1)
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(1), Failures: 4, Retries: 5, Problem: &p}))
	job = mustLeaseOne(t, s, at(1))
	c := certificateOf(1)
	must(t, s.Complete(t.Context(), job.Lease, c, at(99), at(2)))
	made.Status, made.UpdatedAt = store.Issued, at(2)
	public := c
	public.Chain, public.SealedKey = nil, nil
	want := store.JobRecord{Application: made, Progress: store.Progress{Due: at(99), Attempt: 2}, Certificate: &public}
	wantSame(t, "the record", want, record(t, s, made.ID))
	got, err := s.Certificate(t.Context(), made.ID)
	must(t, err)
	wantSame(t, "the certificate", c, got)
}

func completeRenews(t testing.TB, open openJobs) {
	s := open(t)
	mustApply(t, s, sampleBatch("www.example.com"))
	for n := range 4 {
		job := mustLeaseOne(t, s, at(1000*n))
		c := certificateOf(n)
		c.Renewals = 7 // the store counts renewals itself
		c.Delivered = n%2 == 1
		must(t, s.Complete(t.Context(), job.Lease, c, at(1000*(n+1)), at(n)))
		c.Renewals = n
		got, err := s.Certificate(t.Context(), job.ID)
		must(t, err)
		wantSame(t, "the certificate", c, got)
	}
	wantSame(t, "keys of the certificate in use alone", 1, len(stateOf(t, s).Sealed))
}

func completeForEver(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	mustComplete(t, s, job, certificateOf(1))
	if due := record(t, s, job.ID).Progress.Due; !due.IsZero() {
		t.Errorf("due at %v", due)
	}
	if jobs := mustLease(t, s, at(0).AddDate(500, 0, 0)); len(jobs) != 0 {
		t.Error("leased")
	}
}

func completeFrees(t testing.TB, open openJobs) {
	s := open(t)
	b := sampleBatch("www.example.com")
	b.Quota, b.DNSRecordLimit = 2, 2
	mustApply(t, s, b)
	mustRefuse(t, s, b, store.ErrAlreadySubmitted)
	mustComplete(t, s, mustLeaseOne(t, s, baseTime()), certificateOf(1))
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})
	mustApply(t, s, b)
	wantUsage(t, s, store.QuotaUsage{Quota: 2, DNSRecords: 2})
	b.Domains = []string{"other.example.com"}
	mustRefuse(t, s, b, store.ErrRecordLimitExceeded)
}

func failTests() []jobRequirement {
	return []jobRequirement{
		{"stores the problem and releases name and quota", failGivesBack},
		{"rejects an application with a certificate and keeps its lease", failIssued},
		{"a certificate is kept as superseded when Finish fails its application", failByFinish},
	}
}

func failGivesBack(t testing.TB, open openJobs) {
	s := open(t)
	b := sampleBatch("www.example.com")
	b.Quota, b.DNSRecordLimit, b.DNSRecordsEach = 1, 3, 3
	for n := range 3 {
		made := mustApply(t, s, b)[0]
		mustRefuse(t, s, b, store.ErrAlreadySubmitted)
		job := mustLeaseOne(t, s, baseTime())
		p := problemOf(n)
		must(t, s.Fail(t.Context(), job.Lease, p, at(5)))
		made.Status, made.UpdatedAt = store.Failed, at(5)
		want := store.JobRecord{Application: made, Progress: store.Progress{Attempt: 1, Problem: &p}}
		wantSame(t, "the record", want, record(t, s, made.ID))
		wantUsage(t, s, store.QuotaUsage{})
	}
	wantSame(t, "the counts", map[store.Status]int64{store.Failed: 3}, stateOf(t, s).Counts.ByStatus)
}

func failIssued(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	before := stateOf(t, s)
	wantError(t, "Fail", s.Fail(t.Context(), job.Lease, problemOf(1), at(1)), store.ErrInvalidTransition)
	wantSame(t, "after that", before, stateOf(t, s))
	must(t, s.Reschedule(t.Context(), job.Lease, next(at(500))))
}

func failByFinish(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	mustFinish(t, s, job.ID, store.Failed)
	c, err := s.Certificate(t.Context(), job.ID)
	must(t, err)
	want := certificateOf(1)
	want.Superseded = true
	wantSame(t, "the certificate", want, c)
	got := stateOf(t, s)
	wantSame(t, "the counts", store.Counts{ByStatus: map[store.Status]int64{store.Failed: 1}}, got.Counts)
	wantSame(t, "the units", store.QuotaUsage{}, got.Usage)
	if !got.NextDue.IsZero() {
		t.Errorf("due at %v", got.NextDue)
	}
}

func retireTests() []jobRequirement {
	return []jobRequirement{
		{"keeps Issued and the quota, and nothing is due", retireStays},
		{"rejects an application that is not Issued", retireApplying},
	}
}

func retireStays(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	must(t, s.Retire(t.Context(), job.Lease))
	r := record(t, s, job.ID)
	c := certificateOf(1)
	c.Chain, c.SealedKey, c.Superseded = nil, nil, true
	want := store.JobRecord{Application: job.Application, Progress: store.Progress{Attempt: 2}, Certificate: &c}
	wantSame(t, "the record", want, r)
	got := stateOf(t, s)
	wantSame(t, "the counts", store.Counts{ByStatus: map[store.Status]int64{store.Issued: 1}}, got.Counts)
	wantSame(t, "the units", store.QuotaUsage{Quota: 1, DNSRecords: 1}, got.Usage)
	if jobs := mustLease(t, s, at(0).AddDate(100, 0, 0)); len(jobs) != 0 || !got.NextDue.Equal(time.Time{}) {
		t.Errorf("due at %v, %d leased", got.NextDue, len(jobs))
	}
}

func retireApplying(t testing.TB, open openJobs) {
	s := open(t)
	job := mustApplyOne(t, s, "www.example.com")
	before := stateOf(t, s)
	wantError(t, "Retire", s.Retire(t.Context(), job.Lease), store.ErrInvalidTransition)
	wantSame(t, "after that", before, stateOf(t, s))
	mustComplete(t, s, job, certificateOf(1))
}
