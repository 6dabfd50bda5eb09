package operations_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// shelf provides the dependencies of a service that lists and uploads certificates.
// Each list returns records, whatever the conditions, in pages.
type shelf struct {
	operations.Store // not called

	sites    []operations.Site
	records  []store.JobRecord
	usage    map[string]map[int64]int64 // by family
	quotas   map[string]int             // by family
	failures map[string]error           // by method

	queries   []store.CertificateQuery
	deletions []store.DeleteRequest
	uploads   []store.UploadRequest
	sealed    []int64
	revoked   []revocation
}

// revocation is a call of Revoke.
type revocation struct {
	id        int64
	authority string
	leaf      *x509.Certificate
}

func newShelf(records ...store.JobRecord) *shelf {
	return &shelf{
		sites:   []operations.Site{{ID: siteID, Name: "example.com", Access: operations.NS, Status: operations.Active, Plan: "standard"}},
		records: records, quotas: map[string]int{"lets_encrypt": 10, "digicert": 5, store.Uploaded: 5}, failures: map[string]error{},
	}
}

func (s *shelf) Site(_ context.Context, who string, id int64) (operations.Site, error) {
	for _, site := range s.sites {
		if who == account && site.ID == id {
			return site, s.failures["Site"]
		}
	}
	return operations.Site{}, operations.ErrNoSite
}

func (s *shelf) Sites(context.Context, string) ([]operations.Site, error) {
	return s.sites, s.failures["Sites"]
}

func (s *shelf) Quota(_ context.Context, _, _, family string) (int, error) {
	return s.quotas[family], s.failures["Quota"]
}

func (s *shelf) SiteUsage(_ context.Context, _, _, family string) (map[int64]int64, error) {
	return s.usage[family], s.failures["SiteUsage"]
}

func (s *shelf) ListCertificates(_ context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error) {
	s.queries = append(s.queries, q)
	total := int64(len(s.records))
	from := min(q.Offset, total)
	return s.records[from:min(from+int64(q.Limit), total)], total, s.failures["ListCertificates"]
}

func (s *shelf) FindCertificate(_ context.Context, who string, site, id int64) (store.JobRecord, error) {
	for _, r := range s.records {
		if who == account && site == siteID && r.ID == id {
			return r, s.failures["FindCertificate"]
		}
	}
	return store.JobRecord{}, errors.Join(store.ErrNotFound, s.failures["FindCertificate"])
}

func (s *shelf) DeleteCertificate(_ context.Context, r store.DeleteRequest) error {
	s.deletions = append(s.deletions, r)
	for _, record := range s.records {
		if record.ID == r.ID && r.Deleted != nil {
			r.Deleted(record)
		}
	}
	return s.failures["DeleteCertificate"]
}

func (s *shelf) Revoke(id int64, authority string, leaf *x509.Certificate) {
	s.revoked = append(s.revoked, revocation{id, authority, leaf})
}

func (s *shelf) SetCertificate(_ context.Context, r store.UploadRequest) (int64, error) {
	s.uploads = append(s.uploads, r)
	if err := s.failures["SetCertificate"]; err != nil {
		return 0, err
	}
	_, err := r.Seal(store.FirstID)
	return store.FirstID, err
}

func (s *shelf) SealKey(id int64, _ crypto.Signer) ([]byte, error) {
	s.sealed = append(s.sealed, id)
	return []byte("sealed"), s.failures["SealKey"]
}

func (s *shelf) service() *operations.Service {
	return operations.New(s, s, s, "cn-hangzhou", s, s)
}

func newCall(t testing.TB) *operations.Call {
	t.Helper()
	return &operations.Call{Context: t.Context(), Account: account, RequestID: "R-1", At: now}
}

// record returns a record of the site.
func record(id int64, domain string, status store.Status, notAfter time.Time) store.JobRecord {
	r := store.JobRecord{Application: store.Application{
		ID: id, Account: account, SiteID: siteID, Domain: domain, Type: "lets_encrypt", Status: status, CreatedAt: now, UpdatedAt: now,
	}}
	if !notAfter.IsZero() {
		r.Certificate = &store.Certificate{NotBefore: notAfter.AddDate(0, 0, -90), NotAfter: notAfter, Serial: "1", Fingerprint: "f"}
	}
	return r
}

func wantRefusal(t testing.TB, err error, want *esaerrors.Error) *refusal.Error {
	t.Helper()
	var refused *refusal.Error
	if !errors.As(err, &refused) || refused.Row != want {
		t.Errorf("got %v, want %v", err, want)
		return &refusal.Error{Row: want}
	}
	return refused
}
