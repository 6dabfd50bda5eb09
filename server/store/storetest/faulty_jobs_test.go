package storetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// TestFaultyJobs is TestFaultyStores for store.Jobs.
func TestFaultyJobs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	detectsFaults(t, jobGroups(), map[string]func(m *jobsModel) store.JobStore{
		"returns all fields of the application": leaseFault(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			jobs, err := m.Lease(ctx, now, until, limit)
			for i := range jobs {
				if jobs[i].Certificate != nil {
					jobs[i].Order = nil
				}
			}
			return jobs, err
		}),
		"leases many in one call, oldest first": leaseFault(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			return m.Lease(ctx, now, until, min(limit, 256))
		}),
		"keeps the problem until the next one": afterCall("Reschedule", func(before, after *jobState) {
			if after.progress.Problem == before.progress.Problem {
				after.progress.Problem = nil
			}
		}),
		"replaces the certificate and resets failures and problem": afterCall("Complete", func(before, after *jobState) {
			after.progress.Problem = before.progress.Problem
		}),
		"behaves like the model of jobs": afterCall("", func(_, after *jobState) { after.progress.Retries += 7 }),
		"returns each authority with a pending order once, latest first": func(m *jobsModel) store.JobStore {
			return faultyJobs{jobsModel: m, ordered: func(names []string) []string { slices.Sort(names); return names }}
		},
		"a page has at most MaxLimit records": func(m *jobsModel) store.JobStore {
			return faultyJobs{jobsModel: m, records: func(q store.Query) ([]store.JobRecord, error) {
				return twoPages(q, func(q store.Query) ([]store.JobRecord, error) { return m.ListRecords(ctx, q) },
					func(r store.JobRecord) int64 { return r.ID })
			}}
		},
		"a clock that was set back delays at most the refill time": func(m *jobsModel) store.JobStore {
			return faultyJobs{jobsModel: m, takeRates: func(now time.Time, rates []store.Rate) (time.Duration, error) {
				before := maps.Clone(m.full)
				wait, err := m.TakeRates(ctx, now, rates)
				if wait > 0 {
					m.full = before
				}
				return wait, err
			}}
		},
		"a done context stops it before it writes": func(m *jobsModel) store.JobStore {
			return faultyJobs{jobsModel: m, takeRates: func(now time.Time, rates []store.Rate) (time.Duration, error) {
				return m.TakeRates(ctx, now, rates)
			}}
		},
		"accounts at other authorities are separate": func(m *jobsModel) store.JobStore {
			return faultyJobs{jobsModel: m, save: func(a store.ACMEAccount) (store.ACMEAccount, error) {
				a.Authority = strings.ToLower(a.Authority)
				return m.SaveAccount(ctx, a)
			}}
		},
		"stops at the first error of yield and returns it": sealedFault(func(m *jobsModel, yield func(store.Sealed) error) error {
			return m.Sealed(ctx, func(k store.Sealed) error { _ = yield(k); return nil })
		}),
		"yields many keys, and yield may use the store": sealedFault(func(m *jobsModel, yield func(store.Sealed) error) error {
			n := 0
			return m.Sealed(ctx, func(k store.Sealed) error {
				if n++; n > 256 {
					return nil
				}
				return yield(k)
			})
		}),
		"returns ErrClosed after Close": func(m *jobsModel) store.JobStore {
			return faultyJobs{jobsModel: m, close: func() error { return nil }}
		},
	}, newJobsModel)
}

// faultyJobs is the model of jobs with some methods replaced.
type faultyJobs struct {
	*jobsModel
	lease     func(now, until time.Time, limit int) ([]store.Job, error)
	fenced    func(method string, l store.Lease, call func() error) error // Reschedule and Complete
	ordered   func([]string) []string
	records   func(q store.Query) ([]store.JobRecord, error)
	takeRates func(now time.Time, rates []store.Rate) (time.Duration, error)
	save      func(store.ACMEAccount) (store.ACMEAccount, error)
	sealed    func(yield func(store.Sealed) error) error
	close     func() error
}

func (s faultyJobs) Lease(ctx context.Context, now, until time.Time, limit int) ([]store.Job, error) {
	if s.lease == nil {
		return s.jobsModel.Lease(ctx, now, until, limit)
	}
	return s.lease(now, until, limit)
}

func (s faultyJobs) through(method string, l store.Lease, call func() error) error {
	if s.fenced == nil {
		return call()
	}
	return s.fenced(method, l, call)
}

func (s faultyJobs) Reschedule(ctx context.Context, l store.Lease, n store.Rescheduling) error {
	return s.through("Reschedule", l, func() error { return s.jobsModel.Reschedule(ctx, l, n) })
}

func (s faultyJobs) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	return s.through("Complete", l, func() error { return s.jobsModel.Complete(ctx, l, c, due, at) })
}

func (s faultyJobs) PendingOrderAuthorities(ctx context.Context, domain string) ([]string, error) {
	names, err := s.jobsModel.PendingOrderAuthorities(ctx, domain)
	if s.ordered != nil {
		names = s.ordered(names)
	}
	return names, err
}

func (s faultyJobs) ListRecords(ctx context.Context, q store.Query) ([]store.JobRecord, error) {
	if s.records == nil {
		return s.jobsModel.ListRecords(ctx, q)
	}
	return s.records(q)
}

func (s faultyJobs) TakeRates(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	if s.takeRates == nil {
		return s.jobsModel.TakeRates(ctx, now, rates)
	}
	return s.takeRates(now, rates)
}

func (s faultyJobs) SaveAccount(ctx context.Context, a store.ACMEAccount) (store.ACMEAccount, error) {
	if s.save == nil {
		return s.jobsModel.SaveAccount(ctx, a)
	}
	return s.save(a)
}

func (s faultyJobs) Sealed(ctx context.Context, yield func(store.Sealed) error) error {
	if s.sealed == nil {
		return s.jobsModel.Sealed(ctx, yield)
	}
	return s.sealed(yield)
}

func (s faultyJobs) Close() error {
	if s.close == nil {
		return s.jobsModel.Close()
	}
	return s.close()
}

func leaseFault(lease func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error)) func(m *jobsModel) store.JobStore {
	return func(m *jobsModel) store.JobStore {
		return faultyJobs{jobsModel: m, lease: func(now, until time.Time, limit int) ([]store.Job, error) {
			return lease(m, now, until, limit)
		}}
	}
}

func sealedFault(sealed func(m *jobsModel, yield func(store.Sealed) error) error) func(m *jobsModel) store.JobStore {
	return func(m *jobsModel) store.JobStore {
		return faultyJobs{jobsModel: m, sealed: func(yield func(store.Sealed) error) error { return sealed(m, yield) }}
	}
}

// afterCall changes the state of an application after a successful call of a
// method: Reschedule, Complete, or either for "".
func afterCall(method string, change func(before, after *jobState)) func(m *jobsModel) store.JobStore {
	return func(m *jobsModel) store.JobStore {
		return faultyJobs{jobsModel: m, fenced: func(called string, l store.Lease, call func() error) error {
			var before jobState
			m.withState(l.ApplicationID, func(w *jobState) { before = *w })
			err := call()
			if err == nil && (method == "" || method == called) {
				m.withState(l.ApplicationID, func(w *jobState) { change(&before, w) })
			}
			return err
		}}
	}
}

// withState calls do with the state of an application, if it exists.
func (m *jobsModel) withState(id int64, do func(*jobState)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.states[id]; w != nil {
		do(w)
	}
}
