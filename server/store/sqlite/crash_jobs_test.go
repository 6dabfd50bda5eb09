package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	crashAppliers = 4
	crashWorkers  = 16
	crashUploads  = 2
	crashLease    = 20 * time.Millisecond // short, so that some end while they are used
)

// issueUntilKilled applies, leases, saves orders, and ends leases in each way. It
// uploads certificates, replaces some, and deletes some records of each kind.
// It says on stdout what it was told is stored: what, the name of the thing, the
// application, and the attempt.
func issueUntilKilled(path, round string) error {
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	failures := make(chan error)
	for applier := range crashAppliers {
		go func() {
			for n := 0; ; n++ {
				if _, err := s.Apply(context.Background(), batch(fmt.Sprintf("%s-%d-%d.example.com", round, applier, n))); err != nil {
					failures <- err
				}
			}
		}()
	}
	for range crashWorkers {
		go func() {
			for {
				if err := issueSome(context.Background(), s); err != nil {
					failures <- err
				}
			}
		}()
	}
	for uploader := range crashUploads {
		go func() {
			for n := 0; ; n++ {
				if err := uploadSome(context.Background(), s, fmt.Sprintf("%s-%d-%d", round, uploader, n), n); err != nil {
					failures <- err
				}
			}
		}()
	}
	return <-failures
}

// uploadSome uploads a certificate, replaces every second one, and deletes every
// third.
func uploadSome(ctx context.Context, s store.JobStore, name string, n int) error {
	u := store.UploadRequest{
		Account: account, SiteID: site, Name: name, Domain: name + ".example.com", Names: []string{name + ".example.com"}, Certificate: certificate(name),
		At: time.Now(), Seal: func(id int64) ([]byte, error) { return fmt.Appendf(nil, "key %s %d", name, id), nil }, Plan: "enterprise", Quota: store.Unlimited,
	}
	id, err := s.SetCertificate(ctx, u)
	if err != nil {
		return err
	}
	if err := printAck("uploaded", name, store.Lease{ApplicationID: id}); err != nil {
		return err
	}
	if n%2 == 0 {
		again := name + "-replaced"
		u.ID, u.Name, u.Certificate = id, again, certificate(again)
		u.Seal = func(id int64) ([]byte, error) { return fmt.Appendf(nil, "key %s %d", again, id), nil }
		if _, err := s.SetCertificate(ctx, u); err != nil {
			return err
		}
		if err := printAck("replaced", again, store.Lease{ApplicationID: id}); err != nil {
			return err
		}
	}
	if n%3 != 0 {
		return nil
	}
	return deleteOne(ctx, s, name, store.Lease{ApplicationID: id})
}

func deleteOne(ctx context.Context, s store.JobStore, name string, l store.Lease) error {
	err := s.DeleteCertificate(ctx, store.DeleteRequest{Account: account, SiteID: site, ID: l.ApplicationID, At: time.Now()})
	if errors.Is(err, store.ErrNotFound) { // another worker has deleted it
		return nil
	}
	if err != nil {
		return err
	}
	return printAck("deleted", name, l)
}

func issueSome(ctx context.Context, s store.JobStore) error {
	now := time.Now()
	jobs, err := s.Lease(ctx, now, now.Add(crashLease), 3)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if err := issueOne(ctx, s, job); err != nil && !errors.Is(err, store.ErrFenced) {
			return err
		}
	}
	return nil
}

// issueOne performs a step: it saves an order first, and completes or fails the
// application in the next lease. A certificate is renewed once, immediately.
func issueOne(ctx context.Context, s store.JobStore, job store.Job) error {
	name := fmt.Sprintf("%d-%d", job.ID, job.Lease.Attempt)
	switch n := job.ID + job.Lease.Attempt; {
	case job.Type == store.Uploaded:
		return s.Reschedule(ctx, job.Lease, store.Rescheduling{Due: time.Now().Add(time.Hour), Delivered: true})
	case n%7 == 0: // Applying, with an order or without, or Issued
		return deleteOne(ctx, s, name, job.Lease)
	case job.Order == nil:
		o := store.Order{URL: name, SealedKey: []byte("order " + name), CreatedAt: time.Now()}
		if err := s.SaveOrder(ctx, job.Lease, o); err != nil {
			return err
		}
		if err := printAck("ordered", name, job.Lease); err != nil || n%3 == 0 {
			return err // the lease expires
		}
		return s.Reschedule(ctx, job.Lease, store.Rescheduling{Due: time.Now()})
	case job.Certificate == nil && n%5 == 0:
		if err := s.Fail(ctx, job.Lease, store.Problem{Type: "refused", Detail: name}, time.Now()); err != nil {
			return err
		}
		return printAck("failed", name, job.Lease)
	default:
		due := time.Now()
		if job.Certificate != nil {
			due = time.Time{}
		}
		c := store.Certificate{Serial: name, Chain: []byte("chain " + name), SealedKey: []byte("key " + name), NotAfter: time.Now().Add(time.Hour)}
		if err := s.Complete(ctx, job.Lease, c, due, time.Now()); err != nil {
			return err
		}
		return printAck("completed", name, job.Lease)
	}
}

func printAck(verb, name string, l store.Lease) error {
	_, err := fmt.Fprintf(os.Stdout, "%s %s %d %d\n", verb, name, l.ApplicationID, l.Attempt)
	return err
}

// TestCrashOfIssuing kills a server that processes applications, several times on
// one file, and checks that every acknowledged write is stored.
func TestCrashOfIssuing(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	random := rand.New(rand.NewPCG(20261124, 1))
	verbs := make(map[string]int)
	last := make(map[int64]ack) // of each application, but for deletions
	deleted := make(map[int64]bool)
	rounds := crashRounds
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		for _, l := range crashAfter(t, path, issuing, round, 50+random.IntN(1500)) {
			verbs[l.verb]++
			if l.verb == "deleted" {
				deleted[l.first] = true
				continue
			}
			if l.names >= last[l.first].names {
				last[l.first] = l
			}
		}
		s := openAt(t, sqlite.Config{Path: path})
		orders := orderKeys(t, s)
		for _, l := range last {
			assertProcessed(t, s, l, orders)
		}
		for id := range deleted {
			wantDeleted(t, s, id)
		}
		mustClose(t, s)
		assertIntegrity(t, path)
	}
	t.Logf("acknowledged in %d rounds: %v", rounds, verbs)
	for _, verb := range []string{"ordered", "failed", "completed", "uploaded", "replaced", "deleted"} {
		if verbs[verb] == 0 {
			t.Errorf("no write was %s", verb)
		}
	}
}

// assertProcessed checks that the last acknowledged write of an application is
// stored, or a later one that was not acknowledged before the kill.
func assertProcessed(t *testing.T, s store.JobStore, l ack, orders map[int64]string) {
	t.Helper()
	r, err := s.FindCertificate(t.Context(), account, site, l.first)
	if errors.Is(err, store.ErrNotFound) {
		wantDeleted(t, s, l.first)
		return
	}
	if err != nil {
		t.Fatalf("%s %s: %v", l.verb, l.request, err)
	}
	if r.Type == store.Uploaded {
		wantUploaded(t, s, l, r)
		return
	}
	if r.Progress.Attempt < int64(l.names) {
		t.Errorf("%s %s: attempt %d, %d was acknowledged", l.verb, l.request, r.Progress.Attempt, l.names)
	}
	attempt := int64(-1) // of the certificate
	if c, err := s.Certificate(t.Context(), l.first); err == nil {
		var id int64
		if _, err := fmt.Sscanf(c.Serial, "%d-%d", &id, &attempt); err != nil || id != l.first ||
			string(c.Chain) != "chain "+c.Serial || string(c.SealedKey) != "key "+c.Serial {
			t.Errorf("%d has a mixed certificate: %+v", l.first, c)
		}
	}
	switch {
	case l.verb == "completed" && (r.Status != store.Issued || attempt < int64(l.names)):
		t.Errorf("%s was acknowledged as completed: status %s, certificate of attempt %d", l.request, r.Status, attempt)
	case l.verb == "failed" && (r.Status != store.Failed || r.Progress.Problem == nil || r.Progress.Problem.Detail != l.request):
		t.Errorf("%s was acknowledged as failed: status %s, %+v", l.request, r.Status, r.Progress.Problem)
	case l.verb == "ordered" && r.Status != store.Failed && attempt < int64(l.names) && orders[l.first] != "order "+l.request:
		t.Errorf("the order %s was acknowledged, stored is %q", l.request, orders[l.first])
	}
}

// wantDeleted looks for a record that is deleted, whole.
func wantDeleted(t *testing.T, s store.JobStore, id int64) {
	t.Helper()
	found, err := s.ListRecords(t.Context(), store.Query{Status: store.Deleted, After: id - 1, Limit: 1})
	if err != nil || len(found) != 1 || found[0].ID != id || found[0].Certificate != nil || !found[0].Progress.Due.IsZero() {
		t.Errorf("%d was deleted: %+v, %v", id, found, err)
	}
	if _, err := s.Certificate(t.Context(), id); !errors.Is(err, store.ErrNoCertificate) {
		t.Errorf("%d was deleted and has a certificate: %v", id, err)
	}
}

// wantUploaded looks for the last upload that was acknowledged of a record, or its
// replacement. Name, certificate and key must be of the same one.
func wantUploaded(t *testing.T, s store.JobStore, l ack, r store.JobRecord) {
	t.Helper()
	c, err := s.Certificate(t.Context(), r.ID)
	if err != nil || r.Status != store.Issued || c.Serial != r.Name || string(c.Chain) != "chain "+r.Name || string(c.SealedKey) != fmt.Sprintf("key %s %d", r.Name, r.ID) {
		t.Errorf("%d has an upload of pieces: %+v, %+v, %v", r.ID, r.Application, c, err)
	}
	if r.Name != l.request && (l.verb != "uploaded" || r.Name != l.request+"-replaced") {
		t.Errorf("%s was acknowledged as %s, it is %s", l.request, l.verb, r.Name)
	}
}

// orderKeys are the keys of all orders, by application.
func orderKeys(t *testing.T, s store.JobStore) map[int64]string {
	t.Helper()
	keys := make(map[int64]string)
	err := s.Sealed(t.Context(), func(k store.Sealed) error {
		var id int64
		if _, err := fmt.Sscanf(k.Owner, "order/%d", &id); err == nil {
			keys[id] = string(k.Key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
