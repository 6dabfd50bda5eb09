package issuance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
)

// Loop carries applications out. It is used from many goroutines.
type Loop struct {
	o      Options
	log    *slog.Logger
	random io.Reader // safe for many goroutines
	queues queues
	stock  *stock // of RSA keys; nil for none
	wake   chan struct{}

	tidying sync.Mutex
	tidied  time.Time // when the rates were forgotten last
}

// New makes a loop. The error lists all that is wrong with the options.
func New(options Options) (*Loop, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	l := &Loop{
		o:      o,
		log:    o.Logger,
		random: &lockedReader{from: o.Random},
		queues: queues{last: make(map[string]time.Time)},
		wake:   make(chan struct{}, 1),
	}
	if o.Stock > 0 {
		l.stock = newStock(o.Stock, o.KeyType == RSA2048)
	}
	return l, nil
}

// Stocked returns how many RSA keys are made ahead and can be taken now.
func (l *Loop) Stocked() int {
	if l.stock == nil {
		return 0
	}
	return len(l.stock.keys)
}

// Wake makes Run look for work now. It never waits.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// RunDue takes every step that is due, one after the other on the caller's
// goroutine, until none is due, and tells how many there were. With a clock that
// stands still, what it does depends on nothing else.
//
// Errors: the context's, and those of the store for which no step could be
// taken. What goes wrong in a step is written down with its application.
func (l *Loop) RunDue(ctx context.Context) (n int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		steps, err := l.lease(ctx, 1)
		if err != nil {
			return n, err
		}
		if len(steps) == 0 {
			l.pruneRates(ctx)
			return n, nil
		}
		steps[0].run(ctx)
		n++
	}
}

// Run takes steps as they become due, several at a time, until the context
// ends. Then it takes no more, stops the ones that run, and waits until their
// applications are released, twice Margin at most: a step that does not end by
// then is left to itself, and its lease runs out.
//
// It returns nil when the context has ended, and store.ErrClosed when the store
// was closed. Other errors of the store pass: it waits and tries again.
func (l *Loop) Run(ctx context.Context) error {
	d := dispatcher{loop: l, free: make(chan struct{}, l.o.Workers), ended: make(chan struct{}, 1)}
	for range l.o.Workers {
		d.free <- struct{}{}
	}
	filling, empty := context.WithCancel(ctx)
	var stock sync.WaitGroup
	if l.stock != nil {
		stock.Go(func() { l.stock.fill(filling, l.log) })
	}
	err := d.run(ctx)
	empty()
	d.drain()
	stock.Wait()
	return err
}

// lease takes leases on so many steps at most.
func (l *Loop) lease(ctx context.Context, limit int) ([]*step, error) {
	started, now := time.Now(), l.now()
	jobs, err := l.o.Jobs.Lease(ctx, now, now.Add(l.o.Lease), limit)
	if err != nil {
		return nil, fmt.Errorf("issuer: leasing applications: %w", err)
	}
	steps := make([]*step, 0, len(jobs))
	for _, job := range jobs {
		steps = append(steps, &step{
			Loop: l,
			job:  job,
			ends: started.Add(l.o.Lease - l.o.Margin),
			log:  l.log.With("application", job.ID, "domain", job.Domain, "attempt", job.Lease.Attempt),
		})
	}
	return steps, nil
}

// now is the time as the store keeps it.
func (l *Loop) now() time.Time { return storerules.NormalizeTime(l.o.Now()) }

// pruneInterval is how often rates that are full again are forgotten.
const pruneInterval = time.Hour

// pruneRates forgets what does not count any more, now and then.
func (l *Loop) pruneRates(ctx context.Context) {
	now := l.now()
	l.tidying.Lock()
	early := now.Sub(l.tidied).Abs() < pruneInterval
	if !early {
		l.tidied = now
	}
	l.tidying.Unlock()
	if early {
		return
	}
	l.queues.forget(now)
	if err := l.o.Jobs.DeleteFullRates(ctx, now); err != nil && ctx.Err() == nil {
		l.log.Warn("forgetting rates that are full again", "error", err)
	}
}

// lockedReader lets many goroutines read.
type lockedReader struct {
	mu   sync.Mutex
	from io.Reader
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := io.ReadFull(r.from, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
