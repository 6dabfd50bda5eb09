package sqlite_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// A reader sees what the writer beside it has committed, and the file of a
// writer that is gone.
func TestReaderBesideTheWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esa.db")
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r, err := sqlite.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	made, err := s.Apply(t.Context(), store.Batch{Account: "1", SiteID: 7, Domains: []string{"www.example.com"}, At: at, Quota: store.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := s.Lease(t.Context(), at, at.Add(time.Minute), 1)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%v, %v", jobs, err)
	}
	if err := s.Complete(t.Context(), jobs[0].Lease, store.Certificate{Chain: []byte("chain"), SealedKey: []byte("key")}, at, at); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"beside the writer", "after it"} {
		found, err := r.Records(t.Context(), store.Query{})
		if err != nil || len(found) != 1 || found[0].Status != store.Issued {
			t.Errorf("%s: %v, %v", when, found, err)
		}
		if c, err := r.Certificate(t.Context(), made[0].ID); err != nil || string(c.Chain) != "chain" || string(c.SealedKey) != "key" {
			t.Errorf("%s: %v, %v", when, c, err)
		}
		if err := errors.Join(r.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
		if r, err = sqlite.OpenReader(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := sqlite.OpenReader(t.Context(), filepath.Join(t.TempDir(), "none.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
