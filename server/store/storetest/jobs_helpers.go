package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/esacert/esacert/server/store"
)

// leaseTime is the default duration of a lease.
const leaseTime = time.Minute

// at returns baseTime plus the given seconds.
func at(seconds int) time.Time { return baseTime().Add(time.Duration(seconds) * time.Second) }

// mustLease leases all due applications.
func mustLease(t tester, s store.JobStore, now time.Time) []store.Job {
	t.Helper()
	jobs, err := s.Lease(t.Context(), now, now.Add(leaseTime), 1000)
	if err != nil {
		t.Fatalf("Lease: %v", err)
	}
	return jobs
}

// mustLeaseOne leases the only due application.
func mustLeaseOne(t tester, s store.JobStore, now time.Time) store.Job {
	t.Helper()
	jobs := mustLease(t, s, now)
	if len(jobs) != 1 {
		t.Fatalf("%d applications are due at %v, want 1", len(jobs), now)
	}
	return jobs[0]
}

// mustApplyOne applies for one name and leases the application.
func mustApplyOne(t tester, s store.JobStore, domain string) store.Job {
	t.Helper()
	mustApply(t, s, sampleBatch(domain))
	return mustLeaseOne(t, s, baseTime())
}

// must fails the test if err is not nil.
func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("it failed: %v", err)
	}
}

// wantError compares an error with the expected one.
func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want the error %v", what, err, want)
	}
}

// wantSame compares two values; nil and empty are equal.
func wantSame[T any](t tester, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// orderOf returns an order that is unique for n.
func orderOf(n int) store.Order {
	return store.Order{
		Authority: fmt.Sprintf("authority-%d", n),
		URL:       fmt.Sprintf("https://ca.example/order/%d", n),
		SealedKey: fmt.Appendf(nil, "sealed key of order %d \x00\xff", n),
		CreatedAt: at(n),
	}
}

// certificateOf returns a certificate that is unique for n. It expires later
// for a larger n.
func certificateOf(n int) store.Certificate {
	return store.Certificate{
		Authority:   fmt.Sprintf("authority-%d", n),
		Chain:       fmt.Appendf(nil, "chain %d", n),
		SealedKey:   fmt.Appendf(nil, "sealed key of certificate %d \x00\xff", n),
		Serial:      fmt.Sprintf("%x", n),
		Issuer:      "CN=Test, O=Example",
		Fingerprint: fmt.Sprintf("%064x", n),
		NotBefore:   at(n),
		NotAfter:    at(n).Add(90 * 24 * time.Hour),
		IssuedAt:    at(n + 1),
	}
}

// problemOf returns a problem that is unique for n.
func problemOf(n int) store.Problem {
	return store.Problem{
		Type: "urn:ietf:params:acme:error:unauthorized", Title: "Unauthorized", Detail: fmt.Sprintf("problem %d", n), Status: 403,
		Subproblems: []store.Subproblem{{Type: "urn:ietf:params:acme:error:dns", Detail: "<no response & no error>", Name: "www.example.com"}},
		At:          at(n),
	}
}

// next returns a rescheduling with a due time only.
func next(due time.Time) store.Rescheduling { return store.Rescheduling{Due: due} }

// mustComplete puts a certificate in use without a next step.
func mustComplete(t tester, s store.JobStore, job store.Job, c store.Certificate) {
	t.Helper()
	must(t, s.Complete(t.Context(), job.Lease, c, time.Time{}, baseTime()))
}

// state is all data that a store returns.
type state struct {
	Records []store.JobRecord
	Counts  store.Counts
	NextDue time.Time
	Usage   store.QuotaUsage // of sampleBatch
	Sealed  []store.Sealed
	Samples []store.Sealed
}

func stateOf(t tester, s store.JobStore) state {
	t.Helper()
	var now state
	now.Records = allRecords(t, s)
	var errs [5]error
	now.Counts, errs[0] = s.Counts(t.Context())
	now.NextDue, errs[1] = s.NextDue(t.Context())
	now.Usage, errs[2] = s.Usage(t.Context(), account, plan, family, site)
	errs[3] = s.Sealed(t.Context(), func(k store.Sealed) error { now.Sealed = append(now.Sealed, k); return nil })
	now.Samples, errs[4] = s.SealedSamples(t.Context())
	must(t, errors.Join(errs[:]...))
	return now
}

func records(t tester, s store.JobStore, q store.Query) []store.JobRecord {
	t.Helper()
	found, err := s.ListRecords(t.Context(), q)
	if err != nil {
		t.Fatalf("ListRecords(%+v): %v", q, err)
	}
	return found
}

// allRecords returns all records of the store, page by page.
func allRecords(t tester, s store.JobStore) (found []store.JobRecord) {
	t.Helper()
	for q := (store.Query{Limit: store.MaxLimit}); ; q.After = found[len(found)-1].ID {
		page := records(t, s, q)
		found = append(found, page...)
		if len(page) < q.Limit {
			return found
		}
	}
}

// record returns the record of an application.
func record(t tester, s store.JobStore, id int64) store.JobRecord {
	t.Helper()
	found := records(t, s, store.Query{After: id - 1, Limit: 1})
	if len(found) != 1 || found[0].ID != id {
		t.Fatalf("no record of %d: %+v", id, found)
	}
	return found[0]
}

// fencedCalls returns the calls that need a lease, with arguments that succeed on
// an application that is Applying.
func fencedCalls(s store.JobStore) map[string]func(t tester, l store.Lease) error {
	return map[string]func(t tester, l store.Lease) error{
		"SaveOrder":  func(t tester, l store.Lease) error { return s.SaveOrder(t.Context(), l, orderOf(9)) },
		"Reschedule": func(t tester, l store.Lease) error { return s.Reschedule(t.Context(), l, reschedule9()) },
		"Complete": func(t tester, l store.Lease) error {
			return s.Complete(t.Context(), l, certificateOf(9), at(900), at(9))
		},
		"Fail": func(t tester, l store.Lease) error { return s.Fail(t.Context(), l, problemOf(9), at(9)) },
	}
}

func reschedule9() store.Rescheduling {
	p := problemOf(9)
	return store.Rescheduling{Due: at(900), Failures: 9, Retries: 9, Problem: &p, DropOrder: true, Delivered: true}
}
