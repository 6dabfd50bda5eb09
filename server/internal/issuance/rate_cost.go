package issuance

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// chargeOrder consumes the cost of one new order. It returns a
// *budgetExceededError if the rate limit is reached.
func (s *step) chargeOrder(ctx context.Context, authority string) error {
	b := s.o.Limits[authority].cost(authority, s.job.Domain)
	failures := slices.Clone(b.failures)
	for i := range failures {
		failures[i].Cost = 0
	}
	rates := slices.Concat(b.orders, b.domain, b.name, failures)
	if len(rates) == 0 {
		return nil
	}
	now := s.now()
	wait, err := s.o.Jobs.TakeRates(ctx, now, rates)
	if err != nil {
		return err
	}
	if wait > 0 {
		return s.queue(ctx, now, wait, rates)
	}
	s.paid = slices.Concat(b.domain, b.name)
	return nil
}

// queue returns when the rate suffices for this application too: applications
// that wait for the same rate are queued.
func (s *step) queue(ctx context.Context, now time.Time, wait time.Duration, rates []store.Rate) error {
	short := rates[0]
	longest := time.Duration(0)
	for _, r := range rates {
		r.Cost = 0
		alone, err := s.o.Jobs.TakeRates(ctx, now, []store.Rate{r})
		if err != nil {
			return err
		}
		if alone > longest {
			short, longest = r, alone
		}
	}
	due, found := s.queues.place(short, now, max(wait, longest))
	if !found {
		// Spread the next check over half a day.
		early := uniform(s.o.Seed, uint64(s.job.ID), uint64(s.job.Lease.Attempt)) * float64(maxCheckInterval/2)
		due = now.Add(maxCheckInterval - time.Duration(early))
	}
	return &budgetExceededError{key: short.Key, due: due}
}

// refund refunds the rates that authorities count by certificates, after an
// order that yields none. After a crash before the refund, fewer orders are
// allowed than possible, never more.
func (s *step) refund(ctx context.Context) {
	paid := s.paid
	if paid == nil && s.order != nil && s.job.Certificate == nil {
		// An earlier step has paid.
		b := s.o.Limits[s.order.Authority].cost(s.order.Authority, s.job.Domain)
		paid = slices.Concat(b.domain, b.name)
	}
	s.charge(ctx, paid, -1, "refund the rate limit")
}

// countFailure counts an order that the authority rejected.
func (s *step) countFailure(ctx context.Context) {
	if s.order == nil {
		return
	}
	b := s.o.Limits[s.order.Authority].cost(s.order.Authority, s.job.Domain)
	s.charge(ctx, b.failures, 1, "count failed order")
}

func (s *step) charge(ctx context.Context, rates []store.Rate, cost int, what string) {
	if len(rates) == 0 {
		return
	}
	rates = slices.Clone(rates)
	for i := range rates {
		rates[i].Cost = cost
	}
	err := s.write(ctx, func(ctx context.Context) error {
		_, err := s.o.Jobs.TakeRates(ctx, s.now(), rates)
		return err
	})
	if err != nil {
		s.log.Warn(what, "error", err)
	}
}

// queues remembers the applications that wait for each rate. It is a hint: it
// is empty after a start, and an application that polls too early waits again.
type queues struct {
	mu   sync.Mutex
	last map[string]time.Time // last assigned place, by the key of the rate
}

// place returns the next place in the queue for a rate, at which the rate
// suffices after the wait, at most maxCheckInterval ahead.
func (q *queues) place(r store.Rate, now time.Time, wait time.Duration) (due time.Time, found bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	most := now.Add(maxCheckInterval)
	due = now.Add(wait)
	if next := q.last[r.Key].Add(r.Interval); next.After(due) && !next.After(most.Add(r.Interval)) {
		due = next
	}
	if due.After(most) {
		return time.Time{}, false
	}
	// Rounded up to the store's precision: before that time the rate does not
	// suffice.
	due = storerules.NormalizeTime(due.Add(time.Microsecond - 1))
	q.last[r.Key] = due
	return due, true
}

// forget drops the queues that are over.
func (q *queues) forget(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for key, last := range q.last {
		if !last.After(now) || last.After(now.Add(storerules.MaxPostponement)) {
			delete(q.last, key)
		}
	}
}
