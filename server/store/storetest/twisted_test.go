package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/esacert/esacert/server/store"
)

// twisted is the model with some methods replaced.
type twisted struct {
	*model
	apply  func(ctx context.Context, b store.Batch) ([]store.Application, error)
	finish func(ctx context.Context, id int64, to store.Status, at time.Time) error
	list   func(ctx context.Context, q store.Query) ([]store.Application, error)
	usage  func(store.Usage) store.Usage
	save   func(ctx context.Context, nonces []store.Nonce) error
	nonces func(ctx context.Context, now time.Time, yield func(store.Nonce) error) error
	forget func(ctx context.Context, now time.Time) error
	lower  func(ctx context.Context, to time.Time) error
	close  func() error
}

func (s twisted) Apply(ctx context.Context, b store.Batch) ([]store.Application, error) {
	if s.apply == nil {
		return s.model.Apply(ctx, b)
	}
	return s.apply(ctx, b)
}

func (s twisted) Finish(ctx context.Context, id int64, to store.Status, at time.Time) error {
	if s.finish == nil {
		return s.model.Finish(ctx, id, to, at)
	}
	return s.finish(ctx, id, to, at)
}

func (s twisted) Applications(ctx context.Context, q store.Query) ([]store.Application, error) {
	if s.list == nil {
		return s.model.Applications(ctx, q)
	}
	return s.list(ctx, q)
}

func (s twisted) Usage(ctx context.Context, account, plan, family string, site int64) (store.Usage, error) {
	u, err := s.model.Usage(ctx, account, plan, family, site)
	if s.usage != nil {
		u = s.usage(u)
	}
	return u, err
}

func (s twisted) SaveNonces(ctx context.Context, nonces []store.Nonce) error {
	if s.save == nil {
		return s.model.SaveNonces(ctx, nonces)
	}
	return s.save(ctx, nonces)
}

func (s twisted) Nonces(ctx context.Context, now time.Time, yield func(store.Nonce) error) error {
	if s.nonces == nil {
		return s.model.Nonces(ctx, now, yield)
	}
	return s.nonces(ctx, now, yield)
}

func (s twisted) ForgetNonces(ctx context.Context, now time.Time) error {
	if s.forget == nil {
		return s.model.ForgetNonces(ctx, now)
	}
	return s.forget(ctx, now)
}

func (s twisted) LowerNonceHorizon(ctx context.Context, to time.Time) error {
	if s.lower == nil {
		return s.model.LowerNonceHorizon(ctx, to)
	}
	return s.lower(ctx, to)
}

func (s twisted) Close() error {
	if s.close == nil {
		return s.model.Close()
	}
	return s.close()
}

// fault makes a store that breaks a promise.
type fault func(m *model) store.Store

// batchFault changes each batch before it is applied.
func batchFault(change func(*store.Batch)) fault {
	return func(m *model) store.Store {
		return twisted{model: m, apply: func(ctx context.Context, b store.Batch) ([]store.Application, error) {
			change(&b)
			return m.Apply(ctx, b)
		}}
	}
}

// answerFault changes what Apply answers, after it was done.
func answerFault(change func(m *model, b store.Batch, made []store.Application, err error) ([]store.Application, error)) fault {
	return func(m *model) store.Store {
		return twisted{model: m, apply: func(ctx context.Context, b store.Batch) ([]store.Application, error) {
			made, err := m.Apply(ctx, b)
			return change(m, b, slices.Clone(made), err)
		}}
	}
}

// finishFault changes how an application is finished.
func finishFault(finish func(m *model, id int64, to store.Status, at time.Time) error) fault {
	return func(m *model) store.Store {
		return twisted{model: m, finish: func(_ context.Context, id int64, to store.Status, at time.Time) error {
			return finish(m, id, to, at)
		}}
	}
}

// queryFault changes a query before it is answered.
func queryFault(change func(*store.Query)) fault {
	return func(m *model) store.Store {
		return twisted{model: m, list: func(ctx context.Context, q store.Query) ([]store.Application, error) {
			change(&q)
			return m.Applications(ctx, q)
		}}
	}
}
