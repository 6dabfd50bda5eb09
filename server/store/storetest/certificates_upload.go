package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func certificateUploadTests() []jobRequirement {
	return []jobRequirement{
		{"stores a new record that is Issued and due", uploadNew},
		{"IDs continue those of applications", uploadIDs},
		{"replaces the certificate of a record and keeps the rest", uploadReplaces},
		{"a replacement resets failures and problem, and deletes the order", uploadResets},
		{"a replacement fences off the current lease", uploadFences},
		{"a replaced record that was Failed is Issued and uses its quota again", uploadRevives},
		{"to replace a record of another site or account, a deleted one or none is ErrNotFound", uploadNotFound},
		{"to replace a record that was not uploaded is ErrNotUploaded", uploadNotUploaded},
		{"a name of an Issued record of the site is ErrNameInUse, and free after Deleted or Failed", uploadName},
		{"names differ by case, and several records may have none", uploadNames},
		{"a new record needs quota, a replacement does not", uploadQuota},
		{"Seal gets the ID, and its error stops the upload", uploadSeal},
		{"checks are in the order of the documentation, and Seal is last", uploadOrder},
		{"an upload stores its nonce in the same transaction", uploadNonce},
		{"of concurrent uploads with one name one succeeds", uploadRace},
		{"a quota of 10 is used up exactly", uploadQuotaRace},
	}
}

func siteUsageTests() []jobRequirement {
	return []jobRequirement{
		{"counts Applying and Issued records of account, plan and family by site", usageBySite},
		{"matches the rows after concurrent changes", usageRace},
	}
}

func uploadNew(t testing.TB, open openJobs) {
	s := open(t)
	r := sampleUpload("My certificate", "www.example.com", "example.com", "*.example.org")
	r.At = at(5).Add(999)
	r.Certificate.Renewals, r.Certificate.Delivered, r.Certificate.Superseded = 7, true, true // ignored
	r.Certificate.NotAfter = r.Certificate.NotAfter.Add(999)
	id := mustUpload(t, s, r)
	chain := certificateOf(1)
	chain.SealedKey = nil
	want := store.JobRecord{
		Application: store.Application{
			ID: store.FirstID, Account: account, SiteID: site, Domain: "www.example.com", Name: "My certificate",
			Names: "www.example.com,example.com,*.example.org", Region: "cn-hangzhou", Type: store.Uploaded, Plan: plan, Family: store.Uploaded,
			Status: store.Issued, RequestID: r.RequestID, CreatedAt: at(5), UpdatedAt: at(5),
		},
		Progress:    store.Progress{Due: at(5)},
		Certificate: &chain,
	}
	wantSame(t, "the record", want, mustFind(t, s, id))
	c, err := s.Certificate(t.Context(), id)
	must(t, err)
	chain.SealedKey, _ = sealFor(id)
	wantSame(t, "the certificate", chain, c)
	job := mustLeaseOne(t, s, at(5))
	wantSame(t, "the certificate of the job", &chain, job.Certificate)
	got := stateOf(t, s)
	wantSame(t, "usage of the quota of applications", store.QuotaUsage{}, got.Usage)
	wantSame(t, "counts", store.Counts{ByStatus: map[store.Status]int64{store.Issued: 1}, NextExpiry: certificateOf(1).NotAfter}, got.Counts)
	wantSame(t, "uploads", map[int64]int64{site: 1}, mustSiteUsage(t, s, store.Uploaded))
	usage, err := s.Usage(t.Context(), account, plan, store.Uploaded, site)
	must(t, err)
	wantSame(t, "usage", store.QuotaUsage{Quota: 1}, usage)
}

func uploadIDs(t testing.TB, open openJobs) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("a", "b"))
	wantSame(t, "the ID", made[1].ID+1, mustUpload(t, s, sampleUpload("c", "c")))
	wantSame(t, "the next ID", made[1].ID+2, mustApply(t, s, sampleBatch("d"))[0].ID)
	wantSame(t, "the ID of a replacement", made[1].ID+1, mustUpload(t, s, replacementOf(made[1].ID+1, "c", "c")))
	wantSame(t, "the last ID", made[1].ID+3, mustUpload(t, s, sampleUpload("e", "e")))
	wantCounts(t, s, map[store.Status]int64{store.Applying: 3, store.Issued: 2})
}

// replacementOf is an upload that replaces another one with another certificate.
func replacementOf(id int64, name string, domains ...string) store.UploadRequest {
	r := sampleUpload(name, domains...)
	c := certificateOf(2)
	c.SealedKey = nil
	r.ID, r.Certificate, r.At, r.RequestID, r.Plan, r.Region = id, c, at(50), "another", "another", "cn-beijing"
	r.Seal = func(id int64) ([]byte, error) { return fmt.Appendf(nil, "replaced key of upload %d", id), nil }
	return r
}

func uploadReplaces(t testing.TB, open openJobs) {
	s := open(t)
	id := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	want := mustFind(t, s, id)
	job := mustLeaseOne(t, s, baseTime())
	must(t, s.Reschedule(t.Context(), job.Lease, store.Rescheduling{Due: at(10_000), Delivered: true}))
	for n, name := range []string{"mine", "renamed"} {
		wantSame(t, "the ID", id, mustUpload(t, s, replacementOf(id, name, "example.net", "*.example.net")))
		c := certificateOf(2)
		c.Renewals, c.SealedKey = n+1, nil
		want.Name, want.Domain, want.Names, want.Region = name, "example.net", "example.net,*.example.net", "cn-beijing"
		want.UpdatedAt, want.Certificate = at(50), &c
		want.Progress = store.Progress{Due: at(50), Attempt: 1}
		wantSame(t, "the record", want, mustFind(t, s, id))
		wantSame(t, "the keys", []store.Sealed{{Owner: fmt.Sprint("certificate/", id), Key: fmt.Appendf(nil, "replaced key of upload %d", id)}}, stateOf(t, s).Sealed)
		wantSame(t, "the uploads", map[int64]int64{site: 1}, mustSiteUsage(t, s, store.Uploaded))
		wantCounts(t, s, map[store.Status]int64{store.Issued: 1})
	}
	mustUpload(t, s, sampleUpload("mine", "www.example.com")) // the name is free
}

func uploadResets(t testing.TB, open openJobs) {
	s := open(t)
	id := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	job := mustLeaseOne(t, s, baseTime())
	must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
	again := reschedule9()
	again.DropOrder = false
	must(t, s.Reschedule(t.Context(), job.Lease, again))
	mustUpload(t, s, replacementOf(id, "mine", "example.net"))
	wantSame(t, "the progress", store.Progress{Due: at(50), Attempt: 1}, mustFind(t, s, id).Progress)
	wantSame(t, "the orders", nil, ordered(t, s, "www.example.com"))
}

func uploadFences(t testing.TB, open openJobs) {
	s := open(t)
	id := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	job := mustLeaseOne(t, s, baseTime())
	mustUpload(t, s, replacementOf(id, "mine", "example.net"))
	before := certificateStateOf(t, s)
	for name, call := range fencedCalls(s) {
		wantError(t, name, call(t, job.Lease), store.ErrFenced)
	}
	wantError(t, "Retire", s.Retire(t.Context(), job.Lease), store.ErrFenced)
	wantSame(t, "the state", before, certificateStateOf(t, s))
	again := mustLeaseOne(t, s, at(50))
	must(t, s.Reschedule(t.Context(), again.Lease, next(at(500))))
}

func uploadRevives(t testing.TB, open openJobs) {
	s := open(t)
	id := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	mustFinish(t, s, id, store.Failed)
	wantSame(t, "the uploads", nil, mustSiteUsage(t, s, store.Uploaded))
	other := sampleUpload("other", "www.example.com")
	other.Quota = 1
	otherID := mustUpload(t, s, other)
	r := replacementOf(id, "mine", "www.example.com")
	r.Quota = 1
	before := certificateStateOf(t, s)
	_, err := s.SetCertificate(t.Context(), r)
	wantError(t, "without room", err, store.ErrQuotaExceeded)
	wantSame(t, "the state", before, certificateStateOf(t, s))
	mustDelete(t, s, otherID)
	mustUpload(t, s, r)
	got := mustFind(t, s, id)
	if got.Status != store.Issued || got.Certificate.Superseded {
		t.Errorf("the record is %s with %+v", got.Status, got.Certificate)
	}
	wantSame(t, "the uploads", map[int64]int64{site: 1}, mustSiteUsage(t, s, store.Uploaded))
	wantCounts(t, s, map[store.Status]int64{store.Issued: 1, store.Deleted: 1})
}

// wantRejected makes a call that must be rejected, and compares the state.
func wantRejected(t testing.TB, s store.JobStore, r store.UploadRequest, want error) {
	t.Helper()
	before := certificateStateOf(t, s)
	id, err := s.SetCertificate(t.Context(), r)
	wantError(t, fmt.Sprintf("SetCertificate(%+v)", r), err, want)
	wantSame(t, "the ID", 0, id)
	wantSame(t, "the state", before, certificateStateOf(t, s))
}

func uploadNotFound(t testing.TB, open openJobs) {
	s := open(t)
	id := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	for _, change := range []func(r *store.UploadRequest){
		func(r *store.UploadRequest) { r.SiteID = otherSite },
		func(r *store.UploadRequest) { r.Account = otherAccount },
		func(r *store.UploadRequest) { r.ID = id + 1 },
		func(r *store.UploadRequest) { r.ID = id - 1 },
		func(r *store.UploadRequest) { r.ID = -1 },
	} {
		r := replacementOf(id, "mine", "www.example.com")
		r.Nonce = sampleNonce(1)
		change(&r)
		wantRejected(t, s, r, store.ErrNotFound)
	}
	mustDelete(t, s, id)
	wantRejected(t, s, replacementOf(id, "mine", "www.example.com"), store.ErrNotFound)
}

func uploadNotUploaded(t testing.TB, open openJobs) {
	s := open(t)
	ids := inEveryStatus(t, s)
	delete(ids, "uploaded")
	for _, id := range ids {
		wantRejected(t, s, replacementOf(id, "another", "www.example.com"), store.ErrNotUploaded)
	}
}

func uploadName(t testing.TB, open openJobs) {
	s := open(t)
	first := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	second := mustUpload(t, s, sampleUpload("other", "www.example.com"))
	wantRejected(t, s, sampleUpload("mine", "www.example.net"), store.ErrNameInUse)
	wantRejected(t, s, replacementOf(second, "mine", "www.example.net"), store.ErrNameInUse)
	for _, elsewhere := range []func(r *store.UploadRequest){
		func(r *store.UploadRequest) { r.SiteID = otherSite },
		func(r *store.UploadRequest) { r.Account = otherAccount },
	} {
		r := sampleUpload("mine", "www.example.com")
		elsewhere(&r)
		mustUpload(t, s, r)
	}
	mustDelete(t, s, first)
	third := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	mustFinish(t, s, third, store.Failed)
	mustUpload(t, s, replacementOf(second, "mine", "www.example.com"))
	wantRejected(t, s, replacementOf(third, "mine", "www.example.com"), store.ErrNameInUse)
}

func uploadNames(t testing.TB, open openJobs) {
	s := open(t)
	for i, name := range []string{"mine", "Mine", "mine ", "中国", "", "", "'"} {
		id := mustUpload(t, s, sampleUpload(name, fmt.Sprintf("%d.example.com", i)))
		wantSame(t, "the name", name, mustFind(t, s, id).Name)
	}
}

func uploadQuota(t testing.TB, open openJobs) {
	s := open(t)
	limited := func(name string, quota int) store.UploadRequest {
		r := sampleUpload(name, name+".example.com")
		r.Quota = quota
		return r
	}
	mustApply(t, s, sampleBatch("www.example.com")) // of another family
	wantRejected(t, s, limited("a", 0), store.ErrQuotaExceeded)
	a := mustUpload(t, s, limited("a", 2))
	elsewhere := limited("b", 2)
	elsewhere.SiteID = otherSite // the same account and plan
	mustUpload(t, s, elsewhere)
	wantRejected(t, s, limited("c", 2), store.ErrQuotaExceeded)
	for _, r := range []store.UploadRequest{limited("c", 1), limited("d", 1)} {
		if r.Name == "c" {
			r.Plan = "basic"
		} else {
			r.Account = otherAccount
		}
		mustUpload(t, s, r)
	}
	full := limited("a", 0)
	full.ID = a
	mustUpload(t, s, full)
	mustUpload(t, s, limited("e", store.Unlimited))
	mustUpload(t, s, limited("f", 4))
	wantRejected(t, s, limited("g", 4), store.ErrQuotaExceeded)
	mustDelete(t, s, a)
	mustUpload(t, s, limited("g", 4))
}

func uploadSeal(t testing.TB, open openJobs) {
	s := open(t)
	id := mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	broken := errors.New("no sealing key")
	for _, r := range []store.UploadRequest{sampleUpload("new", "www.example.com"), replacementOf(id, "mine", "www.example.com")} {
		want := id
		if r.ID == 0 {
			want = id + 1
		}
		r.Nonce = sampleNonce(1)
		called := 0
		r.Seal = func(id int64) ([]byte, error) {
			called++
			wantSame(t, "the ID that Seal gets", want, id)
			return []byte("never stored"), broken
		}
		wantRejected(t, s, r, broken)
		if called == 0 {
			t.Error("Seal was not called")
		}
		r.Seal = sealFor
		wantSame(t, "the ID", want, mustUpload(t, s, r))
		c, err := s.Certificate(t.Context(), want)
		must(t, err)
		wantSame(t, "the key", fmt.Sprintf("sealed key of upload %d", want), string(c.SealedKey))
	}
}

// uploadOrder makes a request with every fault, and removes one after the other.
func uploadOrder(t testing.TB, open openJobs) {
	s := open(t)
	applied := mustApply(t, s, sampleBatch("www.example.com"))[0].ID
	mustUpload(t, s, sampleUpload("mine", "www.example.com"))
	failed := mustUpload(t, s, sampleUpload("failed", "www.example.com"))
	mustFinish(t, s, failed, store.Failed)
	must(t, s.DeleteExpiredNonces(t.Context(), second(901)))
	broken := errors.New("broken")
	sealed := false
	r := sampleUpload("mine", "www.example.com")
	r.ID, r.Nonce, r.Quota = 1, sampleNonce(1), 1
	r.Seal = func(int64) ([]byte, error) { sealed = true; return nil, broken }
	wantRejected(t, s, r, store.ErrNonceForgotten)
	r.Nonce = store.Nonce{}
	wantRejected(t, s, r, store.ErrNotFound)
	r.ID = applied
	wantRejected(t, s, r, store.ErrNotUploaded)
	r.ID = failed
	wantRejected(t, s, r, store.ErrNameInUse)
	r.Name = "failed"
	wantRejected(t, s, r, store.ErrQuotaExceeded)
	if sealed {
		t.Error("Seal was called before the checks")
	}
	r.Quota = 2
	wantRejected(t, s, r, broken)
}

func uploadNonce(t testing.TB, open openJobs) {
	s := open(t)
	r := sampleUpload("mine", "www.example.com")
	r.Nonce = sampleNonce(1)
	id := mustUpload(t, s, r)
	again := replacementOf(id, "mine", "www.example.com")
	again.Nonce = sampleNonce(2)
	mustUpload(t, s, again)
	mustUpload(t, s, sampleUpload("other", "www.example.com")) // without a nonce
	wantNonces(t, s, baseTime(), map[store.NonceKey]time.Time{keyOf(1): second(900), keyOf(2): second(900)})
}

func uploadRace(t testing.TB, open openJobs) {
	s := open(t)
	won := 0
	for _, err := range runConcurrently(goroutineCount, func(i int) error {
		_, err := s.SetCertificate(t.Context(), sampleUpload("mine", fmt.Sprintf("%d.example.com", i)))
		return err
	})() {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrNameInUse) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d uploads with one name succeeded, want 1", won)
	}
	wantSame(t, "the uploads", map[int64]int64{site: 1}, mustSiteUsage(t, s, store.Uploaded))
}

func uploadQuotaRace(t testing.TB, open openJobs) {
	s := open(t)
	won := 0
	for _, err := range runConcurrently(goroutineCount, func(i int) error {
		r := sampleUpload(fmt.Sprint(i), fmt.Sprintf("%d.example.com", i))
		r.Quota = 10
		_, err := s.SetCertificate(t.Context(), r)
		return err
	})() {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrQuotaExceeded) {
			t.Error(err)
		}
	}
	if won != 10 {
		t.Errorf("%d uploads succeeded, want 10", won)
	}
}

func usageBySite(t testing.TB, open openJobs) {
	s := open(t)
	wantSame(t, "usage of an empty store", nil, mustSiteUsage(t, s, family))
	for i, change := range []func(b *store.ApplyRequest){
		func(*store.ApplyRequest) {},
		func(b *store.ApplyRequest) { b.SiteID = otherSite },
		func(b *store.ApplyRequest) { b.Account = otherAccount },
		func(b *store.ApplyRequest) { b.Plan = "basic" },
		func(b *store.ApplyRequest) { b.Family = "digicert" },
	} {
		b := sampleBatch(fmt.Sprint("a", i), fmt.Sprint("b", i), fmt.Sprint("c", i))
		change(&b)
		mustApply(t, s, b)
	}
	ids := inEveryStatus(t, s)
	wantSame(t, "usage", map[int64]int64{site: 5, otherSite: 3}, mustSiteUsage(t, s, family))
	wantSame(t, "usage of another family", map[int64]int64{site: 3}, mustSiteUsage(t, s, "digicert"))
	wantSame(t, "usage of an unknown family", nil, mustSiteUsage(t, s, "unknown"))
	mustFinish(t, s, ids["Applying"], store.Failed)
	wantSame(t, "usage after a failure", map[int64]int64{site: 4, otherSite: 3}, mustSiteUsage(t, s, family))
	mustFinish(t, s, ids["Issued"], store.Failed)
	for _, a := range records(t, s, store.Query{Account: account, SiteID: otherSite}) {
		must(t, s.DeleteCertificate(t.Context(), store.DeleteRequest{Account: account, SiteID: otherSite, ID: a.ID, At: at(1)}))
	}
	wantSame(t, "usage without the other site", map[int64]int64{site: 3}, mustSiteUsage(t, s, family))
}

func usageRace(t testing.TB, open openJobs) {
	s := open(t)
	for _, err := range runConcurrently(goroutineCount, func(i int) error {
		b := sampleBatch(fmt.Sprint("a", i), fmt.Sprint("b", i), fmt.Sprint("c", i))
		b.SiteID += int64(i % 3)
		made, err := s.Apply(t.Context(), b)
		if err != nil {
			return err
		}
		u := sampleUpload(fmt.Sprint(i), "www.example.com")
		u.SiteID = b.SiteID
		id, err := s.SetCertificate(t.Context(), u)
		if err != nil {
			return err
		}
		if i%2 == 0 {
			return s.DeleteCertificate(t.Context(), store.DeleteRequest{Account: account, SiteID: b.SiteID, ID: id, At: at(1)})
		}
		if err := s.DeleteCertificate(t.Context(), store.DeleteRequest{Account: account, SiteID: b.SiteID, ID: made[0].ID, At: at(1)}); err != nil {
			return err
		}
		return s.Finish(t.Context(), made[1].ID, store.Failed, at(2))
	})() {
		must(t, err)
	}
	for _, of := range []string{family, store.Uploaded} {
		want := map[int64]int64{}
		for _, a := range all(t, s) {
			if a.Family == of && a.Status != store.Failed {
				want[a.SiteID]++
			}
		}
		wantSame(t, "usage of "+of, want, mustSiteUsage(t, s, of))
	}
}
