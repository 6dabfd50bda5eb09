package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/server/store"
)

func rateFaults() map[string]jobFault {
	ctx := context.Background()
	rateFault := func(change func(*store.Rate)) jobFault {
		return spending(func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error) {
			rates = slices.Clone(rates)
			for i := range rates {
				change(&rates[i])
			}
			return m.Spend(ctx, now, rates)
		})
	}
	oneMore := rateFault(func(r *store.Rate) { r.Burst++ })
	return map[string]jobFault{
		"all of it at once, then one each interval": rateFault(func(r *store.Rate) { r.Interval += time.Second }),
		"of several rates takes from all or from none": spending(func(m *jobsModel, now time.Time, rates []store.Rate) (longest time.Duration, _ error) {
			for _, r := range rates {
				wait, err := m.Spend(ctx, now, []store.Rate{r})
				if err != nil {
					return 0, err
				}
				longest = max(longest, wait)
			}
			return longest, nil
		}),
		"a key that is there twice costs the sum": spending(func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error) {
			return m.Spend(ctx, now, slices.CompactFunc(slices.SortedFunc(slices.Values(rates), func(a, b store.Rate) int { return strings.Compare(a.Key, b.Key) }),
				func(a, b store.Rate) bool { return a.Key == b.Key }))
		}),
		"a cost of nothing only looks":              rateFault(func(r *store.Rate) { r.Cost = max(r.Cost, 1) }),
		"a cost of less than nothing is given back": rateFault(func(r *store.Rate) { r.Cost = max(r.Cost, 0) }),
		"who waits as told gets it, and not earlier": spending(func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error) {
			wait, err := m.Spend(ctx, now, rates)
			return wait.Truncate(time.Second), err
		}),
		"a clock that was set back leaves nothing behind that is longer than whole": spending(func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error) {
			before := maps.Clone(m.full)
			wait, err := m.Spend(ctx, now, rates)
			if wait > 0 {
				m.full = before
			}
			return wait, err
		}),
		"clocks that differ a little get no more": spending(func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error) {
			for _, r := range rates {
				if end := now.Add(r.Interval * time.Duration(r.Burst)); m.full[r.Key].After(end) {
					m.full[r.Key] = end
				}
			}
			return m.Spend(ctx, now, rates)
		}),
		"refuses what is not a rate and takes nothing": spending(func(m *jobsModel, now time.Time, rates []store.Rate) (time.Duration, error) {
			wait, err := m.Spend(ctx, now, rates)
			if errors.Is(err, store.ErrRate) {
				return m.Spend(ctx, now, rates[:1])
			}
			return wait, err
		}),
		"to forget rates changes no answer": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, forget: func(now time.Time) error { return m.ForgetRates(ctx, now.Add(time.Minute)) }}
		},
		"never grants more than it should in any time, and grants that": oneMore,
		"of 16 that spend at once as many get it as there is":           oneMore,
	}
}

func keyFaults() map[string]jobFault {
	ctx := context.Background()
	accountFault := func(save func(m *jobsModel, a store.Account) (store.Account, error)) jobFault {
		return func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, save: func(a store.Account) (store.Account, error) { return save(m, a) }}
		}
	}
	sealedFault := func(sealed func(m *jobsModel, yield func(store.Sealed) error) error) jobFault {
		return func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, sealed: func(yield func(store.Sealed) error) error { return sealed(m, yield) }}
		}
	}
	return map[string]jobFault{
		"the first is kept, and gets its URL": accountFault(func(m *jobsModel, a store.Account) (store.Account, error) {
			a.URL = ""
			return m.SaveAccount(ctx, a)
		}),
		"at another authority it is another": accountFault(func(m *jobsModel, a store.Account) (store.Account, error) {
			a.Authority = strings.ToLower(a.Authority)
			return m.SaveAccount(ctx, a)
		}),
		"of 32 that save one, all are told of the same": accountFault(func(m *jobsModel, a store.Account) (store.Account, error) {
			_, err := m.SaveAccount(ctx, a)
			return a, err
		}),
		"are all keys in the order of their owners": sealedFault(func(m *jobsModel, yield func(store.Sealed) error) error {
			var keys []store.Sealed
			err := m.Sealed(ctx, func(k store.Sealed) error { keys = append(keys, k); return nil })
			slices.SortFunc(keys, func(a, b store.Sealed) int { return strings.Compare(a.Owner, b.Owner) })
			for _, k := range keys {
				err = errors.Join(err, yield(k))
			}
			return err
		}),
		"stop at the first error of yield and return it": sealedFault(func(m *jobsModel, yield func(store.Sealed) error) error {
			return m.Sealed(ctx, func(k store.Sealed) error { _ = yield(k); return nil })
		}),
		"many come back, and yield may use the store": sealedFault(func(m *jobsModel, yield func(store.Sealed) error) error {
			n := 0
			return m.Sealed(ctx, func(k store.Sealed) error {
				if n++; n > 256 {
					return nil
				}
				return yield(k)
			})
		}),
		"samples are the first and the last of each mark": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, samples: func() ([]store.Sealed, error) {
				var first []store.Sealed
				all, err := m.SealedSamples(ctx)
				for _, k := range all {
					if n := len(first); n == 0 || string(first[n-1].Key[:store.SealedMark]) != string(k.Key[:store.SealedMark]) {
						first = append(first, k)
					}
				}
				return first, err
			}}
		},
		"one takes the place of another that is still there": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, reseal: func(old store.Sealed, sealed []byte) (bool, error) {
				for _, k := range m.sealedKeys() {
					if k.owner == old.Owner {
						k.put(sealed)
						return true, nil
					}
				}
				return false, nil
			}}
		},
		"with a context that has ended stops before it writes": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, spend: func(now time.Time, rates []store.Rate) (time.Duration, error) {
				return m.Spend(ctx, now, rates)
			}}
		},
		"after Close is ErrClosed": func(m *jobsModel) JobStore {
			return twistedJobs{jobsModel: m, close: func() error { return nil }}
		},
		// One that random operations find soon, in few tries too.
		"the model of jobs": afterwards("", func(_ way, _ *store.Application, w *way) { w.progress.Retries += 7 }),
	}
}
