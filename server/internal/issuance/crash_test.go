//go:build unix

package issuance_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/crashtest"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// TestMain runs the worker if the test binary was started by a crash test.
func TestMain(m *testing.M) {
	if w := crashtest.Child(); w != nil {
		os.Exit(w.Run(map[string]crashtest.WorkerFunc{"issue": issueAll, "spend": issueAll}))
	}
	os.Exit(m.Run())
}

const (
	crashApplications = 200
	crashWorkers      = 6
)

// Files in the directory of a crash test.
func crashDatabase(folder string) string { return filepath.Join(folder, "esacert.db") }
func crashKeys(folder string) string     { return filepath.Join(folder, "keys") }

// issueAll issues all open applications of the database. The argument is the
// lease.
func issueAll(ctx context.Context, w *crashtest.Worker) (err error) {
	lease, err := time.ParseDuration(w.Argument)
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, sqlite.Config{Path: crashDatabase(w.Dir)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ring, err := seal.Load(crashKeys(w.Dir))
	if err != nil {
		return err
	}
	ca, err := localca.Open(localca.Options{Dir: filepath.Join(w.Dir, "localca")})
	if err != nil {
		return err
	}
	counted, err := w.Recording(ca)
	if err != nil {
		return err
	}
	observer, err := w.Observer()
	if err != nil {
		return err
	}
	o := issuance.Options{
		Observer: observer, Jobs: db, Sites: &sites{}, Keys: ring, Checkpoint: w.Checkpoint,
		Authorities: map[string]issuance.Authority{authority: counted},
		Routes:      map[string]string{"lets_encrypt": authority},
		Seed:        w.Seed, KeyType: issuance.ECDSAP256, Workers: crashWorkers, Lease: lease, Poll: 20 * time.Millisecond,
	}
	if w.Scenario == "spend" {
		o.Limits = map[string]issuance.Limits{authority: {Orders: crashLimit()}}
	}
	loop, err := issuance.New(o)
	if err != nil {
		return err
	}
	return crashtest.UntilIssued(ctx, db, loop)
}

// newCrashDir creates a directory with a database of open applications and keys.
func newCrashDir(t *testing.T, applications int) string {
	t.Helper()
	folder := t.TempDir()
	if _, err := seal.Create(crashKeys(folder)); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: crashDatabase(folder)})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range namesBelow(applications, "example.com") {
		_, err := db.Apply(t.Context(), store.ApplyRequest{
			Account: account, SiteID: siteID, Domains: []string{name}, Type: "lets_encrypt", RequestID: "R", At: time.Now(),
			Plan: "enterprise", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// audit checks the result of a crash test.
func audit(t *testing.T, folder string, applications int) (crashtest.Report, crashtest.Tally) {
	t.Helper()
	ring, err := seal.Load(crashKeys(folder))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: crashDatabase(folder)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	report := crashtest.Audit(t, db, ring, applications)
	err = db.Sealed(t.Context(), func(s store.Sealed) error {
		if strings.HasPrefix(s.Owner, "order/") {
			t.Errorf("the store still has an order: %s", s.Owner)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	entries, err := crashtest.ReadEvents(folder)
	if err != nil {
		t.Fatal(err)
	}
	tally := crashtest.Count(entries)
	if tally.DoubleIssued > 0 {
		t.Errorf("got %d orders with two certificates, want 0", tally.DoubleIssued)
	}
	if report.Certificates != applications || tally.Certificates != applications || tally.Finalized != applications {
		t.Errorf("%d certificates in use, %d signed, by %d orders; want %d of each",
			report.Certificates, tally.Certificates, tally.Finalized, applications)
	}
	for typ, n := range tally.Problems {
		if typ != issuance.ProblemTimeout && typ != issuance.ProblemBudget {
			t.Errorf("got %d steps recorded as %s, want 0", n, typ)
		}
	}
	return report, tally
}

// TestKill issues 200 applications with several workers and SIGKILL at random
// checkpoints.
func TestKill(t *testing.T) {
	t.Parallel()
	folder := newCrashDir(t, crashApplications)
	r := crashtest.Run(t, crashtest.Plan{Scenario: "issue", Dir: folder, Argument: "1s", Seed: 20261124, Kill: 0.03})
	report, tally := audit(t, folder, crashApplications)
	if r.Killed() < 10 {
		t.Errorf("only %d kills", r.Killed())
	}
	t.Logf("%d kills %v: %d/%d issued, %d certificates, %d orders, %d left over, %d signings, %d orders finalized twice, problems %v",
		r.Killed(), r.Kills, report.Issued, crashApplications, report.Certificates, tally.Orders, tally.Orders-tally.Finalized, tally.Signings, tally.DoubleIssued, tally.Problems)
}

// TestStopped is TestKill with SIGSTOP for longer than the lease.
func TestStopped(t *testing.T) {
	t.Parallel()
	folder := newCrashDir(t, crashApplications)
	const lease = 400 * time.Millisecond
	r := crashtest.Run(t, crashtest.Plan{
		Scenario: "issue", Dir: folder, Argument: lease.String(), Seed: 20261124, Stop: 0.02, StopDuration: lease * 3 / 2,
	})
	report, tally := audit(t, folder, crashApplications)
	if r.Stopped() < 5 {
		t.Errorf("only %d stops", r.Stopped())
	}
	t.Logf("%d stops %v: %d/%d issued, %d certificates, %d orders, %d left over, %d signings, %d orders finalized twice, problems %v",
		r.Stopped(), r.Stops, report.Issued, crashApplications, report.Certificates, tally.Orders, tally.Orders-tally.Finalized, tally.Signings, tally.DoubleIssued, tally.Problems)
}

func crashLimit() issuance.Limit { return issuance.Limit{Events: 20, Per: 2 * time.Second} }

// TestRateLimitSurvivesKills checks that all starts share one rate limit. A crash
// may only reduce the number of orders.
func TestRateLimitSurvivesKills(t *testing.T) {
	t.Parallel()
	const applications = 60
	folder := newCrashDir(t, applications)
	begun := time.Now()
	r := crashtest.Run(t, crashtest.Plan{Scenario: "spend", Dir: folder, Argument: "500ms", Seed: 20261124, Kill: 0.02})
	took := time.Since(begun)
	_, tally := audit(t, folder, applications)
	limit := crashLimit()
	allowed := limit.Events + int(took/(limit.Per/time.Duration(limit.Events))) + 1
	if tally.Orders > allowed {
		t.Errorf("%d orders in %v, %d allowed by %v", tally.Orders, took, allowed, limit)
	}
	if least := limit.Per / time.Duration(limit.Events) * time.Duration(applications-limit.Events); took < least {
		t.Errorf("%d orders took %v, by %v they take %v at least", tally.Orders, took, limit, least)
	}
	t.Logf("%d kills: %d orders granted in %v, %d allowed by %v", r.Killed(), tally.Orders, took, allowed, limit)
}

// benchApplications returns the number of applications of BenchmarkIssue:
// ESACERT_BENCH_APPLICATIONS, or 10,000.
func benchApplications(b *testing.B) int {
	value := os.Getenv("ESACERT_BENCH_APPLICATIONS")
	if value == "" {
		return 10_000
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		b.Fatalf("ESACERT_BENCH_APPLICATIONS is %q, want a number", value)
	}
	return n
}

// BenchmarkIssue issues 10,000 applications by the local authority with a SQLite
// file, like the daemon.
func BenchmarkIssue(b *testing.B) {
	n := benchApplications(b)
	for _, workers := range []int{1, 2, 4} {
		for _, pause := range []time.Duration{-1, issuance.DefaultPause} {
			b.Run(fmt.Sprintf("workers=%d/pause=%v", workers, max(pause, 0)), func(b *testing.B) {
				for range b.N {
					benchIssue(b, n, workers, pause)
				}
			})
		}
	}
}

func benchIssue(b *testing.B, n, workers int, pause time.Duration) {
	b.StopTimer()
	db, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "esacert.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	names := namesBelow(n, "example.com")
	for len(names) > 0 {
		batch := names[:min(50, len(names))]
		names = names[len(batch):]
		_, err := db.Apply(b.Context(), store.ApplyRequest{
			Account: account, SiteID: siteID, Domains: batch, Type: "lets_encrypt", RequestID: "R", At: time.Now(),
			Plan: "enterprise", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	ring, err := seal.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	ca, err := localca.Open(localca.Options{})
	if err != nil {
		b.Fatal(err)
	}
	loop, err := issuance.New(issuance.Options{
		Jobs: db, Sites: &sites{}, Keys: ring, KeyType: issuance.ECDSAP256, Workers: workers, Pause: pause,
		Authorities: map[string]issuance.Authority{authority: ca}, Routes: map[string]string{"lets_encrypt": authority},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
	begun := time.Now()
	if err := crashtest.UntilIssued(b.Context(), db, loop); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "applications/s")
}
