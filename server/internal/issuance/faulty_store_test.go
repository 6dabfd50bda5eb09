package issuance_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// faulty is a store with fault injection.
type faulty struct {
	store.Jobs
	mu   sync.Mutex
	errs map[string]error
	hits map[string]int
}

func (f *faulty) err(method string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.hits == nil {
		f.hits = map[string]int{}
	}
	f.hits[method]++
	return f.errs[method]
}

func (f *faulty) set(method string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.errs == nil {
		f.errs = map[string]error{}
	}
	f.errs[method] = err
}

func (f *faulty) Lease(ctx context.Context, now, until time.Time, limit int) ([]store.Job, error) {
	if err := f.err("Lease"); err != nil {
		return nil, err
	}
	return f.Jobs.Lease(ctx, now, until, limit)
}

func (f *faulty) SaveOrder(ctx context.Context, l store.Lease, o store.Order) error {
	if err := f.err("SaveOrder"); err != nil {
		return err
	}
	return f.Jobs.SaveOrder(ctx, l, o)
}

func (f *faulty) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	if err := f.err("Complete"); err != nil {
		return err
	}
	return f.Jobs.Complete(ctx, l, c, due, at)
}

func (f *faulty) Reschedule(ctx context.Context, l store.Lease, n store.Rescheduling) error {
	if err := f.err("Reschedule"); err != nil {
		return err
	}
	return f.Jobs.Reschedule(ctx, l, n)
}

func (f *faulty) Fail(ctx context.Context, l store.Lease, p store.Problem, at time.Time) error {
	if err := f.err("Fail"); err != nil {
		return err
	}
	return f.Jobs.Fail(ctx, l, p, at)
}

func (f *faulty) ListRecords(ctx context.Context, q store.Query) ([]store.JobRecord, error) {
	if err := f.err("Records"); err != nil {
		return nil, err
	}
	return f.Jobs.ListRecords(ctx, q)
}

func (f *faulty) TakeRates(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	if err := f.err("Spend"); err != nil {
		return 0, err
	}
	return f.Jobs.TakeRates(ctx, now, rates)
}

func (f *faulty) DeleteFullRates(ctx context.Context, now time.Time) error {
	if err := f.err("DeleteFullRates"); err != nil {
		return err
	}
	return f.Jobs.DeleteFullRates(ctx, now)
}

// newFaultyFixture returns a fixture whose loop uses a faulty store.
func newFaultyFixture(t *testing.T, change ...func(*issuance.Options)) (*fixture, *faulty) {
	t.Helper()
	w := newFixture(t)
	f := &faulty{Jobs: w.db}
	w.loop = w.newLoop(append(change, func(o *issuance.Options) { o.Jobs = f })...)
	return w, f
}

// TestDiskFull checks for each write that its failure loses nothing and does not
// count as a failure of the application. The certificate is issued once the disk
// has space.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	full := errors.New("database or disk is full")
	for _, method := range []string{"SaveOrder", "Complete", "Spend"} {
		for _, also := range []string{"", "Reschedule"} {
			t.Run(method+also, func(t *testing.T) {
				t.Parallel()
				var logged bytes.Buffer
				w, f := newFaultyFixture(t, limited(issuance.LetsEncryptLimits()), func(o *issuance.Options) {
					o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
				})
				id := w.apply("www.example.com")[0].ID
				f.set(method, full)
				f.set(also, full)
				w.run(1)
				if also == "" {
					w.wantDue(id, time.Minute)
					if p := w.wantProblem(id, issuance.ProblemUnavailable); !strings.Contains(p.Detail, full.Error()) {
						t.Errorf("%+v", p)
					}
				} else {
					w.wantDue(id, leaseTime)
					if !strings.Contains(logged.String(), "could not save the step's outcome") {
						t.Errorf("the log says nothing: %s", &logged)
					}
				}
				if r := w.wantStatus(id, store.Applying); r.Progress.Failures != 0 {
					t.Errorf("%+v", r.Progress)
				}
				f.set(method, nil)
				f.set(also, nil)
				w.toDue(id)
				w.run(1)
				w.wantStatus(id, store.Issued)
				w.leaf(id)
				if method == "Complete" && len(w.auth.orders) != 1 {
					t.Errorf("%d orders, want 1", len(w.auth.orders))
				}
			})
		}
	}
}

// TestFailIsRetried checks that a failed write of the status Failed is retried.
func TestFailIsRetried(t *testing.T) {
	t.Parallel()
	w, f := newFaultyFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.failFulfill(refusal("rejectedIdentifier", true))
	f.set("Fail", errors.New("disk full"))
	w.run(1)
	w.wantStatus(id, store.Applying)
	if w.seen.count("") != 0 {
		t.Errorf("observed %q", w.seen.events)
	}
	f.set("Fail", nil)
	w.toDue(id)
	w.run(1)
	w.wantStatus(id, store.Failed)
}

// TestSupersededCheckFails checks that nothing is done for a certificate while the
// store cannot report whether it was replaced.
func TestSupersededCheckFails(t *testing.T) {
	t.Parallel()
	w, f := newFaultyFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	f.set("Records", errors.New("disk I/O error"))
	w.clock.set(baseTime().Add(60 * day))
	w.run(1)
	if p := w.wantProblem(id, issuance.ProblemUnavailable); p.Detail != "find a newer application: disk I/O error" {
		t.Errorf("%+v", p)
	}
	w.wantDue(id, time.Minute)
}

// TestRunWithoutStore checks that Run continues after errors of the store, and
// returns when the store is closed.
func TestRunWithoutStore(t *testing.T) {
	t.Parallel()
	var logged lockedBuffer
	w, f := newFaultyFixture(t, func(o *issuance.Options) {
		o.Poll, o.Logger = 5*time.Millisecond, slog.New(slog.NewTextHandler(&logged, nil))
	})
	f.set("Lease", errors.New("disk I/O error"))
	f.set("DeleteFullRates", errors.New("disk I/O error"))
	id := w.apply("www.example.com")[0].ID
	done := make(chan error, 1)
	go func() { done <- w.loop.Run(t.Context()) }()
	eventually(t, "it is logged", func() bool { return strings.Contains(logged.String(), "lease from store failed") })
	if n, err := w.loop.RunDue(t.Context()); n != 0 || err == nil || !strings.Contains(err.Error(), "lease applications: disk I/O error") {
		t.Errorf("RunDue = %d, %v", n, err)
	}
	f.set("Lease", nil)
	eventually(t, "issued", func() bool { return w.record(id).Status == store.Issued })
	eventually(t, "it is logged", func() bool { return strings.Contains(logged.String(), "forgetting rates") })
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.loop.Wake()
	if err := <-done; !errors.Is(err, store.ErrClosed) {
		t.Errorf("Run after Close: %v", err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
