package storetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func listTests() []jobRequirement {
	return []jobRequirement{
		{"filters by every combination of conditions", recordConditions},
		{"pages by ascending ID, DefaultLimit without a limit", recordPages},
		{"a page has at most MaxLimit records", recordMaxLimit},
		{"omits chain and key", recordSecrets},
		{"distinguishes a missing certificate from a missing application", recordCertificate},
	}
}

func recordConditions(t testing.TB, open openJobs) {
	s := open(t)
	for _, a := range []string{"a1", "a2"} {
		for _, id := range []int64{1, 2} {
			b := sampleBatch("x", "y", "z")
			b.Account, b.SiteID = a, id
			mustApply(t, s, b)
		}
	}
	for i, job := range mustLease(t, s, baseTime()) {
		switch i % 3 {
		case 0:
			mustComplete(t, s, job, certificateOf(i))
		case 1:
			must(t, s.Fail(t.Context(), job.Lease, problemOf(i), baseTime()))
		}
	}
	for _, a := range []string{"", "a1", "a2", "unknown"} {
		for _, id := range []int64{0, 1, 2, 99} {
			for _, d := range []string{"", "x", "y", "nowhere"} {
				for _, st := range []store.Status{"", store.Applying, store.Issued, store.Failed, "Expired"} {
					q := store.Query{Account: a, SiteID: id, Domain: d, Status: st}
					want, err := s.Applications(t.Context(), q)
					must(t, err)
					found := records(t, s, q)
					wantSame(t, fmt.Sprintf("%+v", q), want, applicationsOf(found))
					for _, r := range found {
						if (r.Certificate != nil) != (r.Status == store.Issued) || (r.Progress.Problem != nil) != (r.Status == store.Failed) {
							t.Errorf("%+v has the certificate %+v and the progress %+v", r.Application, r.Certificate, r.Progress)
						}
					}
				}
			}
		}
	}
}

func applicationsOf(records []store.JobRecord) (applications []store.Application) {
	for _, r := range records {
		applications = append(applications, r.Application)
	}
	return applications
}

func recordPages(t testing.TB, open openJobs) {
	s := open(t)
	domains := make([]string, store.DefaultLimit+20)
	for i := range domains {
		domains[i] = fmt.Sprint(i)
	}
	mustApply(t, s, sampleBatch(domains...))
	for _, job := range mustLease(t, s, baseTime())[:50] {
		mustComplete(t, s, job, certificateOf(1))
	}
	want := records(t, s, store.Query{Limit: 1000})
	for _, size := range []int{1, 7, 60, 120} {
		var pages []store.JobRecord
		for q := (store.Query{Limit: size}); ; q.After = pages[len(pages)-1].ID {
			page := records(t, s, q)
			if len(page) == 0 {
				break
			}
			pages = append(pages, page...)
		}
		wantSame(t, fmt.Sprintf("in pages of %d", size), want, pages)
	}
	for _, limit := range []int{0, -1} {
		wantSame(t, fmt.Sprintf("limit %d", limit), want[:store.DefaultLimit], records(t, s, store.Query{Limit: limit}))
	}
}

func recordMaxLimit(t testing.TB, open openJobs) {
	s := open(t)
	domains := make([]string, store.MaxLimit+20)
	for i := range domains {
		domains[i] = fmt.Sprint(i)
	}
	mustApply(t, s, sampleBatch(domains...))
	for _, limit := range []int{store.MaxLimit, store.MaxLimit + 1, 1_000_000, math.MaxInt} {
		if got := len(records(t, s, store.Query{Limit: limit})); got != store.MaxLimit {
			t.Errorf("limit %d: got %d records, want %d", limit, got, store.MaxLimit)
		}
	}
}

func recordSecrets(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	c := record(t, s, job.ID).Certificate
	if c == nil || c.Serial == "" || c.Chain != nil || c.SealedKey != nil {
		t.Errorf("the certificate of the record is %+v", c)
	}
}

func recordCertificate(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("applying", "issued by hand"))
	mustFinish(t, s, made[1].ID, store.Issued)
	for _, a := range made {
		_, err := s.Certificate(t.Context(), a.ID)
		wantError(t, a.Domain, err, store.ErrNoCertificate)
	}
	for _, id := range []int64{0, -1, made[1].ID + 1} {
		_, err := s.Certificate(t.Context(), id)
		wantError(t, fmt.Sprint(id), err, store.ErrNotFound)
	}
	mustComplete(t, s, mustLeaseOne(t, s, baseTime()), store.Certificate{NotAfter: at(1)})
	c, err := s.Certificate(t.Context(), made[0].ID)
	if err != nil || c.Serial != "" || len(c.Chain) != 0 || len(c.SealedKey) != 0 {
		t.Errorf("an empty certificate is returned as %+v, %v", c, err)
	}
}

func countTests() []jobRequirement {
	return []jobRequirement{
		{"match the rows after each change", countStates},
		{"NextExpiry is the earliest of the certificates in use", countExpiry},
		{"match the rows after concurrent changes", countRace},
	}
}

func countStates(t testing.TB, open openJobs) {
	s := open(t)
	wantCounts(t, s, map[store.Status]int64{})
	made := mustApply(t, s, sampleBatch("a", "b", "c", "d", "e"))
	wantCounts(t, s, map[store.Status]int64{store.Applying: 5})
	mustRefuse(t, s, sampleBatch("f", "a"), store.ErrAlreadySubmitted)
	mustFinish(t, s, made[0].ID, store.Issued)
	wantCounts(t, s, map[store.Status]int64{store.Applying: 4, store.Issued: 1})
	mustFinish(t, s, made[0].ID, store.Failed)
	mustFinish(t, s, made[1].ID, store.Failed)
	wantCounts(t, s, map[store.Status]int64{store.Applying: 3, store.Failed: 2})
	jobs := mustLease(t, s, baseTime())
	must(t, s.Complete(t.Context(), jobs[0].Lease, certificateOf(1), at(100), baseTime()))
	must(t, s.Fail(t.Context(), jobs[1].Lease, problemOf(1), baseTime()))
	wantCounts(t, s, map[store.Status]int64{store.Applying: 1, store.Issued: 1, store.Failed: 3})
	renewal := mustLease(t, s, at(100))
	for _, job := range renewal {
		if job.Status == store.Issued {
			must(t, s.Complete(t.Context(), job.Lease, certificateOf(2), time.Time{}, baseTime()))
		}
	}
	wantCounts(t, s, map[store.Status]int64{store.Applying: 1, store.Issued: 1, store.Failed: 3})
}

func wantCounts(t tester, s store.JobStore, want map[store.Status]int64) {
	t.Helper()
	counts, err := s.Counts(t.Context())
	must(t, err)
	wantSame(t, "the counts", want, counts.ByStatus)
}

func countExpiry(t testing.TB, open openJobs) {
	s := open(t)
	wantExpiry := func(want time.Time) {
		t.Helper()
		wantSame(t, "the next to expire", want, stateOf(t, s).Counts.NextExpiry)
	}
	wantExpiry(time.Time{})
	mustApply(t, s, sampleBatch("a", "b", "c"))
	jobs := mustLease(t, s, baseTime())
	for i, n := range []int{20, 10, 30} {
		must(t, s.Complete(t.Context(), jobs[i].Lease, certificateOf(n), at(1000), baseTime()))
	}
	wantExpiry(certificateOf(10).NotAfter)
	jobs = mustLease(t, s, at(1000))
	mustComplete(t, s, jobs[1], certificateOf(40))
	wantExpiry(certificateOf(20).NotAfter)
	must(t, s.Retire(t.Context(), jobs[0].Lease))
	wantExpiry(certificateOf(30).NotAfter)
	mustFinish(t, s, jobs[2].ID, store.Failed)
	wantExpiry(certificateOf(40).NotAfter)
	mustFinish(t, s, jobs[1].ID, store.Failed)
	wantExpiry(time.Time{})
}

func countRace(t testing.TB, open openJobs) {
	s := open(t)
	runConcurrently(goroutineCount, func(i int) error {
		for n := range 5 {
			if _, err := s.Apply(t.Context(), sampleBatch(fmt.Sprintf("%d-%d", i, n))); err != nil {
				t.Error(err)
			}
			jobs, err := s.Lease(t.Context(), baseTime(), at(60), 1)
			if err != nil {
				t.Error(err)
			}
			for _, job := range jobs {
				if job.ID%3 == 0 {
					err = s.Fail(t.Context(), job.Lease, problemOf(1), baseTime())
				} else {
					err = s.Complete(t.Context(), job.Lease, certificateOf(1), time.Time{}, baseTime())
				}
				if err != nil {
					t.Error(err)
				}
			}
		}
		return nil
	})()
	want := make(map[store.Status]int64)
	for _, a := range all(t, s) {
		want[a.Status]++
	}
	wantCounts(t, s, want)
	live := int(want[store.Applying] + want[store.Issued])
	wantUsage(t, s, store.QuotaUsage{Quota: live, DNSRecords: live})
}
