package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/esacert/esacert/server/auth"
	"github.com/esacert/esacert/server/store"
)

// nonceSaver writes spent nonces behind the answers, many at a time, so that a
// refused request costs no disk. A crash loses the last second of them, all of
// requests that changed nothing: the nonce of an accepted one is stored with
// its applications.
type nonceSaver struct {
	store  store.Store
	memory *auth.Nonces
	clock  func() time.Time

	saving sync.Mutex // held while saving
	forgot time.Time

	mu      sync.Mutex
	pending []store.Nonce
}

const (
	saveEvery   = time.Second
	forgetEvery = time.Minute
)

func (n *nonceSaver) add(nonce store.Nonce) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = append(n.pending, nonce)
}

// run saves until the context ends, and calls each every time. What is pending then is left to save.
func (n *nonceSaver) run(ctx context.Context, each func(), report func(error)) {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := n.save(ctx); err != nil && ctx.Err() == nil {
				report(err)
			}
			each()
		}
	}
}

// save writes what is pending; after a failure it stays pending. Now and then
// it drops what has expired.
func (n *nonceSaver) save(ctx context.Context) error {
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	pending := n.pending
	n.pending = nil
	n.mu.Unlock()
	if len(pending) > 0 {
		if err := n.store.SaveNonces(ctx, pending); err != nil {
			n.putBack(pending)
			return fmt.Errorf("save %d nonces: %w", len(pending), err)
		}
	}
	if now := n.clock(); now.Sub(n.forgot).Abs() >= forgetEvery {
		n.forgot = now
		n.memory.Forget(now)
		// Not later than the memory, which leaves time for calls on their way.
		if err := n.store.ForgetNonces(ctx, n.memory.Horizon()); err != nil {
			return fmt.Errorf("forget expired nonces: %w", err)
		}
	}
	return nil
}

// putBack keeps nonces for the next time, but not without end.
func (n *nonceSaver) putBack(nonces []store.Nonce) {
	const most = 1 << 20
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = append(nonces, n.pending...)
	if len(n.pending) > most {
		n.pending = n.pending[len(n.pending)-most:]
	}
}
