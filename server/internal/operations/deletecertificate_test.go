package operations_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"testing"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// A deletion revokes the certificate in force that an authority issued, after the store
// has deleted it.
func TestDeletionsRevoke(t *testing.T) {
	t.Parallel()
	chain := certify(t, ecdsaKey(t), nil, "a.example.com") + certify(t, ecdsaKey(t), nil, "other.example.com")
	leaf, _ := pem.Decode([]byte(chain))
	issued := func(change func(r *store.JobRecord)) store.JobRecord {
		r := record(7, "a.example.com", store.Issued, now.Add(day))
		r.Certificate.Authority, r.Certificate.Chain = "letsencrypt", []byte(chain)
		if change != nil {
			change(&r)
		}
		return r
	}
	for _, tc := range []struct {
		name    string
		record  store.JobRecord
		failure error // of the store
		revoked bool
	}{
		{"issued", issued(nil), nil, true},
		{"superseded", issued(func(r *store.JobRecord) { r.Certificate.Superseded = true }), nil, true},
		{"failed after it was issued", issued(func(r *store.JobRecord) { r.Status = store.Failed }), nil, true},
		{"uploaded", issued(func(r *store.JobRecord) { r.Type = store.Uploaded }), nil, false},
		{"expired", issued(func(r *store.JobRecord) { r.Certificate.NotAfter = now }), nil, false},
		{"without a chain", issued(func(r *store.JobRecord) { r.Certificate.Chain = nil }), nil, false},
		{"Applying", record(7, "a.example.com", store.Applying, now.AddDate(-9, 0, 0)), nil, false},
		{"Applying without a certificate", issued(func(r *store.JobRecord) { r.Status, r.Certificate = store.Applying, nil }), nil, false},
		{"another record", issued(func(r *store.JobRecord) { r.ID = 8 }), nil, false},
		{"not deleted", issued(nil), errors.New("disk full"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(tc.record)
			s.failures["DeleteCertificate"] = tc.failure
			_, err := s.service().DeleteCertificate(newCall(t), esaapi.DeleteCertificateParams{SiteID: siteID, ID: "7"})
			if (err == nil) != (tc.failure == nil) {
				t.Fatal(err)
			}
			if !tc.revoked {
				if len(s.revoked) != 0 {
					t.Errorf("revoked %+v", s.revoked)
				}
				return
			}
			if len(s.revoked) != 1 {
				t.Fatalf("%d revocations, want 1", len(s.revoked))
			}
			if r := s.revoked[0]; r.id != 7 || r.authority != "letsencrypt" || !bytes.Equal(r.leaf.Raw, leaf.Bytes) {
				t.Errorf("revoked the certificate %v of application %d at %s", r.leaf.DNSNames, r.id, r.authority)
			}
		})
	}
	t.Run("no revoker", func(t *testing.T) {
		t.Parallel()
		s := newShelf(issued(nil))
		service := operations.New(s, s, s, "cn-hangzhou", s, nil)
		if _, err := service.DeleteCertificate(newCall(t), esaapi.DeleteCertificateParams{SiteID: siteID, ID: "7"}); err != nil || s.deletions[0].Deleted != nil {
			t.Errorf("%v; the store reports the record: %v", err, s.deletions[0].Deleted != nil)
		}
	})
}
