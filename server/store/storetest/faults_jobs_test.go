package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/esacert/esacert/server/store"
)

// jobFaults has a fault for each promise of store.Jobs, by its name.
func jobFaults() map[string]jobFault {
	all := leaseFaults()
	maps.Copy(all, fenceFaults())
	maps.Copy(all, cancelFaults())
	maps.Copy(all, endFaults())
	maps.Copy(all, readFaults())
	maps.Copy(all, rateFaults())
	maps.Copy(all, keyFaults())
	return all
}

func leaseFaults() map[string]jobFault {
	ctx := context.Background()
	return map[string]jobFault{
		"gives what is due, what has waited longest first": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			jobs, err := m.Lease(ctx, now, until, limit)
			slices.Reverse(jobs)
			return jobs, err
		}),
		"gives as many as are asked for and no more": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			return m.Lease(ctx, now, until, limit+1)
		}),
		"gives all that is known of the application": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			jobs, err := m.Lease(ctx, now, until, limit)
			for i := range jobs {
				if jobs[i].Certificate != nil {
					jobs[i].Order = nil
				}
			}
			return jobs, err
		}),
		"nobody else gets it until it ends; then it is due again, with all that was written": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			jobs, err := m.Lease(ctx, now, until, limit)
			for _, job := range jobs {
				m.change(job.ID, func(_ *store.Application, w *way) { w.progress.Due = until.Add(-time.Microsecond) })
			}
			return jobs, err
		}),
		"what a clock that was set back has put off is due": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			put := m.dueFrom(now.Add(store.Horizon), time.Time{})
			due := make(map[int64]time.Time)
			for _, id := range put {
				due[id], m.ways[id].progress.Due = m.ways[id].progress.Due, time.Time{}
			}
			jobs, err := m.Lease(ctx, now, until, limit)
			for _, id := range put {
				m.ways[id].progress.Due = due[id]
			}
			return jobs, err
		}),
		"an application that has ended is not due": afterwards("Fail", func(_ way, a *store.Application, w *way) { w.progress.Due = a.UpdatedAt }),
		"of 32 that lease at once each application goes to one": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			jobs, err := m.Lease(ctx, now, until, limit)
			for _, j := range jobs {
				if j.ID%10 == 0 && j.Lease.Attempt == 1 {
					m.change(j.ID, func(_ *store.Application, w *way) { w.progress.Due = now })
				}
			}
			return jobs, err
		}),
		"many at once are leased, oldest first": leasing(func(m *jobsModel, now, until time.Time, limit int) ([]store.Job, error) {
			return m.Lease(ctx, now, until, min(limit, 256))
		}),
		"the next due time is the earliest of all": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, due: func(due time.Time) time.Time {
				if due.After(at(0).Add(store.Horizon)) {
					return time.Time{}
				}
				return due
			}}
		},
		"hastening brings the next step forward and never puts it off": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, hasten: func(id int64, due time.Time) error {
				err := m.Hasten(ctx, id, due)
				if err == nil {
					m.change(id, func(_ *store.Application, w *way) { w.progress.Due = due })
				}
				return err
			}}
		},
		"times are UTC to the microsecond": afterwards("SaveOrder", func(_ way, _ *store.Application, w *way) {
			w.order.CreatedAt = w.order.CreatedAt.Add(time.Nanosecond)
		}),
	}
}

func fenceFaults() map[string]jobFault {
	// leaseChange changes the lease of each call.
	leaseChange := func(change func(m *jobsModel, l *store.Lease)) jobFault {
		return func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, fenced: func(_ string, l store.Lease, call func(store.Lease) error) error {
				change(m, &l)
				return call(l)
			}}
		}
	}
	keepLease := func(before way, _ *store.Application, w *way) { w.leased = before.leased }
	return map[string]jobFault{
		"a later lease fences every call of an earlier one off, and nothing is written": leaseChange(func(m *jobsModel, l *store.Lease) {
			m.change(l.ID, func(_ *store.Application, w *way) {
				if w.leased > l.Attempt {
					l.Attempt = w.leased
				}
			})
		}),
		"a lease is used up by the call that ends it":                  afterwards("Reschedule", keepLease),
		"to save an order does not end the lease":                      afterwards("SaveOrder", func(_ way, _ *store.Application, w *way) { w.leased = 0 }),
		"an application that is finished by hand fences its lease off": afterFinish(func(before way, w *way) { w.leased = before.leased }),
		"a lease goes on after its time until there is a later one":    lateComplete,
		"a lease that nobody was given is none":                        noLeaseNeeded,
		"of a call and a later lease at once, one comes first":         bothComeFirst,
		"of 32 that end one lease one does":                            afterwards("", keepLease),
		"an order takes the place of the one before":                   afterwards("SaveOrder", firstOrder),
		"an order is gone with its application":                        afterwards("Complete", func(before way, _ *store.Application, w *way) { w.order = before.order }),
		"each authority with an order for the name is named once, the latest order first": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, ordered: func(names []string) []string { slices.Sort(names); return names }}
		},
	}
}

func cancelFaults() map[string]jobFault {
	ctx := context.Background()
	return map[string]jobFault{
		// As by Finish: no reason is kept.
		"keeps the reason, frees the name and gives the units back": canceling(func(m *jobsModel, id int64, _ store.Problem, at time.Time) error {
			return m.Finish(ctx, id, store.Failed, at)
		}),
		"an application that is Issued or Failed is not canceled, and nothing is written": canceling(func(m *jobsModel, id int64, p store.Problem, at time.Time) error {
			m.change(id, func(a *store.Application, _ *way) { a.Status = store.Applying })
			return m.Cancel(ctx, id, p, at)
		}),
		"to cancel an unknown id is ErrNotFound": canceling(func(m *jobsModel, id int64, p store.Problem, at time.Time) error {
			return m.Cancel(ctx, max(id, store.FirstID), p, at)
		}),
		"fences off the lease in progress": canceling(func(m *jobsModel, id int64, p store.Problem, at time.Time) error {
			var before way
			m.change(id, func(_ *store.Application, w *way) { before = *w })
			err := m.Cancel(ctx, id, p, at)
			m.change(id, func(_ *store.Application, w *way) { w.leased = before.leased })
			return err
		}),
		// Half done: the worker wins, and the reason is written all the same.
		"of Cancel and a call that ends the lease at the same time, one wins": canceling(func(m *jobsModel, id int64, p store.Problem, at time.Time) error {
			err := m.Cancel(ctx, id, p, at)
			m.change(id, func(_ *store.Application, w *way) { w.leased, w.progress.Problem = 0, keptProblem(p) })
			if err == nil {
				m.change(id, func(a *store.Application, _ *way) { a.Status = store.Applying })
			}
			return err
		}),
	}
}

func firstOrder(before way, _ *store.Application, w *way) {
	if before.order != nil {
		w.order = before.order
	}
}

// lateComplete refuses what comes after the time of the lease.
func lateComplete(m *jobsModel) JobStore {
	s := twistedJobs{jobsModel: m}
	var ended time.Time
	s.issue = func(_ *store.Certificate, _, at *time.Time) { ended = *at }
	s.fenced = func(_ string, l store.Lease, call func(store.Lease) error) error {
		late := false
		m.change(l.ID, func(_ *store.Application, w *way) { late = ended.After(w.progress.Due) })
		if late {
			return store.ErrFenced
		}
		return call(l)
	}
	return s
}

// noLeaseNeeded lets those through who have none.
func noLeaseNeeded(m *jobsModel) JobStore {
	return twistedJobs{jobsModel: m, fenced: func(_ string, l store.Lease, call func(store.Lease) error) error {
		if l.Attempt == 0 {
			return nil
		}
		return call(l)
	}}
}

// bothComeFirst leases what has ended, and writes when it is fenced off.
func bothComeFirst(m *jobsModel) JobStore {
	s := twistedJobs{jobsModel: m}
	s.fenced = func(method string, l store.Lease, call func(store.Lease) error) error {
		err := call(l)
		m.change(l.ID, func(_ *store.Application, w *way) {
			if err != nil {
				w.progress.Failures++
			} else if method != "SaveOrder" {
				w.progress.Due = noon()
			}
		})
		return err
	}
	return s
}

func endFaults() map[string]jobFault {
	nextFault := func(change func(*store.Next)) jobFault {
		return func(m *jobsModel) JobStore { return twistedJobs{jobsModel: m, next: change} }
	}
	issueFault := func(change func(c *store.Certificate, due, at *time.Time)) jobFault {
		return func(m *jobsModel) JobStore { return twistedJobs{jobsModel: m, issue: change} }
	}
	// stateFault lets a method find the application in a state.
	stateFault := func(method string, in store.Status) jobFault {
		return func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, fenced: func(called string, l store.Lease, call func(store.Lease) error) error {
				if called == method {
					m.change(l.ID, func(a *store.Application, _ *way) { a.Status = in })
				}
				return call(l)
			}}
		}
	}
	return map[string]jobFault{
		"puts the next step off and changes nothing else": afterwards("Reschedule", func(_ way, a *store.Application, w *way) { a.UpdatedAt = w.progress.Due }),
		"a problem stays until there is another": afterwards("Reschedule", func(before way, _ *store.Application, w *way) {
			if w.progress.Problem == before.progress.Problem {
				w.progress.Problem = nil
			}
		}),
		"drops the order only when told":                             nextFault(func(n *store.Next) { n.DropOrder = true }),
		"notes that the certificate was delivered":                   nextFault(func(n *store.Next) { n.Delivered = false }),
		"needs a due time":                                           nextFault(func(n *store.Next) { n.Due = n.Due.Add(time.Second) }),
		"with no time nothing is due any more":                       issueFault(func(_ *store.Certificate, due, at *time.Time) { *due = at.Add(time.Hour) }),
		"counts the renewals":                                        afterwards("Complete", func(_ way, _ *store.Application, w *way) { w.certificate.Renewals = 0 }),
		"frees the name and keeps the units":                         afterwards("Complete", func(_ way, a *store.Application, _ *way) { a.Status = store.Failed }),
		"keeps the problem, frees the name and gives the units back": afterwards("Fail", func(_ way, a *store.Application, _ *way) { a.Status = store.Issued }),
		"puts the certificate in use and forgets failures and problem": afterwards("Complete", func(before way, _ *store.Application, w *way) {
			w.progress.Problem = before.progress.Problem
		}),
		"an application with a certificate does not fail, and its lease goes on": stateFault("Fail", store.Applying),
		"failed by hand after it was issued, its certificate is kept and in use no more": afterFinish(func(before way, w *way) {
			w.certificate = before.certificate
		}),
		"it stays Issued, keeps its units, and nothing is due": afterwards("Retire", func(before way, _ *store.Application, w *way) {
			w.progress.Due = before.progress.Due
		}),
		"what is not Issued is not retired": stateFault("Retire", store.Issued),
	}
}

func readFaults() map[string]jobFault {
	queryFault := func(change func(*store.Query)) jobFault {
		return func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, records: func(ctx context.Context, q store.Query) ([]store.Record, error) {
				change(&q)
				return m.Records(ctx, q)
			}}
		}
	}
	countFault := func(change func(m *jobsModel, c *store.Counts)) jobFault {
		return func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, counts: func(c *store.Counts) { change(m, c) }}
		}
	}
	return map[string]jobFault{
		"are listed as applications are, with every combination of conditions": queryFault(func(q *store.Query) { q.Status = "" }),
		"pages by ascending id, DefaultLimit of them without a limit":          queryFault(func(q *store.Query) { q.Limit = max(q.Limit, 1) }),
		"at most MaxLimit of them are a page": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, records: func(ctx context.Context, q store.Query) ([]store.Record, error) {
				page, err := m.Records(ctx, q)
				if q.Limit <= store.MaxLimit || len(page) == 0 {
					return page, err
				}
				q.After = page[len(page)-1].ID
				more, err := m.Records(ctx, q)
				return append(page, more...), err
			}}
		},
		"show neither chain nor key": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, records: func(ctx context.Context, q store.Query) ([]store.Record, error) {
				records, err := m.Records(ctx, q)
				for i := range records {
					records[i].Certificate = m.ways[records[i].ID].certificate
				}
				return records, err
			}}
		},
		"a certificate is told from none and from no application": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, missing: func(err error) error {
				if errors.Is(err, store.ErrNoCertificate) {
					return store.ErrNotFound
				}
				return err
			}}
		},
		"are those of the rows after each change": countFault(func(_ *jobsModel, c *store.Counts) {
			if c.ByStatus[store.Failed] > 0 {
				c.ByStatus[store.Issued]++
			}
		}),
		"the next to expire is the earliest of those in use": countFault(func(m *jobsModel, c *store.Counts) {
			for _, w := range m.ways {
				if w.certificate != nil && w.certificate.NotAfter.Before(c.NextExpiry) {
					c.NextExpiry = w.certificate.NotAfter
				}
			}
		}),
		"of 32 at work are those of the rows": countFault(func(_ *jobsModel, c *store.Counts) { c.ByStatus[store.Issued]-- }),
	}
}
