package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/server/store"
)

// faults has a fault for each promise, by its name.
func faults() map[string]fault {
	ctx := context.Background()
	backwards := answerFault(func(_ *model, _ store.Batch, made []store.Application, err error) ([]store.Application, error) {
		slices.Reverse(made)
		return made, err
	})
	quotaOffByOne := batchFault(func(b *store.Batch) {
		if b.Quota != store.Unlimited {
			b.Quota++
		}
	})
	recordsOffByOne := batchFault(func(b *store.Batch) {
		if b.RecordLimit != store.Unlimited {
			b.RecordLimit++
		}
	})
	neverFailed := finishFault(func(m *model, id int64, _ store.Status, at time.Time) error {
		return m.Finish(ctx, id, store.Issued, at)
	})
	finishAlways := finishFault(func(m *model, id int64, to store.Status, at time.Time) error {
		_ = m.Finish(ctx, id, to, at)
		return nil
	})
	oneSite := batchFault(func(b *store.Batch) { b.SiteID = site })
	all := map[string]fault{
		"answers in the order of the names with consecutive ids from FirstID": backwards,
		"keeps what it answered": answerFault(func(_ *model, _ store.Batch, made []store.Application, err error) ([]store.Application, error) {
			for i := range made {
				made[i].RequestID = ""
			}
			return made, err
		}),
		"a refused batch leaves no gap in the ids": answerFault(func(m *model, _ store.Batch, made []store.Application, err error) ([]store.Application, error) {
			if err != nil {
				m.applications = append(m.applications, store.Application{Status: store.Failed})
			}
			return made, err
		}),
		"all names or none": answerFault(func(m *model, b store.Batch, made []store.Application, err error) ([]store.Application, error) {
			if err != nil {
				b.Domains = b.Domains[:1]
				_, _ = m.Apply(ctx, b)
			}
			return made, err
		}),
		"a pending name is refused, the first of them is named": answerFault(func(_ *model, b store.Batch, made []store.Application, err error) ([]store.Application, error) {
			if err != nil {
				return nil, &store.AlreadySubmittedError{Domain: b.Domains[len(b.Domains)-1]}
			}
			return made, nil
		}),
		"a pending name is refused whatever else is different": batchFault(func(b *store.Batch) { b.SiteID += int64(len(b.Type)) }),
		"another site or account may take the same name":       oneSite,
		"an Issued or Failed application frees the name":       finishFault(func(*model, int64, store.Status, time.Time) error { return nil }),
		"refuses what is not a batch": answerFault(func(_ *model, _ store.Batch, made []store.Application, err error) ([]store.Application, error) {
			if errors.Is(err, store.ErrBatch) {
				return nil, nil
			}
			return made, err
		}),
		"texts come back as they were": batchFault(func(b *store.Batch) { b.RequestID = strings.TrimSpace(b.RequestID) }),
		"times are UTC to the microsecond": answerFault(func(_ *model, b store.Batch, made []store.Application, err error) ([]store.Application, error) {
			made[0].CreatedAt = b.At
			return made, err
		}),

		"pending is checked before the records, these before the quota": func(m *model) store.Store {
			return twisted{model: m, apply: func(ctx context.Context, b store.Batch) ([]store.Application, error) {
				u, err := m.Usage(ctx, b.Account, b.Plan, b.Family, b.SiteID)
				if err == nil && b.Quota != store.Unlimited && u.Quota+len(b.Domains) > b.Quota {
					return nil, store.ErrQuota
				}
				return m.Apply(ctx, b)
			}}
		},
		"the quota may be used up and not exceeded":     quotaOffByOne,
		"the quota counts per account, plan and family": batchFault(func(b *store.Batch) { b.Plan, b.Family = b.Plan+b.Family, "" }),
		"the records may be used up and not exceeded":   recordsOffByOne,
		"the records count per account and site":        oneSite,
		"a batch that takes no records is not held to their limit": answerFault(func(_ *model, b store.Batch, made []store.Application, err error) ([]store.Application, error) {
			if b.RecordsInUse > b.RecordLimit {
				return nil, store.ErrRecordLimit
			}
			return made, err
		}),
		"what was taken without a limit counts when there is one": batchFault(func(b *store.Batch) {
			if b.Quota == store.Unlimited {
				b.Plan = "not counted"
			}
		}),

		"Applying to Issued or Failed, Issued to Failed, and nothing else": finishAlways,
		"an unknown id is ErrNotFound":                                     finishAlways,
		"Failed gives the units back, once":                                neverFailed,
		"Issued keeps the units": finishFault(func(m *model, id int64, _ store.Status, at time.Time) error {
			return m.Finish(ctx, id, store.Failed, at)
		}),
		"sets UpdatedAt and leaves CreatedAt": finishFault(func(m *model, id int64, to store.Status, _ time.Time) error {
			return m.Finish(ctx, id, to, time.Time{})
		}),
		"what was given back can be taken again": neverFailed,

		"every combination of conditions": queryFault(func(q *store.Query) { q.Status = "" }),
		"pages by ascending id":           queryFault(func(q *store.Query) { q.After++ }),
		"no limit is DefaultLimit":        queryFault(func(q *store.Query) { q.Limit = max(q.Limit, 1000) }),
		"a larger limit than MaxLimit is MaxLimit": func(m *model) store.Store {
			return twisted{model: m, list: func(ctx context.Context, q store.Query) ([]store.Application, error) {
				page, err := m.Applications(ctx, q)
				if q.Limit <= store.MaxLimit || len(page) == 0 {
					return page, err
				}
				q.After = page[len(page)-1].ID
				more, err := m.Applications(ctx, q)
				return append(page, more...), err
			}}
		},
		"an empty store has none": func(m *model) store.Store {
			return twisted{model: m, usage: func(store.Usage) store.Usage { return store.Usage{Quota: 1} }}
		},
		"sees what was written before it was called": queryFault(func(q *store.Query) { q.Account = "nobody" }),
	}
	maps.Copy(all, nonceFaults())
	maps.Copy(all, concurrentFaults(quotaOffByOne, recordsOffByOne, finishAlways, backwards))
	return all
}

func nonceFaults() map[string]fault {
	// noncesFault changes how nonces are handed out.
	noncesFault := func(nonces func(m *model, now time.Time, yield func(store.Nonce) error) error) fault {
		return func(m *model) store.Store {
			return twisted{model: m, nonces: func(_ context.Context, now time.Time, yield func(store.Nonce) error) error {
				return nonces(m, now, yield)
			}}
		}
	}
	ctx := context.Background()
	return map[string]fault{
		"yields those saved and those of accepted batches": batchFault(func(b *store.Batch) { b.Nonce = store.Nonce{} }),
		"yields each with its account and access key": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(ctx, now, func(n store.Nonce) error { n.AccessKeyID = ""; return yield(n) })
		}),
		"yields only those that expire after now": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(ctx, now.Add(-1), yield)
		}),
		"stops at the first error of yield and returns it": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(ctx, now, func(n store.Nonce) error { _ = yield(n); return nil })
		}),
		"yield may use the store": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(ctx, now, func(n store.Nonce) error { return errors.Join(m.Close(), yield(n)) })
		}),
		"many at once come back": func(m *model) store.Store {
			return twisted{model: m, save: func(ctx context.Context, nonces []store.Nonce) error {
				return m.SaveNonces(ctx, nonces[:1000])
			}}
		},
		"forgets what has expired and nothing else": func(m *model) store.Store {
			return twisted{model: m, forget: func(context.Context, time.Time) error { return nil }}
		},
		"the horizon is the latest time of forgetting": func(m *model) store.Store {
			return twisted{model: m, forget: func(ctx context.Context, now time.Time) error {
				m.horizon = time.Time{}
				return m.ForgetNonces(ctx, now)
			}}
		},
		"the horizon is lowered to a time, and never raised by it": func(m *model) store.Store {
			return twisted{model: m, lower: func(_ context.Context, to time.Time) error {
				m.horizon = store.WholeSecond(to)
				return nil
			}}
		},
		"a nonce that expires before the horizon is refused": batchFault(func(b *store.Batch) { b.Nonce = store.Nonce{} }),
		"forgetting leaves applications alone": func(m *model) store.Store {
			return twisted{model: m, forget: func(context.Context, time.Time) error { m.applications = nil; return nil }}
		},
		"saving none is no error": func(m *model) store.Store {
			return twisted{model: m, save: func(context.Context, []store.Nonce) error { return store.ErrBatch }}
		},
	}
}

func concurrentFaults(quotaOffByOne, recordsOffByOne, finishAlways, backwards fault) map[string]fault {
	var sites atomic.Int64
	return map[string]fault{
		"of 32 for the same names one wins": answerFault(func(_ *model, _ store.Batch, made []store.Application, _ error) ([]store.Application, error) {
			return made, nil
		}),
		"overlapping batches never share a name":    batchFault(func(b *store.Batch) { b.SiteID = sites.Add(1) }),
		"a quota of 100 is used up exactly":         quotaOffByOne,
		"a limit of 100 records is used up exactly": recordsOffByOne,
		"of 32 that finish one wins":                finishAlways,
		"ids are consecutive, batches together":     backwards,

		"one that has ended stops every call before it writes": func(m *model) store.Store {
			return twisted{model: m, apply: func(ctx context.Context, b store.Batch) ([]store.Application, error) {
				return m.Apply(context.WithoutCancel(ctx), b)
			}}
		},
		"one that ends while waiting never hides what was stored": answerFault(func(_ *model, _ store.Batch, _ []store.Application, _ error) ([]store.Application, error) {
			return nil, context.Canceled
		}),
		"every call after it is ErrClosed": func(m *model) store.Store {
			return twisted{model: m, close: func() error { return nil }}
		},
		"a second one does nothing": func(m *model) store.Store {
			return twisted{model: m, close: func() error { return m.enterAndClose() }}
		},
		"under load every call is answered, done or ErrClosed": answerFault(func(_ *model, _ store.Batch, made []store.Application, err error) ([]store.Application, error) {
			if errors.Is(err, store.ErrClosed) {
				return nil, errors.New("what happened?")
			}
			return made, err
		}),
		// One that random operations find soon, in few tries too.
		"like the model": func(m *model) store.Store {
			return twisted{model: m, usage: func(u store.Usage) store.Usage {
				u.Records = min(u.Records, 3)
				return u
			}}
		},
	}
}

// enterAndClose closes only a store that is open.
func (m *model) enterAndClose() error {
	err := m.enter(context.Background())
	m.closed = true
	m.mu.Unlock()
	return err
}
