package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/esacert/esacert/server/store"
)

// DurableNonces are the used nonces of a server: in memory, and in its store, so
// that they outlive a restart. It is safe for concurrent use.
//
// The nonce of an accepted request is stored with its applications. Those of
// rejected requests are written behind, many at a time, so that a rejected request
// needs no disk write. A crash loses those of the last second; their requests
// changed nothing.
type DurableNonces struct {
	cache  *NonceCache
	store  store.Store
	clock  func() time.Time
	logger *slog.Logger

	horizonLog horizonLog

	saving sync.Mutex // held while saving
	forgot time.Time

	mu      sync.Mutex
	pending []store.Nonce
	dropped LostNoncesError // those that did not fit into pending
}

// NewDurableNonces returns the nonces of a cache and a store. Call Restore before
// the first request.
func NewDurableNonces(cache *NonceCache, st store.Store, clock func() time.Time, logger *slog.Logger) *DurableNonces {
	return &DurableNonces{cache: cache, store: st, clock: clock, logger: logger}
}

// Restore reads the stored nonces and their horizon into memory. The nonces count
// for the shares of their keys. Those that an earlier version stored without a key
// count for none, and take places from all keys until they expire.
func (n *DurableNonces) Restore(ctx context.Context) error {
	horizon, err := n.store.NonceHorizon(ctx)
	if err != nil {
		return fmt.Errorf("auth: read the horizon of forgotten nonces: %w", err)
	}
	n.cache.Raise(horizon)
	n.cache.Forget(n.clock())
	restore := func(nonce store.Nonce) error { n.cache.Restore(nonce); return nil }
	if err := n.store.Nonces(ctx, n.cache.Horizon().Add(-time.Second), restore); err != nil {
		return fmt.Errorf("auth: read the used nonces: %w", err)
	}
	n.CheckHorizon()
	return nil
}

// LostNoncesError reports that nonces of rejected requests could not be stored.
// After a restart each of these requests could be sent again, once. The nonces
// of accepted requests are stored with their applications, and never lost.
type LostNoncesError struct {
	Count int
	Until time.Time // after which none of them could be sent again
	Err   error     // why they could not be stored
}

func (e *LostNoncesError) Error() string {
	return fmt.Sprintf("%d nonces of rejected requests are lost: after a restart these requests could be sent again, until %s: %v",
		e.Count, e.Until.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns Err.
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
	saveInterval   = time.Second
	forgetInterval = time.Minute
	maxPending     = 1 << 20
)

// SaveLater queues the nonce of a rejected request for Run, Save or Close.
func (n *DurableNonces) SaveLater(nonce store.Nonce) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = append(n.pending, nonce)
}

// Run saves the queued nonces once a second until the context ends. Close saves
// the rest.
func (n *DurableNonces) Run(ctx context.Context) {
	ticker := time.NewTicker(saveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := n.Save(ctx); err != nil && ctx.Err() == nil {
				n.logger.Error("nonces", "error", err)
			}
			n.CheckHorizon()
		}
	}
}

// Save stores the queued nonces. If that fails, they stay queued. Once a minute it
// also deletes expired nonces from memory and from the store.
func (n *DurableNonces) Save(ctx context.Context) error {
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
	if now := n.clock(); now.Sub(n.forgot).Abs() >= forgetInterval {
		n.forgot = now
		n.cache.Forget(now)
		// Not later than the cache, whose horizon leaves time for requests in progress.
		if err := n.store.DeleteExpiredNonces(ctx, n.cache.Horizon()); err != nil {
			return fmt.Errorf("forget expired nonces: %w", err)
		}
	}
	return nil
}

// Close saves the queued nonces for the last time. If that fails, it saves them in
// small batches, because a full disk may have room for some.
//
// It logs nonces that cannot be saved and returns a *LostNoncesError.
func (n *DurableNonces) Close(ctx context.Context) error {
	const batch = 1024
	err := n.Save(ctx)
	n.saving.Lock()
	defer n.saving.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.pending) > 0 {
		some := n.pending[:min(batch, len(n.pending))]
		if err = n.store.SaveNonces(ctx, some); err != nil {
			break
		}
		n.pending = n.pending[len(some):]
	}
	lost := n.dropped
	lost.add(n.pending)
	if lost.Count == 0 || !lost.Until.After(n.clock()) {
		return nil // expired nonces need not be stored, and deleting them can wait
	}
	if lost.Err = err; err == nil {
		lost.Err = errors.New("too many to keep until they could be stored")
	}
	n.logger.Error("nonces lost", "nonces", lost.Count, "replayable_until", lost.Until, "error", lost.Err)
	return &lost
}

// requeue queues nonces again after a failure. Beyond maxPending it drops the oldest.
func (n *DurableNonces) requeue(nonces []store.Nonce) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = append(nonces, n.pending...)
	if over := len(n.pending) - maxPending; over > 0 {
		n.dropped.add(n.pending[:over])
		n.pending = n.pending[over:]
	}
}
