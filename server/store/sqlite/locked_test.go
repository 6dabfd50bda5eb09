package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// While another program holds the write lock, the writer and the queued callers
// wait. A caller whose context is done returns with nothing written; the others
// succeed when the lock is free. Readers do not wait.
func TestWaitingForTheLock(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path, BusyTimeout: time.Minute})
	mustApply(t, s, batch("old.example.com"))
	lock := otherProgram(t, path)
	lock.exec(`BEGIN IMMEDIATE`)

	ctx, cancel := context.WithCancel(t.Context())
	leaves, stays := make(chan error, 1), make(chan error, 1)
	go func() { _, err := s.Apply(ctx, batch("leaves.example.com")); leaves <- err }()
	go func() { _, err := s.Apply(t.Context(), batch("stays.example.com")); stays <- err }()

	cancel()
	if err := <-leaves; !errors.Is(err, context.Canceled) {
		t.Errorf("the canceled call: %v", err)
	}
	if usage, err := s.Usage(t.Context(), account, "enterprise", "lets_encrypt", site); err != nil || usage.Quota != 1 {
		t.Errorf("reading while the writer waits: %+v, %v", usage, err)
	}
	lock.exec(`COMMIT`)
	if err := <-stays; err != nil {
		t.Errorf("the waiting call: %v", err)
	}
	stored, err := s.Applications(t.Context(), store.Query{})
	if err != nil || len(stored) != 2 || stored[1].Domain != "stays.example.com" {
		t.Errorf("stored: %v, %v", stored, err)
	}
}

func TestLockedForTooLong(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path, BusyTimeout: time.Millisecond})
	lock := otherProgram(t, path)
	lock.exec(`BEGIN IMMEDIATE`)
	if _, err := s.Apply(t.Context(), batch("a.example.com")); !errors.Is(err, sqlite.ErrBusy) {
		t.Errorf("Apply: %v, want ErrBusy", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, sqlite.ErrBusy) {
		t.Errorf("Ping: %v, want ErrBusy", err)
	}
	lock.exec(`ROLLBACK`)
	mustApply(t, s, batch("a.example.com"))
}

// A rejected request writes nothing to the disk, so that a flood of them does not
// slow down others.
func TestRejectedRequestsWriteNothing(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	mustApply(t, s, batch("a.example.com"))
	before := content(t, path+"-wal")
	full := batch("b.example.com")
	full.Quota = 0
	for _, b := range []store.ApplyRequest{batch("b.example.com", "a.example.com"), full} {
		if _, err := s.Apply(t.Context(), b); err == nil {
			t.Errorf("%v was accepted", b.Domains)
		}
	}
	if err := s.Finish(t.Context(), 1, store.Issued, baseTime()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Finish: %v", err)
	}
	if !bytes.Equal(before, content(t, path+"-wal")) {
		t.Error("the log has changed")
	}
}

// Ping writes to the log.
func TestPingWrites(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path})
	before := len(content(t, path+"-wal"))
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := len(content(t, path+"-wal")); after <= before {
		t.Errorf("the log has %d bytes, before Ping %d", after, before)
	}
}
