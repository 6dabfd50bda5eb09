package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// TestFaultyStores runs requirements against stores that violate them. Listed are
// the requirements whose violation "behaves like the model" cannot detect, and that one
// itself: for all others it is a second check, in the suite of each store.
func TestFaultyStores(t *testing.T) {
	t.Parallel()
	detectsFaults(t, groups(), map[string]func(m *model) store.Store{
		"rejects invalid requests": applyFault(func(m *model, b store.ApplyRequest) ([]store.Application, error) {
			made, err := m.Apply(context.Background(), b)
			if errors.Is(err, store.ErrInvalidBatch) {
				return nil, nil
			}
			return made, err
		}),
		"stores strings verbatim": applyFault(func(m *model, b store.ApplyRequest) ([]store.Application, error) {
			b.RequestID = strings.TrimSpace(b.RequestID)
			return m.Apply(context.Background(), b)
		}),
		"a done context stops every call before it writes": applyFault(func(m *model, b store.ApplyRequest) ([]store.Application, error) {
			return m.Apply(context.Background(), b)
		}),
		"under load every call returns, completed or ErrClosed": applyFault(func(m *model, b store.ApplyRequest) ([]store.Application, error) {
			made, err := m.Apply(context.Background(), b)
			if errors.Is(err, store.ErrClosed) {
				return nil, errors.New("unknown outcome")
			}
			return made, err
		}),
		"the limit is at most MaxLimit": func(m *model) store.Store {
			return faultyStore{model: m, list: func(ctx context.Context, q store.Query) ([]store.Application, error) {
				return twoPages(q, func(q store.Query) ([]store.Application, error) { return m.Applications(ctx, q) },
					func(a store.Application) int64 { return a.ID })
			}}
		},
		"yields each with its account and access key": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(context.Background(), now, func(n store.Nonce) error { n.AccessKeyID = ""; return yield(n) })
		}),
		"yields only those that expire after now": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(context.Background(), now.Add(-1), yield)
		}),
		"stops at the first error of yield and returns it": noncesFault(func(m *model, now time.Time, yield func(store.Nonce) error) error {
			return m.Nonces(context.Background(), now, func(n store.Nonce) error { _ = yield(n); return nil })
		}),
		"every later call returns ErrClosed": func(m *model) store.Store {
			return faultyStore{model: m, close: func() error { return nil }}
		},
		"a second Close does nothing": func(m *model) store.Store {
			return faultyStore{model: m, close: func() error { return errors.Join(m.Ping(context.Background()), m.Close()) }}
		},
		"behaves like the model": func(m *model) store.Store {
			return faultyStore{model: m, usage: func(u store.QuotaUsage) store.QuotaUsage {
				u.DNSRecords = min(u.DNSRecords, 3)
				return u
			}}
		},
	}, func() *model { return &model{} })
}

// faultyStore is the model with some methods replaced.
type faultyStore struct {
	*model
	apply  func(b store.ApplyRequest) ([]store.Application, error)
	list   func(ctx context.Context, q store.Query) ([]store.Application, error)
	usage  func(store.QuotaUsage) store.QuotaUsage
	nonces func(now time.Time, yield func(store.Nonce) error) error
	close  func() error
}

func (s faultyStore) Apply(ctx context.Context, b store.ApplyRequest) ([]store.Application, error) {
	if s.apply == nil {
		return s.model.Apply(ctx, b)
	}
	return s.apply(b)
}

func (s faultyStore) Applications(ctx context.Context, q store.Query) ([]store.Application, error) {
	if s.list == nil {
		return s.model.Applications(ctx, q)
	}
	return s.list(ctx, q)
}

func (s faultyStore) Usage(ctx context.Context, account, plan, family string, site int64) (store.QuotaUsage, error) {
	u, err := s.model.Usage(ctx, account, plan, family, site)
	if s.usage != nil {
		u = s.usage(u)
	}
	return u, err
}

func (s faultyStore) Nonces(ctx context.Context, now time.Time, yield func(store.Nonce) error) error {
	if s.nonces == nil {
		return s.model.Nonces(ctx, now, yield)
	}
	return s.nonces(now, yield)
}

func (s faultyStore) Close() error {
	if s.close == nil {
		return s.model.Close()
	}
	return s.close()
}

func applyFault(apply func(m *model, b store.ApplyRequest) ([]store.Application, error)) func(m *model) store.Store {
	return func(m *model) store.Store {
		return faultyStore{model: m, apply: func(b store.ApplyRequest) ([]store.Application, error) { return apply(m, b) }}
	}
}

func noncesFault(nonces func(m *model, now time.Time, yield func(store.Nonce) error) error) func(m *model) store.Store {
	return func(m *model) store.Store {
		return faultyStore{model: m, nonces: func(now time.Time, yield func(store.Nonce) error) error { return nonces(m, now, yield) }}
	}
}

// twoPages returns the page of a query and the next one, if the limit is larger
// than a page may be.
func twoPages[T any](q store.Query, list func(store.Query) ([]T, error), id func(T) int64) ([]T, error) {
	page, err := list(q)
	if q.Limit <= store.MaxLimit || len(page) == 0 {
		return page, err
	}
	q.After = id(page[len(page)-1])
	more, err := list(q)
	return append(page, more...), err
}
