package sqlite

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

// version1File creates a database of the first release, with rows.
func version1File(t *testing.T) (path string) {
	t.Helper()
	path = newFile(t)
	if err := migrated(t, path, []string{version1}); err != nil {
		t.Fatal(err)
	}
	c, err := connect(t.Context(), dsnOf(path))
	if err != nil {
		t.Fatal(err)
	}
	rows := `BEGIN; `
	for i, status := range []string{"Applying", "Issued", "Failed", "Applying", "Issued", "Issued"} {
		rows += fmt.Sprintf(`INSERT INTO applications VALUES (%d, 'a', 7, '%d.example.com', 'lets_encrypt', 'p', 'f', 1, '%s', 'R', %d, %d);`,
			store.FirstID+int64(i), i, status, 1000+i, 2000-i)
	}
	rows += `INSERT INTO quota_used VALUES ('a', 'p', 'f', 5); INSERT INTO records_used VALUES ('a', 7, 5); COMMIT`
	for _, script := range []string{rows, sqlCheckpoint} {
		if err := c.script(t.Context(), script); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Applications of the first release are processed after the migration: those in
// Applying are due from their last update, the others never, and all are counted.
func TestMigrateFromVersion1(t *testing.T) {
	t.Parallel()
	path := version1File(t)
	if _, err := OpenReader(t.Context(), path); !errors.Is(err, ErrOld) {
		t.Errorf("OpenReader before the migration: %v, want ErrOld", err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	records, err := s.ListRecords(t.Context(), store.Query{})
	if err != nil || len(records) != 6 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for i, r := range records {
		want := store.JobRecord{Application: store.Application{
			ID: store.FirstID + int64(i), Account: "a", SiteID: 7, Domain: fmt.Sprintf("%d.example.com", i), Type: "lets_encrypt",
			Plan: "p", Family: "f", DNSRecords: 1, Status: r.Status, RequestID: "R",
			CreatedAt: time.UnixMicro(int64(1000 + i)).UTC(), UpdatedAt: time.UnixMicro(int64(2000 - i)).UTC(),
		}}
		if r.Status == store.Applying {
			want.Progress.Due = want.UpdatedAt
		}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("record %d:\n%s", i, diff)
		}
	}
	wantCounts(t, s, map[store.Status]int64{store.Applying: 2, store.Issued: 3, store.Failed: 1})

	at := time.UnixMicro(3000)
	jobs, err := s.Lease(t.Context(), at, at.Add(time.Minute), 10)
	if err != nil || len(jobs) != 2 || jobs[0].ID != store.FirstID+3 || jobs[1].ID != store.FirstID {
		t.Fatalf("leased: %+v, %v; want the two that were Applying, the oldest first", jobs, err)
	}
	if err := s.Complete(t.Context(), jobs[0].Lease, store.Certificate{}, time.Time{}, at); err != nil {
		t.Error(err)
	}
	if err := s.Fail(t.Context(), jobs[1].Lease, store.Problem{}, at); err != nil {
		t.Error(err)
	}
	wantCounts(t, s, map[store.Status]int64{store.Issued: 4, store.Failed: 2})
	if u, err := s.Usage(t.Context(), "a", "p", "f", 7); err != nil || u != (store.QuotaUsage{Quota: 4, DNSRecords: 4}) {
		t.Errorf("usage: %+v, %v", u, err)
	}
}

func wantCounts(t *testing.T, s store.JobStore, want map[store.Status]int64) {
	t.Helper()
	counts, err := s.Counts(t.Context())
	if diff := cmp.Diff(want, counts.ByStatus); err != nil || diff != "" {
		t.Errorf("counts: %v\n%s", err, diff)
	}
}

// An empty database of the first release gets its counters too.
func TestMigrateEmptyVersion1(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := migrated(t, path, []string{version1}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	many(t, s, 3)
	wantCounts(t, s, map[store.Status]int64{store.Applying: 3})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Nonces stored by version 2 are returned without account and access key.
func TestMigrateNoncesOfVersion2(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := migrated(t, path, []string{version1, version2}); err != nil {
		t.Fatal(err)
	}
	c, err := connect(t.Context(), dsnOf(path))
	if err != nil {
		t.Fatal(err)
	}
	want := store.Nonce{Key: store.NonceKey{1, 2, 3}, Expires: time.Unix(1000, 0).UTC()}
	expires, block := packNonces([]store.Nonce{want})
	_, err = c.exec(t.Context(), `INSERT INTO nonces (expires, block) VALUES (?, ?)`, expires, block)
	if err := errors.Join(err, c.script(t.Context(), sqlCheckpoint), c.close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var got []store.Nonce
	err = s.Nonces(t.Context(), time.Unix(0, 0), func(n store.Nonce) error { got = append(got, n); return nil })
	if diff := cmp.Diff([]store.Nonce{want}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
