package core

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Authorities revokes certificates at the authorities of the configuration. It must
// be safe for concurrent use.
type Authorities interface {
	// RevokeCertificate revokes a certificate at the authority with the given name.
	RevokeCertificate(ctx context.Context, authority string, leaf *x509.Certificate) error
}

// Limits of revocations.
const (
	revocationTimeout     = 30 * time.Second // of one
	revocationGrace       = 10 * time.Second // of all in progress when the server stops
	concurrentRevocations = 4
	pendingRevocations    = 1000 // in progress and waiting
)

var (
	errTooManyRevocations = errors.New("too many revocations are pending")
	errRevokerClosed      = errors.New("the server stops")
)

// revoker revokes deleted certificates in the background. Each is tried once, and the
// result is logged: after a crash, a certificate may be deleted and not revoked.
type revoker struct {
	authorities atomic.Pointer[Authorities] // nil: certificates are not revoked
	logger      *slog.Logger
	running     chan struct{}
	ctx         context.Context //nolint:containedctx // of all revocations; ends after the grace of close
	cancel      context.CancelCauseFunc

	mu      sync.Mutex
	closed  bool
	pending int
	done    sync.WaitGroup
}

func newRevoker(logger *slog.Logger) *revoker {
	r := &revoker{logger: logger, running: make(chan struct{}, concurrentRevocations)}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	return r
}

// Revoke implements operations.Revoker.
func (r *revoker) Revoke(id int64, authority string, leaf *x509.Certificate) {
	authorities := r.authorities.Load()
	if authorities == nil {
		return
	}
	log := r.logger.With("application", id, "authority", authority, "serial", leaf.SerialNumber.Text(16))
	if err := r.begin(); err != nil {
		reportRevocation(log, err)
		return
	}
	go func() {
		defer r.end()
		reportRevocation(log, r.revoke(*authorities, authority, leaf))
	}()
}

func (r *revoker) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return errRevokerClosed
	case r.pending == pendingRevocations:
		return errTooManyRevocations
	}
	r.pending++
	r.done.Add(1)
	return nil
}

func (r *revoker) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending--
	r.done.Done()
}

// revoke waits until fewer than concurrentRevocations are in progress.
func (r *revoker) revoke(a Authorities, authority string, leaf *x509.Certificate) error {
	select {
	case r.running <- struct{}{}:
		defer func() { <-r.running }()
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	ctx, cancel := context.WithTimeout(r.ctx, revocationTimeout)
	defer cancel()
	return a.RevokeCertificate(ctx, authority, leaf)
}

func reportRevocation(log *slog.Logger, err error) {
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		log.Warn("deleted certificate not revoked: the authority does not revoke certificates", "error", err)
	case err != nil:
		log.Error("deleted certificate not revoked; revoke it at the authority", "error", err)
	default:
		log.Info("deleted certificate revoked")
	}
}

// close waits for the revocations in progress, and cancels them after the grace.
func (r *revoker) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	grace := time.AfterFunc(revocationGrace, func() { r.cancel(errRevokerClosed) })
	defer grace.Stop()
	r.done.Wait()
	r.cancel(errRevokerClosed)
}
