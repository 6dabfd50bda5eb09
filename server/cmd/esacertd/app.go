package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/store"
)

// app holds the parts of the process: configuration, server and issuer.
type app struct {
	config  *config.Config                // at process start
	current atomic.Pointer[config.Config] // after reloads
	server  *core.Server
	issuing *issuersetup.Service // nil if issuing is disabled
	logger  *slog.Logger

	rootFile string // path of the HTTPS root that clients must trust, or ""
}

// appOptions are options outside the configuration.
type appOptions struct {
	acceptLostKeys bool
	check          bool                // do not create or change files, and run nothing
	stored         issuance.SealedKeys // keys that the sealing keys must open; nil for the store's
}

func newApp(ctx context.Context, cfg *config.Config, db store.JobStore, logger *slog.Logger, how appOptions) (*app, error) {
	d := &app{config: cfg, logger: logger}
	d.current.Store(cfg)
	var err error
	d.server, err = core.New(ctx, core.Options{Config: cfg, Store: db, Logger: logger, OnAccepted: d.wake})
	if err != nil {
		return nil, err
	}
	d.issuing, err = issuersetup.New(ctx, issuersetup.Options{
		Config: cfg, Jobs: db, Sites: d.server.Sites(), Logger: logger, InMemory: cfg.Store == config.InMemory,
		Seed:           rand.Uint64(), //nolint:gosec // jitter: not a secret, it only has to differ between servers
		AcceptLostKeys: how.acceptLostKeys,
		Check:          how.check,
		Stored:         how.stored,
		Observer:       d.server.Metrics().Issuing(db, d.server.Now),
	})
	if errors.Is(err, issuersetup.ErrDisabled) {
		logger.Warn("issuing is disabled; applications remain in status Applying")
		return d, nil
	}
	if err != nil {
		return nil, errors.Join(err, d.server.Close(context.WithoutCancel(ctx)))
	}
	d.server.SealKeysWith(d.issuing)
	if cfg.Issuing.RevokeOnDelete {
		d.server.RevokeWith(d.issuing)
	}
	return d, d.server.Mount(challenge.Path, d.issuing.HTTP01())
}

// localAuthority returns the embedded authority, or nil if issuing is disabled.
func (d *app) localAuthority() *localca.CA {
	if d.issuing == nil {
		return nil
	}
	return d.issuing.Local()
}

// wake starts issuing for an application that was just accepted.
func (d *app) wake() {
	if d.issuing != nil {
		d.issuing.Wake()
	}
}
