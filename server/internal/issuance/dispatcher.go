package issuance

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/esacert/esacert/server/store"
)

// dispatcher leases steps for free workers only, so that no lease expires while
// a step waits for a worker.
type dispatcher struct {
	loop     *Loop
	free     chan struct{} // holds one token for each free worker
	stepDone chan struct{} // signals that a step finished since the last poll
	running  sync.WaitGroup
	polls    int64 // number of sleeps, for the jitter
}

// retryStore is the first wait after an error of the store.
const retryStore = time.Second

func (d *dispatcher) run(ctx context.Context) error {
	wait := retryStore
	for {
		idle, err := d.dispatch(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // canceling the context stops Run
		}
		switch {
		case errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			d.loop.log.Error("lease from store failed", "error", err, "again_in", wait)
			sleep(ctx, wait)
			wait = min(2*wait, d.loop.o.Poll)
		default:
			wait = retryStore
			if idle {
				d.loop.pruneRates(ctx)
				d.waitForWork(ctx)
			}
		}
	}
}

// drain waits for the running steps.
func (d *dispatcher) drain() {
	done := make(chan struct{})
	go func() {
		d.running.Wait()
		close(done)
	}()
	timer := time.NewTimer(2 * d.loop.o.Margin)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		d.loop.log.Error("step still running at shutdown; its application is retried after the lease expires")
	}
}

// dispatch waits for a free worker and assigns steps to all free workers. It is
// idle if fewer steps are due than workers are free.
func (d *dispatcher) dispatch(ctx context.Context) (idle bool, err error) {
	free := d.acquire(ctx)
	if free == 0 {
		return false, nil // the context is done
	}
	steps, err := d.loop.lease(ctx, free)
	for range free - len(steps) {
		d.free <- struct{}{}
	}
	for _, s := range steps {
		d.running.Go(func() { d.work(ctx, s) })
	}
	return len(steps) < free, err
}

// acquire reserves all free workers, at least one.
func (d *dispatcher) acquire(ctx context.Context) (n int) {
	select {
	case <-ctx.Done():
		return 0
	case <-d.free:
	}
	for n = 1; ; n++ {
		select {
		case <-d.free:
		default:
			return n
		}
	}
}

// pauseFactor is the ratio of a worker's rest to its step. Two workers then use
// at most two thirds of one processor. On a server with two processors,
// responses then take at most 1.5 times as long as on an idle server.
const pauseFactor = 2

// advance runs one step, then rests.
func (d *dispatcher) work(ctx context.Context, s *step) {
	begun := time.Now()
	s.run(ctx)
	if d.loop.o.Pause > 0 {
		sleep(ctx, restAfter(time.Since(begun), s.made, d.loop.o.Pause))
	}
	d.free <- struct{}{}
	select {
	case d.stepDone <- struct{}{}:
	default:
	}
}

// restAfter returns how long a worker rests after a step. The pause bounds the
// rest for a step, which mostly waits; generating a key is pure computation and
// adds more.
func restAfter(step, makingKey, pause time.Duration) time.Duration {
	return min(pauseFactor*(step-makingKey), pause) + pauseFactor*makingKey
}

// waitForWork sleeps until the next due step. A finished step may be due again
// earlier, so it checks again then.
func (d *dispatcher) waitForWork(ctx context.Context) {
	d.polls++
	poll := jitter(d.loop.o.Seed, d.polls, 0, d.loop.o.Poll)
	for {
		wait, err := d.nextDueIn(ctx)
		if err != nil {
			return // the next poll fails too
		}
		timer := time.NewTimer(min(max(wait, minSleep), poll))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-d.loop.wake:
		case <-d.stepDone:
			timer.Stop()
			continue
		}
		timer.Stop()
		return
	}
}

// minSleep bounds the polling rate if a store reports a due step that it does
// not lease.
const minSleep = time.Millisecond

// nextDueIn returns the time until the next step is due.
func (d *dispatcher) nextDueIn(ctx context.Context) (time.Duration, error) {
	due, err := d.loop.o.Jobs.NextDue(ctx)
	if err != nil || due.IsZero() {
		return d.loop.o.Poll, err
	}
	return due.Sub(d.loop.now()), nil
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
