package sqlite_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// Environment variables of a child process: this test binary, run as a server.
const (
	crashPath  = "ESACERT_TEST_CRASH_DATABASE"
	crashRound = "ESACERT_TEST_CRASH_ROUND"
	crashWork  = "ESACERT_TEST_CRASH_WORK" // one of the constants below
)

// Values of crashWork.
const (
	applying = "apply"
	issuing  = "issue"
	opening  = "open"
	visiting = "visit"
	copying  = "copy"
	filling  = "fill"
	mounting = "mount"

	openingFull = "open on a full disk"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		work := map[string]func(path, round string) error{
			applying: applyUntilKilled, issuing: issueUntilKilled, opening: openOnce, visiting: visit, copying: copyLive, filling: fillUp, mounting: fillFileSystem, openingFull: openFull,
		}[os.Getenv(crashWork)]
		fmt.Fprintln(os.Stderr, work(path, os.Getenv(crashRound)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const (
	crashRounds  = 5
	crashWriters = 32
)

// applyUntilKilled prints each acknowledged write on stdout with one call, so that
// a kill leaves no partial line.
func applyUntilKilled(path, round string) error {
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	failures := make(chan error)
	for writer := range crashWriters {
		go func() {
			for n := 0; ; n++ {
				if err := applyOnce(s, fmt.Sprintf("%s-%d-%d", round, writer, n), n); err != nil {
					failures <- err
				}
			}
		}()
	}
	return <-failures
}

func applyOnce(s store.Store, request string, n int) error {
	b := batch(namesOf(request, 1+n%2*2)...)
	b.RequestID = request
	b.DNSRecordsEach = 1 + n%3
	b.Nonce = nonceOf(request)
	made, err := s.Apply(context.Background(), b)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(os.Stdout, "applied %s %d %d\n", request, made[0].ID, len(made)); err != nil {
		return err
	}
	if n%4 != 0 {
		return nil
	}
	if err := s.Finish(context.Background(), made[0].ID, store.Failed, baseTime()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "failed %s %d %d\n", request, made[0].ID, len(made))
	return err
}

func namesOf(request string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s.%d.example.com", request, i))
	}
	return names
}

func nonceOf(request string) store.Nonce {
	sum := sha256.Sum256([]byte(request))
	return store.Nonce{Key: store.NonceKey(sum[:16]), Expires: baseTime().Add(15 * time.Minute)}
}

// ack is one line of output of the server.
type ack struct {
	verb, request string
	first         int64
	names         int
}

// TestCrash kills a server under load, several times on one file, and checks that
// every acknowledged write is stored once and completely.
func TestCrash(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	random := rand.New(rand.NewPCG(20261123, 1))
	var lines []ack
	for round := range crashRounds {
		lines = append(lines, crashAfter(t, path, applying, round, 50+random.IntN(1500))...)
		s := openAt(t, sqlite.Config{Path: path})
		wantAcknowledged(t, s, lines)
		mustClose(t, s)
		assertIntegrity(t, path)
	}
	t.Logf("%d acknowledgements in %d rounds", len(lines), crashRounds)
}

// crashAfter runs the server for at least the given number of lines, kills it, and
// returns all lines that it printed.
func crashAfter(t *testing.T, path, work string, round, atLeast int) (lines []ack) {
	t.Helper()
	server := exec.CommandContext(t.Context(), os.Args[0])
	server.Env = append(os.Environ(), crashPath+"="+path, crashWork+"="+work, fmt.Sprintf("%s=%d", crashRound, round))
	var stderr strings.Builder
	server.Stderr = &stderr
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(stdout)
	for scanner.Scan() {
		var l ack
		if _, err := fmt.Sscan(scanner.Text(), &l.verb, &l.request, &l.first, &l.names); err != nil {
			t.Fatalf("line %q: %v", scanner.Text(), err)
		}
		lines = append(lines, l)
		if len(lines) != atLeast {
			continue
		}
		wantOwner(t, path, server.Process.Pid)
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	if err := scanner.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if err := server.Wait(); err == nil || len(lines) < atLeast {
		t.Fatalf("the server exited after %d lines: %v: %s", len(lines), err, stderr.String())
	}
	return lines
}

// wantOwner tries to open a database that a living server has open.
func wantOwner(t *testing.T, path string, pid int) {
	t.Helper()
	_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if !errors.Is(err, sqlite.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", pid)) {
		t.Errorf("Open while the server runs: %v, want ErrInUse and process %d", err, pid)
	}
}

func wantAcknowledged(t *testing.T, s store.Store, lines []ack) {
	t.Helper()
	byID, byRequest := make(map[int64]store.Application), make(map[string][]store.Application)
	for _, a := range applications(t, s) {
		byID[a.ID] = a
		byRequest[a.RequestID] = append(byRequest[a.RequestID], a)
	}
	for _, l := range lines {
		for i, name := range namesOf(l.request, l.names) {
			if got := byID[l.first+int64(i)]; got.Domain != name || got.RequestID != l.request {
				t.Errorf("%s was acknowledged as %d, stored is %+v", name, l.first+int64(i), got)
			}
		}
		if got := byID[l.first].Status; l.verb == "failed" && got != store.Failed {
			t.Errorf("%d was acknowledged as failed and is %s", l.first, got)
		}
	}
	nonces := make(map[store.NonceKey]bool)
	err := s.Nonces(t.Context(), baseTime(), func(n store.Nonce) error { nonces[n.Key] = true; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for request, rows := range byRequest { // including those that were not acknowledged
		var number int
		if _, err := fmt.Sscanf(request[strings.LastIndex(request, "-")+1:], "%d", &number); err != nil {
			t.Fatal(err)
		}
		if want := 1 + number%2*2; len(rows) != want {
			t.Errorf("%s has %d rows, want %d", request, len(rows), want)
		}
		if !nonces[nonceOf(request).Key] {
			t.Errorf("the nonce of %s is not stored", request)
		}
	}
}
