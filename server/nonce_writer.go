package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/store"
)

// nonceWriter writes spent nonces behind the answers, many at a time, so that a
// refused request costs no disk. A crash loses the last second of them, all of
// requests that changed nothing: the nonce of an accepted one is stored with
// its applications.
type nonceWriter struct {
	store  store.Store
	memory *auth.NonceCache
	clock  func() time.Time

	saving sync.Mutex // held while saving
	forgot time.Time

	mu      sync.Mutex
	pending []store.Nonce
	dropped LostNoncesError // those that did not fit into pending
}

// LostNoncesError reports that nonces of rejected requests could not be stored.
// After a restart each of these requests could be sent again, once. The nonces
// of accepted requests are stored with their applications, and never lost.
type LostNoncesError struct {
	Count int
	Until time.Time // after which none of them could be sent again
	Err   error     // why they could not be stored
}

// Error reports how many are lost, and until when that matters.
func (e *LostNoncesError) Error() string {
	return fmt.Sprintf("%d nonces of rejected requests are lost: after a restart these requests could be sent again, until %s: %v",
		e.Count, e.Until.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns why they could not be stored.
func (e *LostNoncesError) Unwrap() error { return e.Err }

func (e *LostNoncesError) add(nonces []store.Nonce) {
	e.Count += len(nonces)
	for _, n := range nonces {
		if n.Expires.After(e.Until) {
			e.Until = n.Expires
		}
	}
}

const (
	saveEvery   = time.Second
	forgetEvery = time.Minute
)

func (n *nonceWriter) add(nonce store.Nonce) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = append(n.pending, nonce)
}

// run saves until the context ends, and calls each every time. It leaves what is
// pending then to save.
func (n *nonceWriter) run(ctx context.Context, each func(), report func(error)) {
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
func (n *nonceWriter) save(ctx context.Context) error {
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	pending := n.pending
	n.pending = nil
	n.mu.Unlock()
	if len(pending) > 0 {
		if err := n.store.SaveNonces(ctx, pending); err != nil {
			n.requeue(pending)
			return fmt.Errorf("save %d nonces: %w", len(pending), err)
		}
	}
	if now := n.clock(); now.Sub(n.forgot).Abs() >= forgetEvery {
		n.forgot = now
		n.memory.Forget(now)
		// Not later than the memory, which leaves time for calls on their way.
		if err := n.store.DeleteExpiredNonces(ctx, n.memory.Horizon()); err != nil {
			return fmt.Errorf("forget expired nonces: %w", err)
		}
	}
	return nil
}

// finish saves what is pending for the last time, if need be in small pieces: a
// disk that has no room for all may have room for some.
//
// Errors: *LostNoncesError.
func (n *nonceWriter) finish(ctx context.Context) error {
	const piece = 1024
	err := n.save(ctx)
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.pending) > 0 {
		some := n.pending[:min(piece, len(n.pending))]
		if err = n.store.SaveNonces(ctx, some); err != nil {
			break
		}
		n.pending = n.pending[len(some):]
	}
	lost := n.dropped
	lost.add(n.pending)
	if lost.Count == 0 || !lost.Until.After(n.clock()) {
		return nil // what has expired is not needed, and to forget it can wait
	}
	if lost.Err = err; err == nil {
		lost.Err = errors.New("too many to keep until they could be stored")
	}
	return &lost
}

// requeue keeps nonces for the next time, but not without end. The oldest go
// first.
func (n *nonceWriter) requeue(nonces []store.Nonce) {
	const most = 1 << 20
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = append(nonces, n.pending...)
	if over := len(n.pending) - most; over > 0 {
		n.dropped.add(n.pending[:over])
		n.pending = n.pending[over:]
	}
}
