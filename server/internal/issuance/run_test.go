package issuance_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// running runs the loop until the test is complete or stop is called. stop waits
// until Run has returned.
func (w *fixture) running() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.loop.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				w.t.Errorf("Run: %v", err)
			}
		case <-time.After(time.Minute):
			w.t.Error("Run does not return")
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// eventually waits until the condition is true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("timeout waiting until %s", what)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Workers, o.Pause = 4, -1 })
	stop := w.running()
	made := w.apply(namesBelow(50, "example.com")...)
	w.loop.Wake()
	eventually(t, "50 are issued", func() bool { return w.issued() == 50 })
	stop()
	for _, a := range made {
		w.wantStatus(a.ID, store.Issued)
		w.leaf(a.ID)
	}
	if len(w.auth.orders) != 50 || len(w.auth.fulfills) != 50 {
		t.Errorf("got %d orders, %d fulfilled, want 50 of each", len(w.auth.orders), len(w.auth.fulfills))
	}
}

// TestRunSeesDue checks that Run finds due steps without a call of Wake.
func TestRunSeesDue(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Poll = 20 * time.Millisecond })
	w.running()
	w.apply("www.example.com")
	eventually(t, "issued", func() bool { return w.issued() == 1 })
}

// TestRunFewWorkers checks that the number of concurrent steps reaches, but does
// not exceed, the number of workers.
func TestRunFewWorkers(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Workers, o.Pause = 3, -1 })
	var now, most atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	w.auth.onFulfill = func(ctx context.Context, _ issuance.FulfillRequest) error {
		defer now.Add(-1)
		n := now.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		if n == 3 {
			once.Do(func() { close(full) })
		}
		select {
		case <-full:
		case <-ctx.Done():
		}
		return nil
	}
	w.apply(namesBelow(20, "example.com")...)
	w.running()
	eventually(t, "20 are issued", func() bool { return w.issued() == 20 })
	if most.Load() != 3 {
		t.Errorf("got %d concurrent steps, want 3", most.Load())
	}
}

// TestStop checks that a running step is released immediately when the loop stops,
// and keeps its order.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	begun := make(chan struct{})
	w.auth.onFulfill = func(ctx context.Context, _ issuance.FulfillRequest) error {
		close(begun)
		<-ctx.Done()
		return fmt.Errorf("polling: %w", ctx.Err())
	}
	stop := w.running()
	<-begun
	stop()
	r := w.wantStatus(id, store.Applying)
	if !r.Progress.Due.Equal(baseTime()) || r.Progress.Failures+r.Progress.Retries != 0 || r.Progress.Problem != nil || !w.hasOrder(id) {
		t.Errorf("%+v", r.Progress)
	}
	w.auth.onFulfill = nil
	w.run(1)
	w.wantStatus(id, store.Issued)
	if len(w.auth.orders) != 1 {
		t.Errorf("%d orders, want 1", len(w.auth.orders))
	}
}

// TestStopWithHangingStep checks that Run returns even if a step ignores its
// context.
func TestStopWithHangingStep(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Lease, o.Margin = time.Minute, 3*time.Second })
	id := w.apply("www.example.com")[0].ID
	begun, end := make(chan struct{}), make(chan struct{})
	w.auth.onFulfill = func(context.Context, issuance.FulfillRequest) error {
		close(begun)
		<-end
		return errUnreachable
	}
	stop := w.running()
	<-begun
	stop()
	if r := w.wantStatus(id, store.Applying); !r.Progress.Due.Equal(baseTime().Add(time.Minute)) {
		t.Errorf("%+v", r.Progress)
	}
	close(end)
	eventually(t, "it is released", func() bool { return w.record(id).Progress.Due.Equal(baseTime()) })
}

// TestLeaseTimeout checks that a step that exceeds its time is released without
// counting a failure.
func TestLeaseTimeout(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.onFulfill = func(context.Context, issuance.FulfillRequest) error {
		return &issuance.RetryLaterError{After: time.Minute}
	}
	w.run(1) // creates the order, without a tight limit
	w.toDue(id)
	patient := w.loop
	w.loop = w.newLoop(func(o *issuance.Options) { o.Lease, o.Margin = 3050*time.Millisecond, 3*time.Second })
	w.auth.onFulfill = func(ctx context.Context, _ issuance.FulfillRequest) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for i, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		w.run(1)
		r := w.wantStatus(id, store.Applying)
		if p := w.wantProblem(id, issuance.ProblemTimeout); p.Detail != "step exceeded its limit of 50ms" {
			t.Errorf("%+v", p)
		}
		if r.Progress.Failures != 0 || r.Progress.Retries != i+1 || !w.hasOrder(id) {
			t.Errorf("%+v", r.Progress)
		}
		w.wantDue(id, wait)
		w.toDue(id)
	}
	w.auth.onFulfill, w.loop = nil, patient
	w.run(1)
	w.wantStatus(id, store.Issued)
}

func TestRunDueContext(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.apply("www.example.com", "x.example.com")
	ctx, cancel := context.WithCancel(t.Context())
	w.auth.onFulfill = func(context.Context, issuance.FulfillRequest) error { cancel(); return nil }
	if n, err := w.loop.RunDue(ctx); n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("RunDue = %d, %v", n, err)
	}
}
