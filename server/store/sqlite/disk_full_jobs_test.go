package sqlite_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// A certificate that does not fit on the disk is not stored in part and does not
// affect other writes. The same lease can store it once space is available.
func TestFullWhenIssuing(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path, MaxBytes: 300 << 10})
	mustApply(t, s, batch("large.example.com", "small.example.com", "fails.example.com"))
	jobs, err := s.Lease(t.Context(), baseTime(), baseTime().Add(time.Hour), 10)
	if err != nil || len(jobs) != 3 {
		t.Fatalf("%d leased, %v", len(jobs), err)
	}
	order := store.Order{Authority: "ca", URL: "u", SealedKey: []byte("key of the order"), CreatedAt: baseTime()}
	for _, job := range jobs {
		if err := s.SaveOrder(t.Context(), job.Lease, order); err != nil {
			t.Fatal(err)
		}
	}
	large := store.Certificate{Chain: []byte(strings.Repeat("chain", 100<<10)), SealedKey: []byte("key"), NotAfter: baseTime().Add(time.Hour)}
	before, err := s.ListRecords(t.Context(), store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	// Concurrently with one that fits, so that they may share a transaction.
	small := make(chan error, 1)
	go func() { small <- s.Complete(t.Context(), jobs[1].Lease, certificate("small"), time.Time{}, baseTime()) }()
	if err := s.Complete(t.Context(), jobs[0].Lease, large, time.Time{}, baseTime()); !errors.Is(err, sqlite.ErrFull) {
		t.Fatalf("Complete: %v, want ErrFull", err)
	}
	if err := <-small; err != nil {
		t.Errorf("the one that fits: %v", err)
	}
	after, err := s.ListRecords(t.Context(), store.Query{Limit: 1})
	if err != nil || after[0].Status != store.Applying || after[0].Certificate != nil || after[0].Progress != before[0].Progress {
		t.Errorf("after it did not fit: %+v, %v", after, err)
	}
	if _, err := s.Certificate(t.Context(), jobs[0].ID); !errors.Is(err, store.ErrNoCertificate) {
		t.Errorf("Certificate: %v, want ErrNoCertificate", err)
	}
	if keys := orderKeys(t, s); keys[jobs[0].ID] != string(order.SealedKey) || len(keys) != 2 {
		t.Errorf("orders: %v", keys)
	}
	// A write that needs no space succeeds.
	if err := s.Fail(t.Context(), jobs[2].Lease, store.Problem{Type: "refused"}, baseTime()); err != nil {
		t.Errorf("Fail: %v", err)
	}
	mustClose(t, s)
	assertIntegrity(t, path)

	s = openAt(t, sqlite.Config{Path: path}) // on a larger disk
	if err := s.Complete(t.Context(), jobs[0].Lease, large, time.Time{}, baseTime()); err != nil {
		t.Fatalf("Complete with enough space: %v", err)
	}
	if c, err := s.Certificate(t.Context(), jobs[0].ID); err != nil || string(c.Chain) != string(large.Chain) {
		t.Errorf("the certificate has %d bytes of chain, %v", len(c.Chain), err)
	}
	mustClose(t, s)
	assertIntegrity(t, path)
}

// Many workers fill a small database. The final state matches the result that each
// call returned.
func TestFullUnderLoad(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path, MaxBytes: 600 << 10})
	domains := make([]string, 400)
	for i := range domains {
		domains[i] = strings.Repeat("a", i+1) + ".example.com"
	}
	mustApply(t, s, batch(domains...))
	type outcome struct{ completed, refused []int64 }
	results := make(chan outcome)
	const workers = 8
	for range workers {
		go func() {
			var o outcome
			for {
				jobs, err := s.Lease(t.Context(), baseTime(), baseTime().Add(time.Hour), 1)
				if err != nil || len(jobs) == 0 {
					if err != nil {
						t.Errorf("Lease: %v", err)
					}
					results <- o
					return
				}
				c := certificate(jobs[0].Domain)
				c.Chain = []byte(strings.Repeat("c", 3000))
				switch err := s.Complete(t.Context(), jobs[0].Lease, c, time.Time{}, baseTime()); {
				case err == nil:
					o.completed = append(o.completed, jobs[0].ID)
				case errors.Is(err, sqlite.ErrFull):
					o.refused = append(o.refused, jobs[0].ID)
				default:
					t.Errorf("Complete: %v", err)
				}
			}
		}()
	}
	status := make(map[int64]store.Status)
	refused := 0
	for range workers {
		o := <-results
		for _, id := range o.completed {
			status[id] = store.Issued
		}
		for _, id := range o.refused {
			status[id] = store.Applying
		}
		refused += len(o.refused)
	}
	if refused == 0 || refused == len(domains) || len(status) != len(domains) {
		t.Fatalf("%d of %d were rejected, %d results: the limit was not reached", refused, len(domains), len(status))
	}
	records, err := s.ListRecords(t.Context(), store.Query{Limit: 1000})
	if err != nil || len(records) != len(domains) {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, r := range records {
		if r.Status != status[r.ID] || (r.Certificate != nil) != (r.Status == store.Issued) {
			t.Errorf("%d is %s with the certificate %+v, want %s as returned", r.ID, r.Status, r.Certificate, status[r.ID])
		}
	}
	mustClose(t, s)
	assertIntegrity(t, path)
}

func certificate(name string) store.Certificate {
	return store.Certificate{Serial: name, Chain: []byte("chain " + name), SealedKey: []byte("key " + name), NotAfter: baseTime().Add(time.Hour)}
}
