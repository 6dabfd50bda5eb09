package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func certificateFindTests() []jobRequirement {
	return []jobRequirement{
		{"returns every field, with the chain and without the key", findFields},
		{"an unknown or deleted ID, another site or account is ErrNotFound", findNotFound},
	}
}

func findFields(t testing.TB, open openJobs) {
	s := open(t)
	for name, id := range inEveryStatus(t, s) {
		got, want := mustFind(t, s, id), record(t, s, id)
		if c := got.Certificate; c != nil {
			if string(c.Chain) != "chain 1" || c.SealedKey != nil {
				t.Errorf("%s: chain %q, key %q", name, c.Chain, c.SealedKey)
			}
			c.Chain = nil
		}
		wantSame(t, name, want, got)
	}
}

func findNotFound(t testing.TB, open openJobs) {
	s := open(t)
	id := mustApply(t, s, sampleBatch("www.example.com"))[0].ID
	find := func(account string, site, id int64) {
		t.Helper()
		r, err := s.FindCertificate(t.Context(), account, site, id)
		wantError(t, fmt.Sprintf("FindCertificate(%q, %d, %d)", account, site, id), err, store.ErrNotFound)
		wantSame(t, "the record", store.JobRecord{}, r)
	}
	for _, unknown := range []int64{0, -1, id - 1, id + 1} {
		find(account, site, unknown)
	}
	find(account, otherSite, id)
	find(otherAccount, site, id)
	find("", site, id)
	find(account, 0, id)
	mustFind(t, s, id)
	mustDelete(t, s, id)
	find(account, site, id)
}

func certificateDeleteTests() []jobRequirement {
	return []jobRequirement{
		{"moves a record in any status to Deleted, which only Query.Status Deleted selects", deleteStates},
		{"releases quota and records if they were in use, once", deleteReleases},
		{"deletes the order and the sealed keys, and makes nothing due", deleteKeys},
		{"a deletion fences off the current lease", deleteFences},
		{"a deletion reports the record as it was, and a rejected one reports nothing", deleteReports},
		{"a second time is ErrNotFound and writes nothing", deleteTwice},
		{"an unknown ID, another site or account is ErrNotFound and writes nothing", deleteElsewhere},
		{"a deletion stores its nonce in the same transaction", deleteNonce},
		{"a forgotten nonce is rejected before all else, and nothing is written", deleteForgotten},
		{"a deleted record cannot be moved, completed or made due again", deleteFinal},
		{"the domain name can be applied for again", deleteFreesName},
		{"of concurrent deletions one succeeds", deleteRace},
		{"of concurrent DeleteCertificate and a call that ends the lease, the deletion wins", deleteWorkerRace},
		{"counts have Canceled and Deleted", deleteCounts},
	}
}

func deleteStates(t testing.TB, open openJobs) {
	s := open(t)
	for name, id := range inEveryStatus(t, s) {
		want := record(t, s, id)
		must(t, s.DeleteCertificate(t.Context(), store.DeleteRequest{Account: account, SiteID: site, ID: id, At: at(7).Add(999)}))
		want.Status, want.UpdatedAt = store.Deleted, at(7)
		want.Progress.Due, want.Certificate = time.Time{}, nil
		for _, q := range []store.Query{
			{}, {Account: account}, {Account: account, SiteID: site}, {SiteID: site}, {Domain: want.Domain}, {Status: store.Issued}, {Status: store.Applying},
			{Status: store.Failed}, {Status: store.Canceled}, {Account: account, SiteID: site, Domain: want.Domain, Status: store.Issued},
		} {
			q.After, q.Limit = id-1, 1
			listed, err := s.Applications(t.Context(), q)
			must(t, err)
			for _, a := range append(listed, applicationsOf(records(t, s, q))...) {
				if a.ID == id {
					t.Errorf("%s: %+v selects the deleted record", name, q)
				}
			}
			q.Status = store.Deleted
			listed, err = s.Applications(t.Context(), q)
			must(t, err)
			wantSame(t, fmt.Sprintf("%s: applications of %+v", name, q), []store.Application{want.Application}, listed)
			wantSame(t, fmt.Sprintf("%s: records of %+v", name, q), []store.JobRecord{want}, records(t, s, q))
		}
	}
}

func deleteReleases(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	quota, uploads := 2, map[int64]int64{site: 1}
	for _, name := range []string{"Failed", "Applying", "Canceled", "uploaded", "Issued"} {
		mustDelete(t, s, ids[name])
		switch name {
		case "Applying", "Issued":
			quota--
		case "uploaded":
			uploads = nil
		}
		for range 2 {
			wantUsage(t, s, store.QuotaUsage{Quota: quota, DNSRecords: 3 * quota})
			wantSame(t, "uploads after "+name, uploads, mustSiteUsage(t, s, store.Uploaded))
			err := s.DeleteCertificate(t.Context(), deleteOf(ids[name]))
			wantError(t, "a second time", err, store.ErrNotFound)
		}
	}
	b := sampleBatch("again.example.com")
	b.Quota, b.DNSRecordLimit = 1, 1
	mustApply(t, s, b)
	u := sampleUpload("again", "again.example.com")
	u.Quota = 1
	mustUpload(t, s, u)
}

func deleteKeys(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	if n := len(stateOf(t, s).Sealed); n != 4 {
		t.Fatalf("%d sealed keys, want 2 of orders and 2 of certificates", n)
	}
	for _, id := range ids {
		mustDelete(t, s, id)
		_, err := s.Certificate(t.Context(), id)
		wantError(t, "Certificate", err, store.ErrNoCertificate)
	}
	got := stateOf(t, s)
	wantSame(t, "sealed keys", nil, got.Sealed)
	wantSame(t, "samples of sealed keys", nil, got.Samples)
	wantSame(t, "next due time", time.Time{}, got.NextDue)
	wantSame(t, "next expiry", time.Time{}, got.Counts.NextExpiry)
	wantSame(t, "leased", nil, mustLease(t, s, at(1_000_000)))
	for _, domain := range []string{"applying.example.com", "issued.example.com"} {
		wantSame(t, "orders", nil, ordered(t, s, domain))
	}
}

func deleteFences(t testing.TB, open openJobs) {
	for _, leased := range []func(t testing.TB, open openJobs) (store.JobStore, store.Job){
		issuedOne,
		func(t testing.TB, open openJobs) (store.JobStore, store.Job) {
			s := open(t)
			return s, mustApplyOne(t, s, "www.example.com")
		},
		func(t testing.TB, open openJobs) (store.JobStore, store.Job) {
			s := open(t)
			mustUpload(t, s, sampleUpload("mine", "www.example.com"))
			return s, mustLeaseOne(t, s, baseTime())
		},
	} {
		s, job := leased(t, open)
		mustDelete(t, s, job.ID)
		before := certificateStateOf(t, s)
		for name, call := range fencedCalls(s) {
			wantError(t, name, call(t, job.Lease), store.ErrFenced)
		}
		wantError(t, "Retire", s.Retire(t.Context(), job.Lease), store.ErrFenced)
		wantSame(t, "the state", before, certificateStateOf(t, s))
	}
}

func deleteTwice(t testing.TB, open openJobs) {
	s := open(t)
	for name, id := range inEveryStatus(t, s) {
		mustDelete(t, s, id)
		before := certificateStateOf(t, s)
		r := deleteOf(id)
		r.At, r.Nonce = at(100), sampleNonce(1)
		wantError(t, name, s.DeleteCertificate(t.Context(), r), store.ErrNotFound)
		wantSame(t, name, before, certificateStateOf(t, s))
	}
}

func sampleNonce(n uint64) store.Nonce {
	return store.Nonce{Key: keyOf(n), Expires: second(900), Account: account, AccessKeyID: "key"}
}

func deleteElsewhere(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	before := certificateStateOf(t, s)
	for _, r := range []store.DeleteRequest{
		{}, {ID: ids["Issued"]}, {Account: account, ID: ids["Issued"]}, {Account: account, SiteID: otherSite, ID: ids["Issued"]},
		{Account: otherAccount, SiteID: site, ID: ids["Applying"]}, {Account: account, SiteID: site}, {Account: account, SiteID: site, ID: -1},
		{Account: account, SiteID: site, ID: store.FirstID - 1}, {Account: account, SiteID: site, ID: ids["uploaded"] + 1},
	} {
		r.At, r.Nonce = at(1), sampleNonce(1)
		wantError(t, fmt.Sprintf("%+v", r), s.DeleteCertificate(t.Context(), r), store.ErrNotFound)
	}
	wantSame(t, "the state", before, certificateStateOf(t, s))
}

func deleteNonce(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("a", "b"))
	r := deleteOf(made[0].ID)
	r.Nonce = sampleNonce(1)
	must(t, s.DeleteCertificate(t.Context(), r))
	mustDelete(t, s, made[1].ID) // without a nonce
	wantNonces(t, s, baseTime(), map[store.NonceKey]time.Time{keyOf(1): second(900)})
}

func deleteForgotten(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	must(t, s.DeleteExpiredNonces(t.Context(), second(901)))
	before := certificateStateOf(t, s)
	for _, id := range []int64{ids["Issued"], 1} {
		r := deleteOf(id)
		r.Nonce = sampleNonce(1)
		wantError(t, fmt.Sprint(id), s.DeleteCertificate(t.Context(), r), store.ErrNonceForgotten)
	}
	wantSame(t, "the state", before, certificateStateOf(t, s))
	mustDelete(t, s, ids["Issued"]) // the zero nonce
}

func deleteReports(t testing.TB, open openJobs) {
	s := open(t)
	for name, id := range inEveryStatus(t, s) {
		want := mustFind(t, s, id)
		var got store.JobRecord
		r := deleteOf(id)
		r.Deleted = func(deleted store.JobRecord) { got = deleted }
		must(t, s.DeleteCertificate(t.Context(), r))
		wantSame(t, name, want, got)

		r.Deleted = func(store.JobRecord) { t.Errorf("%s: the second deletion reports a record", name) }
		wantError(t, name, s.DeleteCertificate(t.Context(), r), store.ErrNotFound)
	}
}

func deleteFinal(t testing.TB, open openJobs) {
	s := open(t)
	for name, id := range inEveryStatus(t, s) {
		mustDelete(t, s, id)
		before := certificateStateOf(t, s)
		for _, to := range []store.Status{store.Issued, store.Failed, store.Applying, store.Canceled, store.Deleted} {
			wantError(t, fmt.Sprintf("Finish %s to %s", name, to), s.Finish(t.Context(), id, to, at(9)), store.ErrInvalidTransition)
		}
		wantError(t, "Cancel "+name, s.Cancel(t.Context(), id, problemOf(1), at(9)), store.ErrInvalidTransition)
		must(t, s.Expedite(t.Context(), id, at(1)))
		wantSame(t, name, before, certificateStateOf(t, s))
	}
}

func deleteFreesName(t testing.TB, open openJobs) {
	s := open(t)
	for range 3 {
		made := mustApply(t, s, sampleBatch("www.example.com"))
		mustRefuse(t, s, sampleBatch("www.example.com"), store.ErrAlreadySubmitted)
		mustDelete(t, s, made[0].ID)
	}
	wantUsage(t, s, store.QuotaUsage{})
}

func deleteRace(t testing.TB, open openJobs) {
	s := open(t)
	for name, id := range inEveryStatus(t, s) {
		won := 0
		for _, err := range runConcurrently(goroutineCount, func(int) error { return s.DeleteCertificate(t.Context(), deleteOf(id)) })() {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d of %d deletions succeeded, want 1", name, won, goroutineCount)
		}
	}
	wantUsage(t, s, store.QuotaUsage{})
}

func deleteWorkerRace(t testing.TB, open openJobs) {
	for round := range 8 {
		for name := range fencedCalls(nil) {
			s := open(t)
			job := mustApplyOne(t, s, "www.example.com")
			errs := runConcurrently(2, func(i int) error {
				if i == 0 {
					return fencedCalls(s)[name](t, job.Lease)
				}
				return s.DeleteCertificate(t.Context(), deleteOf(job.ID))
			})()
			must(t, errs[1])
			if errs[0] != nil && !errors.Is(errs[0], store.ErrFenced) {
				t.Fatalf("round %d: %s: %v", round, name, errs[0])
			}
			got := certificateStateOf(t, s)
			if len(got.Deleted) != 1 || len(got.State.Sealed) != 0 || got.State.Usage != (store.QuotaUsage{}) || !got.State.NextDue.IsZero() || len(got.Sites) != 0 {
				t.Fatalf("round %d: %s (%v) left something: %+v", round, name, errs[0], got)
			}
			wantSame(t, "counts", map[store.Status]int64{store.Deleted: 1}, got.State.Counts.ByStatus)
		}
	}
}

func deleteCounts(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	wantCounts(t, s, map[store.Status]int64{store.Applying: 1, store.Issued: 2, store.Failed: 1, store.Canceled: 1})
	mustDelete(t, s, ids["Applying"])
	wantCounts(t, s, map[store.Status]int64{store.Issued: 2, store.Failed: 1, store.Canceled: 1, store.Deleted: 1})
	mustDelete(t, s, ids["Canceled"])
	wantCounts(t, s, map[store.Status]int64{store.Issued: 2, store.Failed: 1, store.Deleted: 2})
	mustDelete(t, s, ids["Failed"])
	mustDelete(t, s, ids["Issued"])
	wantCounts(t, s, map[store.Status]int64{store.Issued: 1, store.Deleted: 4})
	mustDelete(t, s, ids["uploaded"])
	wantCounts(t, s, map[store.Status]int64{store.Deleted: 5})
	mustApply(t, s, sampleBatch("www.example.com"))
	wantCounts(t, s, map[store.Status]int64{store.Applying: 1, store.Deleted: 5})
}
