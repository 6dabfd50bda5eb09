package storetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// jobsModel adds store.Jobs to the model. It keeps the progress of each application,
// and finds everything by iterating over all of them.
type jobsModel struct {
	model
	states   map[int64]*jobState
	full     map[string]time.Time // when each rate is full again
	accounts []store.ACMEAccount
}

// jobState is the progress of an application.
type jobState struct {
	progress    store.Progress
	leased      int64 // the attempt that holds a lease; 0 for none
	order       *store.Order
	certificate *store.Certificate
}

var _ store.JobStore = (*jobsModel)(nil)

func newJobsModel() *jobsModel {
	return &jobsModel{states: make(map[int64]*jobState), full: make(map[string]time.Time)}
}

func (m *jobsModel) Apply(ctx context.Context, b store.ApplyRequest) ([]store.Application, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	made, err := m.apply(b)
	for _, a := range made {
		m.states[a.ID] = &jobState{progress: store.Progress{Due: a.CreatedAt}}
	}
	return made, err
}

func (m *jobsModel) Finish(ctx context.Context, id int64, to store.Status, at time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	if err := m.finish(id, to, at); err != nil {
		return err
	}
	m.states[id].end(to)
	return nil
}

// end removes all pending work.
func (w *jobState) end(to store.Status) {
	w.leased, w.order, w.progress.Due = 0, nil, time.Time{}
	if to != store.Issued && w.certificate != nil {
		retired := *w.certificate
		retired.Superseded = true
		w.certificate = &retired
	}
}

func (m *jobsModel) Lease(ctx context.Context, now, until time.Time, limit int) ([]store.Job, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	now = storerules.NormalizeTime(now)
	jobs := make([]store.Job, 0, len(m.applications))
	for _, id := range append(m.dueFrom(time.Time{}, now), m.dueFrom(now.Add(storerules.MaxPostponement), time.Time{})...) {
		if len(jobs) >= limit {
			break
		}
		w := m.states[id]
		w.progress.Attempt++
		w.progress.Due, w.leased = storerules.NormalizeTime(until), w.progress.Attempt
		jobs = append(jobs, store.Job{
			Application: *m.find(id), Lease: store.Lease{ApplicationID: id, Attempt: w.leased}, LeaseEnd: w.progress.Due,
			Progress: w.progress, Order: w.order, Certificate: w.certificate,
		})
	}
	return jobs, nil
}

// dueFrom returns the applications that are due after one time and not after
// another, the longest due first. A zero time is no bound.
func (m *jobsModel) dueFrom(after, last time.Time) (ids []int64) {
	for id, w := range m.states {
		due := w.progress.Due
		if !due.IsZero() && (after.IsZero() || due.After(after)) && (last.IsZero() || !due.After(last)) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(m.states[a].progress.Due.Compare(m.states[b].progress.Due), cmp.Compare(a, b))
	})
	return ids
}

func (m *jobsModel) find(id int64) *store.Application {
	i := slices.IndexFunc(m.applications, func(a store.Application) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &m.applications[i]
}

func (m *jobsModel) NextDue(ctx context.Context) (time.Time, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return time.Time{}, err
	}
	for _, id := range m.dueFrom(time.Time{}, time.Time{}) {
		return m.states[id].progress.Due, nil
	}
	return time.Time{}, nil
}

// fenced calls do if the lease is the latest.
func (m *jobsModel) fenced(ctx context.Context, l store.Lease, do func(a *store.Application, w *jobState) error) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	w := m.states[l.ApplicationID]
	if w == nil || w.leased == 0 || w.leased != l.Attempt {
		return fmt.Errorf("%w: application %d, attempt %d", store.ErrFenced, l.ApplicationID, l.Attempt)
	}
	return do(m.find(l.ApplicationID), w)
}

func (m *jobsModel) SaveOrder(ctx context.Context, l store.Lease, o store.Order) error {
	return m.fenced(ctx, l, func(_ *store.Application, w *jobState) error {
		o.CreatedAt = storerules.NormalizeTime(o.CreatedAt)
		w.order = &o
		return nil
	})
}

func (m *jobsModel) Reschedule(ctx context.Context, l store.Lease, n store.Rescheduling) error {
	if n.Due.IsZero() {
		return fmt.Errorf("%w: rescheduling application %d", store.ErrNoDueTime, l.ApplicationID)
	}
	return m.fenced(ctx, l, func(_ *store.Application, w *jobState) error {
		w.leased = 0
		w.progress.Due, w.progress.Failures, w.progress.Retries = storerules.NormalizeTime(n.Due), n.Failures, n.Retries
		if n.Problem != nil {
			w.progress.Problem = keptProblem(*n.Problem)
		}
		if n.DropOrder {
			w.order = nil
		}
		if n.Delivered && w.certificate != nil {
			delivered := *w.certificate
			delivered.Delivered = true
			w.certificate = &delivered
		}
		return nil
	})
}

func keptProblem(p store.Problem) *store.Problem {
	p.At = storerules.NormalizeTime(p.At)
	return &p
}

func (m *jobsModel) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	return m.fenced(ctx, l, func(a *store.Application, w *jobState) error {
		a.Status, a.UpdatedAt = store.Issued, storerules.NormalizeTime(at)
		w.leased, w.order = 0, nil
		w.progress.Failures, w.progress.Retries, w.progress.Problem, w.progress.Due = 0, 0, nil, time.Time{}
		if !due.IsZero() {
			w.progress.Due = storerules.NormalizeTime(due)
		}
		c.NotBefore, c.NotAfter, c.IssuedAt = storerules.NormalizeTime(c.NotBefore), storerules.NormalizeTime(c.NotAfter), storerules.NormalizeTime(c.IssuedAt)
		c.Renewals = 0
		if w.certificate != nil {
			c.Renewals = w.certificate.Renewals + 1
		}
		w.certificate = &c
		return nil
	})
}

func (m *jobsModel) Fail(ctx context.Context, l store.Lease, p store.Problem, at time.Time) error {
	return m.fenced(ctx, l, func(a *store.Application, w *jobState) error { return w.fail(a, store.Failed, p, at) })
}

func (m *jobsModel) Cancel(ctx context.Context, id int64, p store.Problem, at time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	a := m.find(id)
	if a == nil {
		return fmt.Errorf("%w: %d", store.ErrNotFound, id)
	}
	return m.states[id].fail(a, store.Canceled, p, at)
}

// fail moves an application from Applying to Failed or Canceled, with the reason.
func (w *jobState) fail(a *store.Application, to store.Status, p store.Problem, at time.Time) error {
	if a.Status != store.Applying {
		return fmt.Errorf("%w: %d is %s and cannot be %s", store.ErrInvalidTransition, a.ID, a.Status, to)
	}
	a.Status, a.UpdatedAt = to, storerules.NormalizeTime(at)
	w.progress.Problem = keptProblem(p)
	w.end(to)
	return nil
}

func (m *jobsModel) Retire(ctx context.Context, l store.Lease) error {
	return m.fenced(ctx, l, func(a *store.Application, w *jobState) error {
		if a.Status != store.Issued {
			return fmt.Errorf("%w: %d is %s and cannot be retired", store.ErrInvalidTransition, a.ID, a.Status)
		}
		w.end(store.Failed) // except for the status
		return nil
	})
}

func (m *jobsModel) Expedite(ctx context.Context, id int64, due time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	if due.IsZero() {
		return fmt.Errorf("%w: expediting application %d", store.ErrNoDueTime, id)
	}
	w := m.states[id]
	if w == nil {
		return fmt.Errorf("%w: %d", store.ErrNotFound, id)
	}
	if due = storerules.NormalizeTime(due); due.Before(w.progress.Due) {
		w.progress.Due = due
	}
	return nil
}

func (m *jobsModel) ListRecords(ctx context.Context, q store.Query) ([]store.JobRecord, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var found []store.JobRecord
	for _, a := range filter(m.applications, q) {
		w := m.states[a.ID]
		record := store.JobRecord{Application: a, Progress: w.progress}
		if w.certificate != nil {
			public := *w.certificate
			public.Chain, public.SealedKey = nil, nil
			record.Certificate = &public
		}
		found = append(found, record)
	}
	return found, nil
}

func (m *jobsModel) Certificate(ctx context.Context, id int64) (store.Certificate, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return store.Certificate{}, err
	}
	w := m.states[id]
	if w == nil {
		return store.Certificate{}, fmt.Errorf("%w: %d", store.ErrNotFound, id)
	}
	if w.certificate == nil {
		return store.Certificate{}, fmt.Errorf("%w: %d", store.ErrNoCertificate, id)
	}
	return *w.certificate, nil
}

func (m *jobsModel) PendingOrderAuthorities(ctx context.Context, domain string) ([]string, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for id, w := range m.states {
		if w.order != nil && m.find(id).Domain == domain {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b int64) int {
		return -cmp.Or(m.states[a].order.CreatedAt.Compare(m.states[b].order.CreatedAt), cmp.Compare(a, b))
	})
	var names []string
	for _, id := range ids {
		if name := m.states[id].order.Authority; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func (m *jobsModel) Counts(ctx context.Context) (store.Counts, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return store.Counts{}, err
	}
	counts := store.Counts{ByStatus: make(map[store.Status]int64)}
	for _, a := range m.applications {
		counts.ByStatus[a.Status]++
		c := m.states[a.ID].certificate
		if c != nil && !c.Superseded && (counts.NextExpiry.IsZero() || c.NotAfter.Before(counts.NextExpiry)) {
			counts.NextExpiry = c.NotAfter
		}
	}
	return counts, nil
}

func (m *jobsModel) Account(ctx context.Context, authority string) (store.ACMEAccount, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return store.ACMEAccount{}, err
	}
	if a := m.account(authority); a != nil {
		return *a, nil
	}
	return store.ACMEAccount{}, fmt.Errorf("%w: no account at the authority %q", store.ErrNotFound, authority)
}

func (m *jobsModel) account(authority string) *store.ACMEAccount {
	for i := range m.accounts {
		if m.accounts[i].Authority == authority {
			return &m.accounts[i]
		}
	}
	return nil
}

func (m *jobsModel) SaveAccount(ctx context.Context, a store.ACMEAccount) (store.ACMEAccount, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return store.ACMEAccount{}, err
	}
	kept := m.account(a.Authority)
	if kept == nil {
		a.CreatedAt = storerules.NormalizeTime(a.CreatedAt)
		m.accounts = append(m.accounts, a)
		return a, nil
	}
	if kept.URL == "" && bytes.Equal(kept.SealedKey, a.SealedKey) {
		kept.URL = a.URL
	}
	return *kept, nil
}
