package issuance

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/esacert/esacert/server/store"
)

// dispatcher leases steps for workers that are free, so that no lease passes
// while it waits for one.
type dispatcher struct {
	loop    *Loop
	free    chan struct{} // holds one token for each free worker
	ended   chan struct{} // a step has ended since it was looked at last
	running sync.WaitGroup
	polls   int64 // counts the times it went to sleep, for the jitter
}

// retryStore is how long it waits at first after an error of the store.
const retryStore = time.Second

func (d *dispatcher) run(ctx context.Context) error {
	wait := retryStore
	for {
		idle, err := d.dispatch(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end of the context is how Run is ended
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

// drain waits for the steps that run.
func (d *dispatcher) drain() {
	ended := make(chan struct{})
	go func() {
		d.running.Wait()
		close(ended)
	}()
	timer := time.NewTimer(2 * d.loop.o.Margin)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		d.loop.log.Error("step still running at shutdown; its application is retried after the lease expires")
	}
}

// dispatch waits for a free worker and gives work to all that are free. It is idle
// when there is less work than workers.
func (d *dispatcher) dispatch(ctx context.Context) (idle bool, err error) {
	free := d.acquire(ctx)
	if free == 0 {
		return false, nil // the context has ended
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

// acquire takes all workers that are free, one at least.
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

// pauseFactor is how many times as long as a step its worker rests. Two workers
// then take two thirds of one processor at most, which leaves the answers of a
// server that has two within 1.5 times of what they take when it is idle.
const pauseFactor = 2

// advance takes one step, and leaves the processor to others for a while.
func (d *dispatcher) work(ctx context.Context, s *step) {
	begun := time.Now()
	s.run(ctx)
	if d.loop.o.Pause > 0 {
		sleep(ctx, restAfter(time.Since(begun), s.made, d.loop.o.Pause))
	}
	d.free <- struct{}{}
	select {
	case d.ended <- struct{}{}:
	default:
	}
}

// restAfter is how long a worker rests after a step. The pause bounds the rest
// for what a step mostly waits for; making a key is all work, and takes longer.
func restAfter(step, makingKey, pause time.Duration) time.Duration {
	return min(pauseFactor*(step-makingKey), pause) + pauseFactor*makingKey
}

// waitForWork sleeps until something is due, as far as it is known: a step that ends
// may be due again earlier, so it looks again then.
func (d *dispatcher) waitForWork(ctx context.Context) {
	d.polls++
	poll := jitter(d.loop.o.Seed, d.polls, 0, d.loop.o.Poll)
	for {
		wait, err := d.nextDueIn(ctx)
		if err != nil {
			return // the next round meets it too
		}
		timer := time.NewTimer(min(max(wait, minSleep), poll))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-d.loop.wake:
		case <-d.ended:
			timer.Stop()
			continue
		}
		timer.Stop()
		return
	}
}

// minSleep bounds how often it looks, should a store tell of a step that it does
// not give out.
const minSleep = time.Millisecond

// nextDueIn is how long nothing is due.
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
