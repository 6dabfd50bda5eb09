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

// Loop processes applications. It is safe for concurrent use.
type Loop struct {
	o      Options
	log    *slog.Logger
	random io.Reader // safe for concurrent use
	queues queues
	stock  *stock // of RSA keys; nil for none
	wake   chan struct{}

	tidying sync.Mutex
	tidied  time.Time // last pruning of the rates
}

// New returns a Loop. The error lists all invalid options.
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

// Stocked returns the number of RSA keys generated in advance.
func (l *Loop) Stocked() int {
	if l.stock == nil {
		return 0
	}
	return len(l.stock.keys)
}

// Wake makes Run poll for work now. It does not block.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// RunDue runs every due step sequentially on the caller's goroutine until none
// is due, and returns the number of steps. With a fixed clock, the result
// depends only on the options and the store.
//
// Errors: the context's, and those of the store if no step could be leased. The
// failure of a step is recorded with its application.
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

// Run runs steps as they become due, concurrently, until the context is done.
// Then it leases no more, stops the running steps, and waits until their
// applications are released, at most twice Margin: a step that is still running
// then is abandoned, and its lease expires.
//
// It returns nil if the context is done, and store.ErrClosed if the store was
// closed. Other errors of the store are transient: Run waits and retries.
func (l *Loop) Run(ctx context.Context) error {
	d := dispatcher{loop: l, free: make(chan struct{}, l.o.Workers), stepDone: make(chan struct{}, 1)}
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

// lease leases at most limit steps.
func (l *Loop) lease(ctx context.Context, limit int) ([]*step, error) {
	started, now := time.Now(), l.now()
	jobs, err := l.o.Jobs.Lease(ctx, now, now.Add(l.o.Lease), limit)
	if err != nil {
		return nil, fmt.Errorf("issuer: lease applications: %w", err)
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

// now returns the time in the precision of the store.
func (l *Loop) now() time.Time { return storerules.NormalizeTime(l.o.Now()) }

// pruneInterval is the time between prunings of refilled rates.
const pruneInterval = time.Hour

// pruneRates deletes refilled rates once per pruneInterval.
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

// lockedReader is an io.Reader that is safe for concurrent use.
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
