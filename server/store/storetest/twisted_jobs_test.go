package storetest

import (
	"context"
	"time"

	"github.com/esacert/esacert/server/store"
)

// twistedJobs is the model of jobs with some methods replaced.
type twistedJobs struct {
	*jobsModel
	lease   func(now, until time.Time, limit int) ([]store.Job, error)
	fenced  func(method string, l store.Lease, call func(store.Lease) error) error // of all that need a lease
	next    func(*store.Next)
	issue   func(c *store.Certificate, due, at *time.Time)
	finish  func(id int64, to store.Status, at time.Time) error
	cancel  func(id int64, p store.Problem, at time.Time) error
	due     func(time.Time) time.Time // of NextDue
	hasten  func(id int64, due time.Time) error
	ordered func([]string) []string
	records func(ctx context.Context, q store.Query) ([]store.Record, error)
	counts  func(*store.Counts)
	missing func(error) error // of Certificate
	spend   func(now time.Time, rates []store.Rate) (time.Duration, error)
	forget  func(now time.Time) error
	save    func(store.Account) (store.Account, error)
	sealed  func(yield func(store.Sealed) error) error
	reseal  func(old store.Sealed, sealed []byte) (bool, error)
	samples func() ([]store.Sealed, error)
	close   func() error
}

func (s twistedJobs) Lease(ctx context.Context, now, until time.Time, limit int) ([]store.Job, error) {
	if s.lease == nil {
		return s.jobsModel.Lease(ctx, now, until, limit)
	}
	return s.lease(now, until, limit)
}

func (s twistedJobs) through(method string, l store.Lease, call func(store.Lease) error) error {
	if s.fenced == nil {
		return call(l)
	}
	return s.fenced(method, l, call)
}

func (s twistedJobs) SaveOrder(ctx context.Context, l store.Lease, o store.Order) error {
	return s.through("SaveOrder", l, func(l store.Lease) error { return s.jobsModel.SaveOrder(ctx, l, o) })
}

func (s twistedJobs) Reschedule(ctx context.Context, l store.Lease, n store.Next) error {
	if s.next != nil {
		s.next(&n)
	}
	return s.through("Reschedule", l, func(l store.Lease) error { return s.jobsModel.Reschedule(ctx, l, n) })
}

func (s twistedJobs) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	if s.issue != nil {
		s.issue(&c, &due, &at)
	}
	return s.through("Complete", l, func(l store.Lease) error { return s.jobsModel.Complete(ctx, l, c, due, at) })
}

func (s twistedJobs) Fail(ctx context.Context, l store.Lease, p store.Problem, at time.Time) error {
	return s.through("Fail", l, func(l store.Lease) error { return s.jobsModel.Fail(ctx, l, p, at) })
}

func (s twistedJobs) Retire(ctx context.Context, l store.Lease) error {
	return s.through("Retire", l, func(l store.Lease) error { return s.jobsModel.Retire(ctx, l) })
}

func (s twistedJobs) Finish(ctx context.Context, id int64, to store.Status, at time.Time) error {
	if s.finish == nil {
		return s.jobsModel.Finish(ctx, id, to, at)
	}
	return s.finish(id, to, at)
}

func (s twistedJobs) Cancel(ctx context.Context, id int64, p store.Problem, at time.Time) error {
	if s.cancel == nil {
		return s.jobsModel.Cancel(ctx, id, p, at)
	}
	return s.cancel(id, p, at)
}

func (s twistedJobs) NextDue(ctx context.Context) (time.Time, error) {
	due, err := s.jobsModel.NextDue(ctx)
	if s.due != nil {
		due = s.due(due)
	}
	return due, err
}

func (s twistedJobs) Hasten(ctx context.Context, id int64, due time.Time) error {
	if s.hasten == nil {
		return s.jobsModel.Hasten(ctx, id, due)
	}
	return s.hasten(id, due)
}

func (s twistedJobs) Ordered(ctx context.Context, domain string) ([]string, error) {
	names, err := s.jobsModel.Ordered(ctx, domain)
	if s.ordered != nil {
		names = s.ordered(names)
	}
	return names, err
}

func (s twistedJobs) Records(ctx context.Context, q store.Query) ([]store.Record, error) {
	if s.records == nil {
		return s.jobsModel.Records(ctx, q)
	}
	return s.records(ctx, q)
}

func (s twistedJobs) Certificate(ctx context.Context, id int64) (store.Certificate, error) {
	c, err := s.jobsModel.Certificate(ctx, id)
	if s.missing != nil {
		err = s.missing(err)
	}
	return c, err
}

func (s twistedJobs) Counts(ctx context.Context) (store.Counts, error) {
	counts, err := s.jobsModel.Counts(ctx)
	if s.counts != nil {
		s.counts(&counts)
	}
	return counts, err
}

func (s twistedJobs) Spend(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	if s.spend == nil {
		return s.jobsModel.Spend(ctx, now, rates)
	}
	return s.spend(now, rates)
}

func (s twistedJobs) ForgetRates(ctx context.Context, now time.Time) error {
	if s.forget == nil {
		return s.jobsModel.ForgetRates(ctx, now)
	}
	return s.forget(now)
}

func (s twistedJobs) SaveAccount(ctx context.Context, a store.Account) (store.Account, error) {
	if s.save == nil {
		return s.jobsModel.SaveAccount(ctx, a)
	}
	return s.save(a)
}

func (s twistedJobs) Sealed(ctx context.Context, yield func(store.Sealed) error) error {
	if s.sealed == nil {
		return s.jobsModel.Sealed(ctx, yield)
	}
	return s.sealed(yield)
}

func (s twistedJobs) SealedSamples(ctx context.Context) ([]store.Sealed, error) {
	if s.samples == nil {
		return s.jobsModel.SealedSamples(ctx)
	}
	return s.samples()
}

func (s twistedJobs) Reseal(ctx context.Context, old store.Sealed, sealed []byte) (bool, error) {
	if s.reseal == nil {
		return s.jobsModel.Reseal(ctx, old, sealed)
	}
	return s.reseal(old, sealed)
}

func (s twistedJobs) Close() error {
	if s.close == nil {
		return s.jobsModel.Close()
	}
	return s.close()
}

// jobFault makes a store that breaks a promise of store.Jobs.
type jobFault func(m *jobsModel) JobStore

// change changes what the model keeps of an application, if there is one.
func (m *jobsModel) change(id int64, change func(a *store.Application, w *way)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.ways[id]; w != nil {
		change(m.find(id), w)
	}
}

// afterwards is a fault that changes what is kept after each call of a method
// that needs a lease, and has succeeded. The method "" is any of them.
func afterwards(method string, change func(before way, a *store.Application, w *way)) jobFault {
	return func(m *jobsModel) JobStore {
		return twistedJobs{jobsModel: m, fenced: func(called string, l store.Lease, call func(store.Lease) error) error {
			var before way
			m.change(l.ID, func(_ *store.Application, w *way) { before = *w })
			err := call(l)
			if err == nil && (method == "" || method == called) {
				m.change(l.ID, func(a *store.Application, w *way) { change(before, a, w) })
			}
			return err
		}}
	}
}

// afterFinish is a fault that changes what is kept after Finish.
func afterFinish(change func(before way, w *way)) jobFault {
	return func(m *jobsModel) JobStore {
		return twistedJobs{jobsModel: m, finish: func(id int64, to store.Status, at time.Time) error {
			var before way
			m.change(id, func(_ *store.Application, w *way) { before = *w })
			err := m.Finish(context.Background(), id, to, at)
			m.change(id, func(_ *store.Application, w *way) { change(before, w) })
			return err
		}}
	}
}

// canceling is a fault of Cancel.
func canceling(cancel func(m *jobsModel, id int64, p store.Problem, at time.Time) error) jobFault {
	return func(m *jobsModel) JobStore {
		return twistedJobs{jobsModel: m, cancel: func(id int64, p store.Problem, at time.Time) error {
			return cancel(m, id, p, at)
		}}
	}
}

// leasing is a fault of Lease.
func leasing(lease func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error)) jobFault {
	return func(m *jobsModel) JobStore {
		return twistedJobs{jobsModel: m, lease: func(now, until time.Time, limit int) ([]store.Job, error) {
			return lease(m, now, until, limit)
		}}
	}
}

// spending is a fault of Spend.
func spending(spend func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error)) jobFault {
	return func(m *jobsModel) JobStore {
		return twistedJobs{jobsModel: m, spend: func(now time.Time, rates []store.Rate) (time.Duration, error) {
			return spend(m, now, rates)
		}}
	}
}
