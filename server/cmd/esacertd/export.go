package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/store/sqlite"
)

// exportCmd reads the store, not the running server: the admin API has no
// authentication and therefore never returns private keys. Access to the store
// and the sealing key grants access to the private keys.
type exportCmd struct {
	ID         int64  `arg:"" help:"Application ID."`
	To         string `default:"." type:"path" placeholder:"DIR" help:"Directory for ID.pem (chain) and ID.key (private key). It is created if it does not exist."`
	ConfigFile string `name:"config" env:"ESACERTD_CONFIG" type:"path" placeholder:"FILE" help:"Configuration file of the server. Default: the built-in example."`
	Store      string `env:"ESACERTD_STORE" placeholder:"PATH" help:"SQLite file of the server; overrides the configuration. A store in memory cannot be exported."`
	Force      bool   `help:"Overwrite existing files."`
}

// Run writes the chain and the key, or neither.
func (c exportCmd) Run(ctx context.Context, s streams) error {
	chain, key, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer clear(key)
	if err := os.MkdirAll(c.To, ownerDirectory); err != nil {
		return fmt.Errorf("create the directory of --to: %w", err)
	}
	name := filepath.Join(c.To, strconv.FormatInt(c.ID, 10))
	if err := writePair(name+".pem", chain, name+".key", key, c.Force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s.pem: the chain, leaf first\n%s.key: the private key (PKCS #8)\n", name, name)
	return err
}

func (c exportCmd) read(ctx context.Context) (chain, key []byte, err error) {
	cfg, err := (&serveCmd{ConfigFile: c.ConfigFile, settings: settings{Store: c.Store, Admin: config.Off}}).load() // no listener
	if err != nil {
		return nil, nil, err
	}
	if cfg.Store == config.InMemory {
		return nil, nil, c.inMemory()
	}
	db, err := sqlite.OpenReader(ctx, cfg.Store)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w; the server's ready line shows its store: pass that path with --store", err)
	}
	if err != nil {
		return nil, nil, err
	}
	stored, err := db.Certificate(ctx, c.ID)
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, nil, fmt.Errorf("application %d: %w", c.ID, err)
	}
	ring, err := issuersetup.OpenKeyring(cfg)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w\nhint: put the file back from your backup, or name the server's configuration with --config", err)
	}
	if err != nil {
		return nil, nil, err
	}
	key, err = issuance.ExportKey(ring, c.ID, stored)
	return stored.Chain, key, err
}

// inMemory returns an error that says which setting selects a file.
func (c exportCmd) inMemory() error {
	const why = "certificates and private keys exist only in the running server, and cannot be exported"
	switch {
	case c.Store != "":
		return fmt.Errorf("--store (or ESACERTD_STORE) is %s: %s; start the server with --store FILE, apply again, and pass the same file here", c.Store, why)
	case c.ConfigFile != "":
		return fmt.Errorf("%s has store: %q: %s; set store to a file there, for example 'store: esacertd.db', restart the server, and apply again", c.ConfigFile, config.InMemory, why)
	default:
		return fmt.Errorf("the built-in example stores in memory: %s; start the server with --store FILE, apply again, and pass the same --store here", why)
	}
}

// Modes of both files, and of the directory if it is created.
const (
	privateMode    = 0o600
	ownerDirectory = 0o700
)

// writePair writes two files that only this user may read. If one fails, it
// removes the other.
func writePair(first string, one []byte, second string, two []byte, force bool) error {
	if err := writeFileAtomic(first, one, force); err != nil {
		return err
	}
	if err := writeFileAtomic(second, two, force); err != nil {
		return errors.Join(err, os.Remove(first))
	}
	return nil
}

// writeFileAtomic creates a file with mode 0600 and renames it into place.
func writeFileAtomic(path string, data []byte, force bool) (err error) {
	if _, err := os.Lstat(path); err == nil && !force {
		return fmt.Errorf("%s already exists; use --force to overwrite it", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(privateMode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
