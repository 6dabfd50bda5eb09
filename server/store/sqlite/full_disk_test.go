package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// Ping fails exactly as long as calls do.
func TestPingWhenFull(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := openAt(t, sqlite.Config{Path: path, MaxBytes: 1 << 20})
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	for i := uint64(0); err == nil && i < 1000; i++ {
		nonces := make([]store.Nonce, 1000)
		for n := range nonces {
			nonces[n] = store.Nonce{Key: store.NonceKey{byte(i), byte(n >> 8), byte(n)}, Expires: baseTime()}
		}
		err = s.SaveNonces(t.Context(), nonces)
	}
	if !errors.Is(err, sqlite.ErrFull) {
		t.Fatalf("SaveNonces: %v, want ErrFull", err)
	}
	for range 10 {
		if err := s.Ping(t.Context()); !errors.Is(err, sqlite.ErrFull) || !strings.Contains(err.Error(), "a write of 65520 bytes fails") {
			t.Fatalf("Ping of a full database: %v", err)
		}
	}
	if err := s.DeleteExpiredNonces(t.Context(), baseTime().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping when space is available again: %v", err)
	}
	mustApply(t, s, batch("a.example.com"))
	mustClose(t, s)
	assertIntegrity(t, path)
	if n := otherProgram(t, path).value(`SELECT count(*) FROM nonces`); n != "0" {
		t.Errorf("%s blocks of probes are left", n)
	}
}

// A full disk does not stop the store while the log can be copied into the database
// and truncated. When no space is left, Ping fails; when space is available again,
// it succeeds. A limit on the size of the files of the process replaces a small
// disk.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	output := runProcess(t, filling, path)
	var accepted int
	var largestLog int64
	if _, err := fmt.Sscanf(output, "accepted %d, log %d", &accepted, &largestLog); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	// Each needs 8 KB of the limit of 2 MiB. Without a checkpoint the log reaches
	// the limit after some 30 calls.
	if accepted < 150 {
		t.Errorf("%d calls were accepted: the log was not truncated\n%s", accepted, output)
	}
	for _, want := range []string{"full: 10 of 10 pings fail", "with space: ping <nil>, apply <nil>, log below 1 MiB"} {
		if !strings.Contains(output, want) {
			t.Errorf("the server does not report %q:\n%s", want, output)
		}
	}
	assertIntegrity(t, path)
}
