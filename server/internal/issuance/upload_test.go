package issuance_test

import (
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// upload stores an uploaded certificate for the name.
func (w *fixture) upload(id int64, name string) int64 {
	w.t.Helper()
	key := mustKey(w.t, 9)
	chain := newSigner(w.t, 8).sign(w.t, x509.Certificate{DNSNames: []string{name}}, key.Public())
	id, err := w.db.SetCertificate(w.t.Context(), store.UploadRequest{
		Account: account, SiteID: siteID, ID: id, Name: "shop", Domain: name, Names: []string{name}, At: w.clock.now(),
		Certificate: store.Certificate{Chain: chain, NotBefore: baseTime(), NotAfter: baseTime().Add(90 * day)},
		Plan:        "enterprise", Quota: store.Unlimited,
		Seal: func(id int64) ([]byte, error) { return issuance.SealKey(w.ring, id, key) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestUploadIsDeliveredAndNotRenewed(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{}
	w := newFixture(t, delivering(p))
	id := w.upload(0, "shop.example.com")
	w.run(1)
	if r := w.record(id); !r.Certificate.Delivered || fmt.Sprint(p.got) != "[shop.example.com 0]" {
		t.Fatalf("delivered %q, %+v", p.got, r.Certificate)
	}
	w.stepTo(baseTime().Add(89 * day))
	if r := w.record(id); len(p.got) != 1 || r.Certificate.Renewals != 0 || r.Status != store.Issued || r.Certificate.Superseded {
		t.Errorf("after 89 days: delivered %q, %+v", p.got, r)
	}
	w.upload(id, "shop.example.com")
	w.run(1)
	if fmt.Sprint(p.got) != "[shop.example.com 0 shop.example.com 1]" {
		t.Errorf("after a replacement: delivered %q", p.got)
	}
}

// An uploaded certificate does not end the renewals of a free one for its name.
func TestUploadDoesNotSupersede(t *testing.T) {
	t.Parallel()
	w := newFixture(t, delivering(&recordingDeliverer{}))
	id := w.apply("www.example.com")[0].ID
	w.stepTo(baseTime().Add(day))
	w.upload(0, "www.example.com")
	w.stepTo(baseTime().Add(61 * day))
	if r := w.record(id); r.Certificate.Renewals != 1 || r.Certificate.Superseded {
		t.Errorf("%+v", r.Certificate)
	}
}

// What is deleted during a step is not put in use afterwards.
func TestDeletedDuringAStep(t *testing.T) {
	t.Parallel()
	for _, point := range []string{issuance.PointLeased, issuance.PointOrdered, issuance.PointSaved, issuance.PointFulfilled, issuance.PointCompleted} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			var w *fixture
			var id int64
			w = newFixture(t, delivering(&recordingDeliverer{}), func(o *issuance.Options) {
				o.Checkpoint = func(p string) {
					if p == point {
						if err := w.db.DeleteCertificate(t.Context(), store.DeleteRequest{Account: account, SiteID: siteID, ID: id, At: w.clock.now()}); err != nil {
							t.Error(err)
						}
					}
				}
			})
			id = w.apply("www.example.com")[0].ID
			w.run(1)
			found, err := w.db.ListRecords(t.Context(), store.Query{Status: store.Deleted})
			if err != nil || len(found) != 1 || found[0].Certificate != nil || !found[0].Progress.Due.IsZero() || w.hasOrder(id) {
				t.Errorf("%+v, %v", found, err)
			}
			usage, err := w.db.Usage(t.Context(), account, "enterprise", "lets_encrypt", siteID)
			if err != nil || usage.Quota != 0 {
				t.Errorf("usage %+v, %v", usage, err)
			}
		})
	}
}
