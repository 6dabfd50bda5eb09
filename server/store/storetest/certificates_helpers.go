package storetest

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

// otherAccount and otherSite have records that no call for the sample may return.
const (
	otherAccount       = "1000000000000002"
	otherSite    int64 = site + 1
)

// sampleQuery selects all records of the site of the sample.
func sampleQuery() store.CertificateQuery {
	return store.CertificateQuery{Account: account, SiteID: site, Limit: 500}
}

// sampleUpload is an upload of a certificate with the given name, for the domain
// names, that no limit stops.
func sampleUpload(name string, domains ...string) store.UploadRequest {
	c := certificateOf(1)
	c.SealedKey = nil
	return store.UploadRequest{
		Account: account, SiteID: site, Name: name, Domain: domains[0], Names: domains, Region: "cn-hangzhou", Certificate: c,
		RequestID: "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", At: baseTime(), Seal: sealFor,
		Plan: plan, Quota: store.Unlimited,
	}
}

// sealFor returns a sealed key that depends on the owner.
func sealFor(id int64) ([]byte, error) { return fmt.Appendf(nil, "sealed key of upload %d", id), nil }

func mustUpload(t tester, s store.JobStore, r store.UploadRequest) int64 {
	t.Helper()
	id, err := s.SetCertificate(t.Context(), r)
	if err != nil {
		t.Fatalf("SetCertificate(%q): %v", r.Name, err)
	}
	return id
}

// mustDelete deletes a record of the site of the sample.
func mustDelete(t tester, s store.JobStore, id int64) {
	t.Helper()
	must(t, s.DeleteCertificate(t.Context(), deleteOf(id)))
}

func deleteOf(id int64) store.DeleteRequest {
	return store.DeleteRequest{Account: account, SiteID: site, ID: id, At: at(7)}
}

func mustList(t tester, s store.JobStore, q store.CertificateQuery) ([]store.JobRecord, int64) {
	t.Helper()
	page, total, err := s.ListCertificates(t.Context(), q)
	if err != nil {
		t.Fatalf("ListCertificates(%+v): %v", q, err)
	}
	return page, total
}

// wantListed compares the domain names of a list, sorted, and its total with want.
func wantListed(t tester, s store.JobStore, q store.CertificateQuery, want ...string) {
	t.Helper()
	page, total := mustList(t, s, q)
	var got []string
	for _, r := range page {
		got = append(got, r.Domain)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || total != int64(len(want)) {
		t.Fatalf("ListCertificates(%+v): total %d, want %d (-want +got):\n%s", q, total, len(want), diff)
	}
}

func mustFind(t tester, s store.JobStore, id int64) store.JobRecord {
	t.Helper()
	r, err := s.FindCertificate(t.Context(), account, site, id)
	if err != nil {
		t.Fatalf("FindCertificate(%d): %v", id, err)
	}
	return r
}

// certificateState is everything that the store shows, with what only the
// operations of Certificates show, and the nonces.
type certificateState struct {
	State   state
	Listed  []store.JobRecord
	Deleted []store.JobRecord
	Uploads map[int64]int64 // use of the quota of uploads, by site
	Sites   map[int64]int64 // use of the quota of the sample, by site
	Nonces  int
}

func certificateStateOf(t tester, s store.JobStore) certificateState {
	t.Helper()
	now := certificateState{State: stateOf(t, s)}
	now.Listed, _ = mustList(t, s, sampleQuery())
	now.Deleted = records(t, s, store.Query{Status: store.Deleted, Limit: store.MaxLimit})
	now.Uploads = mustSiteUsage(t, s, store.Uploaded)
	now.Sites = mustSiteUsage(t, s, family)
	now.Nonces = len(collect(t, s, baseTime()))
	return now
}

func mustSiteUsage(t tester, s store.JobStore, family string) map[int64]int64 {
	t.Helper()
	usage, err := s.SiteUsage(t.Context(), account, plan, family)
	if err != nil {
		t.Fatalf("SiteUsage: %v", err)
	}
	return usage
}

// inEveryStatus creates a record in each status but Deleted, and an uploaded one. All
// use 3 DNS records, except the uploaded one.
func inEveryStatus(t tester, s store.JobStore) map[string]int64 {
	t.Helper()
	b := sampleBatch("applying.example.com", "issued.example.com", "failed.example.com", "canceled.example.com")
	b.DNSRecordsEach = 3
	made := mustApply(t, s, b)
	for _, job := range mustLease(t, s, baseTime()) {
		switch job.Domain {
		case "applying.example.com":
			must(t, s.SaveOrder(t.Context(), job.Lease, orderOf(1)))
		case "issued.example.com":
			must(t, s.Complete(t.Context(), job.Lease, certificateOf(1), at(10), at(2)))
			renewal := mustLeaseOne(t, s, at(10))
			must(t, s.SaveOrder(t.Context(), renewal.Lease, orderOf(2)))
		case "failed.example.com":
			must(t, s.Fail(t.Context(), job.Lease, problemOf(1), at(3)))
		case "canceled.example.com":
			must(t, s.Cancel(t.Context(), job.ID, problemOf(2), at(4)))
		}
	}
	return map[string]int64{
		"Applying": made[0].ID, "Issued": made[1].ID, "Failed": made[2].ID, "Canceled": made[3].ID,
		"uploaded": mustUpload(t, s, sampleUpload("mine", "uploaded.example.com")),
	}
}
