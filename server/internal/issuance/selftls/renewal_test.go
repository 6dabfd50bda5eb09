package selftls_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/selftls"
)

// TestRenewalWhileRunning runs a server for twelve years. Every day it must be
// accepted by a client with the current root, and by a client with the initial
// root while that is valid.
func TestRenewalWhileRunning(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	watch, log := newClock(), &bytes.Buffer{}
	identity := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now, Logger: slog.New(slog.NewTextHandler(log, nil))})
	first := rootOf(t, identity.Root())
	last, leaves := leafOf(t, identity), 1
	for watch.now().Before(newClock().at.Add(12 * year)) {
		watch.move(day)
		leaf := leafOf(t, identity)
		if !leaf.Equal(last) {
			leaves++
			if left := last.NotAfter.Sub(watch.now()); left < 29*day || left > 31*day {
				t.Fatalf("renewed %v before expiry", left)
			}
			last = leaf
		}
		if err := verify(leaf, rootOf(t, readFile(t, identity.RootFile())), "localhost", watch.now()); err != nil {
			t.Fatalf("%s, root of the day: %v", watch.now(), err)
		}
		if watch.now().Before(first.NotAfter) {
			if err := verify(leaf, first, "localhost", watch.now()); err != nil {
				t.Fatalf("%s, root of the start: %v", watch.now(), err)
			}
		}
	}
	if leaves < 60 || leaves > 80 {
		t.Errorf("%d certificates in twelve years", leaves)
	}
	now := rootOf(t, identity.Root())
	if now.Equal(first) || !bytes.Equal(now.RawSubject, first.RawSubject) || !bytes.Equal(now.RawSubjectPublicKeyInfo, first.RawSubjectPublicKeyInfo) || now.SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Error("the renewed root does not have the same key and name and a new serial number")
	}
	if !now.PermittedDNSDomainsCritical || strings.Join(now.PermittedDNSDomains, " ") != strings.Join(first.PermittedDNSDomains, " ") || len(now.PermittedIPRanges) != len(first.PermittedIPRanges) {
		t.Errorf("the renewed root permits %v %v", now.PermittedDNSDomains, now.PermittedIPRanges)
	}
	if logged := log.String(); strings.Count(logged, "HTTPS root renewed") != 1 || !strings.Contains(logged, "root="+identity.RootFile()) || strings.Count(logged, "HTTPS certificate issued") != leaves {
		t.Errorf("got %d renewals of the root in the log, want 1:\n%.500s", strings.Count(logged, "HTTPS root renewed"), logged)
	}
}

func TestRenewalAtTheStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		after      time.Duration
		leaf, root bool // renewed
	}{
		{"59 days", 58 * day, false, false},
		{"61 days", 62 * day, true, false},
		{"8 years", 8 * year, true, false},
		{"9.5 years", 9*year + 180*day, true, true},
		{"expired", 11 * year, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder, watch := t.TempDir(), newClock()
			before := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
			leaf := leafOf(t, before)
			watch.move(test.after)
			after := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
			if renewed := !leafOf(t, after).Equal(leaf); renewed != test.leaf {
				t.Errorf("certificate renewed: %t", renewed)
			}
			if renewed := !bytes.Equal(before.Root(), after.Root()); renewed != test.root {
				t.Errorf("root renewed: %t", renewed)
			}
			if err := verify(leafOf(t, after), rootOf(t, readFile(t, after.RootFile())), "127.0.0.1", watch.now()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRenewalIsShared checks that of two servers with the same directory, the
// second uses the certificate that the first renewed.
func TestRenewalIsShared(t *testing.T) {
	t.Parallel()
	folder, watch := t.TempDir(), newClock()
	one := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
	two := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
	watch.move(9*year + 180*day)
	if !leafOf(t, one).Equal(leafOf(t, two)) || !bytes.Equal(one.Root(), two.Root()) {
		t.Error("both servers renewed")
	}
	if err := verify(leafOf(t, two), rootOf(t, two.Root()), "localhost", watch.now()); err != nil {
		t.Error(err)
	}
}

// TestRenewalThatCannotBeKept checks that a certificate is used even if it cannot
// be written.
func TestRenewalThatCannotBeKept(t *testing.T) {
	t.Parallel()
	folder, watch, log := filepath.Join(t.TempDir(), "https"), newClock(), &bytes.Buffer{}
	identity := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	watch.move(89 * day)
	if err := verify(leafOf(t, identity), rootOf(t, identity.Root()), "localhost", watch.now().Add(2*day)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "HTTPS certificate not kept") {
		t.Errorf("got log %s", log)
	}
}

// TestClockSetBack checks that after the clock was set back, the certificate is
// valid by the new time.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	folder, watch := t.TempDir(), newClock()
	mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
	watch.move(10 * day)
	if err := os.Remove(filepath.Join(folder, "server.pem")); err != nil {
		t.Fatal(err)
	}
	identity := mustOpen(t, selftls.Options{Dir: folder, Now: watch.now})
	watch.move(-9 * day)
	if err := verify(leafOf(t, identity), rootOf(t, identity.Root()), "localhost", watch.now()); err != nil {
		t.Error(err)
	}
	watch.move(-30 * day)
	_, err := selftls.Open(selftls.Options{Dir: folder, Now: watch.now})
	wantFileError(t, err, filepath.Join(folder, "root-key.pem"), "set the clock")
}

func TestModesAreChecked(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no mode bits")
	}
	for _, name := range []string{"root-key.pem", "server.pem"} {
		folder := t.TempDir()
		mustOpen(t, selftls.Options{Dir: folder, Now: newClock().now})
		path := filepath.Join(folder, name)
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		_, err := selftls.Open(selftls.Options{Dir: folder, Now: newClock().now})
		wantFileError(t, err, path, "insecure mode 0640, want 0600; run chmod 600 "+path)
	}
}
