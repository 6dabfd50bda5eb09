package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/conns"
	"github.com/esacert/esacert/server/store/sqlite"
)

type serveCmd struct {
	ConfigFile string `name:"config" env:"ESACERTD_CONFIG" type:"path" placeholder:"FILE" help:"Configuration file (YAML). Without one, the built-in example is served; see 'esacertd config example'."`
	settings
}

// settings are the flags and environment variables that override the file.
type settings struct {
	Listen   string       `env:"ESACERTD_LISTEN" placeholder:"ADDRESS" help:"API listen address (host:port). Port 0 picks a free port."`
	Admin    string       `env:"ESACERTD_ADMIN" placeholder:"ADDRESS" help:"Admin API listen address (health, metrics, journal, scenarios), or off. It has no authentication: keep it on loopback."`
	Store    string       `env:"ESACERTD_STORE" placeholder:"PATH" help:"SQLite database file, or :memory:."`
	Region   string       `env:"ESACERTD_REGION" placeholder:"ID" help:"Region used in RAM resource names."`
	LogLevel string       `env:"ESACERTD_LOG_LEVEL" placeholder:"LEVEL" help:"Log level: debug (logs each request), info, warn or error."`
	Explorer explorerFlag `env:"ESACERTD_EXPLORER" default:"auto" help:"Serve the explorer at /explorer/: on, off or auto (on if the API listens on loopback). Journal and applications are shown on loopback only, to a browser that opened the address of the ready line, which carries a token."`
	LostKeys bool         `name:"accept-lost-keys" env:"ESACERTD_ACCEPT_LOST_KEYS" help:"Start even if sealing keys of stored private keys are missing. These private keys stay unreadable until the sealing keys are back."`
	HTTPS    *bool        `name:"https" env:"ESACERTD_HTTPS" negatable:"" help:"Serve HTTPS with a certificate from the server's own root, for loopback and the vendor's endpoints. The ready line contains the root's path; clients must trust the root."`
	TLSCert  string       `name:"tls-cert" env:"ESACERTD_TLS_CERT" type:"existingfile" placeholder:"FILE" help:"TLS certificate chain (PEM); requires --tls-key."`
	TLSKey   string       `name:"tls-key" env:"ESACERTD_TLS_KEY" type:"existingfile" placeholder:"FILE" help:"TLS private key (PEM); requires --tls-cert."`
}

// ready is the line on stdout.
type ready struct {
	Event    string `json:"event"`
	Listen   string `json:"listen"`
	Root     string `json:"root,omitempty"` // path of the root certificate that clients must trust
	Admin    string `json:"admin,omitempty"`
	Explorer string `json:"explorer,omitempty"` // with the token, which is not logged
	Store    string `json:"store"`
	Config   string `json:"config"`
	PID      int    `json:"pid"`
}

// Run serves until it receives SIGTERM or SIGINT.
func (c serveCmd) Run(ctx context.Context, s streams) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// From here on until everything has stopped, SIGHUP does not kill the process.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	cfg, err := c.load()
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(s.err, &slog.HandlerOptions{Level: level(cfg.LogLevel)}))
	db, err := sqlite.Open(ctx, sqlite.Config{Path: cfg.Store})
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	d, err := newApp(ctx, cfg, db, logger, appOptions{acceptLostKeys: c.LostKeys})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	err = c.serve(ctx, s, d, hangups)
	return errors.Join(err, d.server.Close(context.WithoutCancel(ctx)), db.Close())
}

// load reads the configuration. Flags and environment override the file.
func (c serveCmd) load() (*config.Config, error) {
	cfg, err := c.read()
	if err != nil {
		return nil, err
	}
	for _, o := range []struct{ from, to *string }{
		{&c.Listen, &cfg.Listen}, {&c.Admin, &cfg.Admin}, {&c.Store, &cfg.Store}, {&c.Region, &cfg.Region}, {&c.LogLevel, &cfg.LogLevel},
	} {
		if *o.from != "" {
			*o.to = *o.from
		}
	}
	if c.HTTPS != nil {
		cfg.HTTPS = *c.HTTPS
	}
	return cfg, errors.Join(cfg.Validate(), checkSealingKey(cfg), c.checkTLS(cfg))
}

// level returns a valid log level of a configuration for log/slog.
func level(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return l
}

// checkSealingKey rejects a configuration whose database would contain unencrypted
// private keys. Config.Validate accepts it, because an embedded server may have
// another store.
func checkSealingKey(cfg *config.Config) error {
	if cfg.Issuing.Off || cfg.Issuing.SealingKey != "" || cfg.Store == config.InMemory {
		return nil
	}
	return &config.Error{Problems: []config.Problem{{
		Path: "issuing.sealing_key",
		Message: "missing; required to store private keys: set a file ('esacertd sealing-key new FILE' creates one), " +
			"or auto to create a key in the data directory, or disable issuing with 'issuing: off'",
	}}}
}

func (c serveCmd) read() (*config.Config, error) {
	if c.ConfigFile == "" {
		return config.Parse(config.Example(), "built-in example")
	}
	return config.Load(c.ConfigFile)
}

func (c serveCmd) serve(ctx context.Context, s streams, d *app, hangups <-chan os.Signal) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg, srv, logger := d.config, d.server, d.logger
	scheme, err := c.openTLS(cfg, logger)
	if err != nil {
		return err
	}
	api, err := scheme.listen(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	adminListener, err := listenAdmin(ctx, cfg.Admin)
	if err != nil {
		return errors.Join(err, api.Close())
	}
	line := c.readyLine(cfg, scheme, api.Addr())
	d.rootFile = line.Root
	at, err := c.mount(d, api.Addr(), line.Listen, rand.Text())
	line.Explorer = at.open
	if err != nil {
		if adminListener != nil {
			err = errors.Join(err, adminListener.Close())
		}
		return errors.Join(err, api.Close())
	}
	reload := c.reloader(d)
	var wg sync.WaitGroup
	results := make(chan error, 4)
	start := func(serve func() error) {
		wg.Go(func() { results <- serve(); cancel() })
	}
	wg.Go(func() { reloadOnSIGHUP(ctx, hangups, reload, logger) })
	start(func() error { return srv.Serve(ctx, api) })
	if d.issuing != nil {
		start(func() error { return d.issuing.Run(ctx) })
	}
	if adminListener != nil {
		line.Admin = "http://" + adminListener.Addr().String()
		handler := admin.Handler(admin.Options{Server: srv, Reload: c.reloadOrNil(reload), Authority: d.localAuthority(), HTTPSRoot: scheme.rootOrNil(), Logger: logger})
		start(func() error { return serveAdmin(ctx, adminListener, handler, logger) })
	}
	if err := json.NewEncoder(s.out).Encode(line); err != nil {
		results <- fmt.Errorf("print the ready line: %w", err)
		cancel()
	}
	logger.Info("ready", "listen", line.Listen, "root", line.Root, "admin", line.Admin, "explorer", at.page, "store", line.Store, "config", line.Config)
	wg.Wait()
	close(results)
	logger.Info("stopped")
	var errs []error
	for err := range results {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// listenAdmin opens the admin listener. It returns nil if the admin API is off.
func listenAdmin(ctx context.Context, address string) (net.Listener, error) {
	if address == config.Off {
		return nil, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on admin address: %w; choose another --admin address (port 0 picks a free port, off disables it)", err)
	}
	return l, nil
}

func (c serveCmd) readyLine(cfg *config.Config, scheme tlsScheme, api net.Addr) ready {
	source := c.ConfigFile
	if source == "" {
		source = "built-in example"
	}
	return ready{
		Event: "ready", Listen: scheme.name() + "://" + api.String(), Root: scheme.rootFile(), Store: cfg.Store, Config: source, PID: syscall.Getpid(),
	}
}

// reloader returns a function that reloads the configuration. After an error the
// current one stays. The function returns the keys whose changes need a restart.
func (c serveCmd) reloader(d *app) func(context.Context) ([]string, error) {
	var one sync.Mutex // serializes reloads
	return func(context.Context) ([]string, error) {
		one.Lock()
		defer one.Unlock()
		cfg, err := c.load()
		if err != nil {
			return nil, err
		}
		d.server.Reload(cfg)
		d.current.Store(cfg)
		restart := d.config.RestartKeys(cfg)
		if len(restart) > 0 {
			d.logger.Warn("reloaded except for changes that need a restart", "need_restart", restart)
		} else {
			d.logger.Info("reloaded")
		}
		return restart, nil
	}
}

func (c serveCmd) reloadOrNil(reload func(context.Context) ([]string, error)) func(context.Context) ([]string, error) {
	if c.ConfigFile == "" {
		return nil
	}
	return reload
}

const (
	adminHeader = 64 << 10
	adminFields = 200
)

func serveAdmin(ctx context.Context, l net.Listener, h http.Handler, logger *slog.Logger) error {
	s := &http.Server{
		Handler: h, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, MaxHeaderBytes: adminHeader,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	// The API cannot use up these connections, and they cannot use up the API's.
	bounded := conns.New(l, conns.Options{
		Name: "admin", Limit: conns.Divide(conns.Descriptors()).Admin, Fields: adminFields, Logger: logger,
	})
	bounded.Attach(s)
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(bounded) }()
	select {
	case err := <-failed:
		return fmt.Errorf("admin API: %w", err)
	case <-ctx.Done():
		return s.Close()
	}
}
