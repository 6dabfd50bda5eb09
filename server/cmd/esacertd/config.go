package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/store/sqlite"
)

type configCmd struct {
	Example exampleCmd `cmd:"" help:"Print the built-in example configuration with comments."`
	Schema  schemaCmd  `cmd:"" help:"Print the JSON Schema (draft 2020-12) of the configuration file, for editors."`
	Check   checkCmd   `cmd:"" help:"Check whether a server starts with a configuration file, and with flags and environment variables of the server. Creates nothing. Not checked: whether ports are free, whether this user may listen on them, and whether addresses are of this machine."`
}

type exampleCmd struct{}

// Run prints the example configuration.
func (exampleCmd) Run(s streams) error {
	_, err := s.out.Write(config.Example())
	return err
}

type schemaCmd struct{}

// Run prints the JSON Schema of the configuration.
func (schemaCmd) Run(s streams) error {
	_, err := s.out.Write(config.Schema())
	return err
}

type checkCmd struct {
	File string `arg:"" type:"path" help:"Configuration file to check."`
	settings
}

// Run checks a configuration file.
func (c checkCmd) Run(ctx context.Context, s streams) error {
	if err := (serveCmd{ConfigFile: c.File, settings: c.settings}).check(ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.out, c.File+": in order")
	return err
}

// check runs the same steps as serveCmd.Run up to the listeners, but does not
// create or change files, bind ports or send requests. It does not find problems
// outside the configuration: ports in use or not permitted, addresses of other
// machines, and a store in use.
func (c serveCmd) check(ctx context.Context) (err error) {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	stored, err := sqlite.Inspect(ctx, cfg.Store)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { err = errors.Join(err, stored.Close()) }()
	db, err := sqlite.Open(ctx, sqlite.Config{Path: sqlite.Memory}) // instead of the store
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	logger := slog.New(slog.DiscardHandler)
	d, err := newApp(ctx, cfg, db, logger, appOptions{acceptLostKeys: c.LostKeys, check: true, stored: stored})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.server.Close(context.WithoutCancel(ctx))) }()
	return c.checkHTTPS(cfg)
}
