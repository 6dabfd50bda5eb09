package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/issuer"
	"github.com/esacert/esacert/server/issuing"
	"github.com/esacert/esacert/server/store/sqlite"
)

// exportCmd reads the store itself and not the running server: private keys do
// not go over the administration, which asks nobody who he is. Whoever may read
// the store and the sealing key may read the keys.
type exportCmd struct {
	ID         int64  `arg:"" help:"Id of the application."`
	To         string `default:"." type:"path" placeholder:"FOLDER" help:"Folder that ID.pem (the chain) and ID.key (the private key) are written to."`
	ConfigFile string `name:"config" env:"ESACERTD_CONFIG" type:"path" placeholder:"FILE" help:"Configuration file of the server; without one, the built-in example."`
	Store      string `env:"ESACERTD_STORE" placeholder:"PATH" help:"SQLite file, where it is another than the configuration says."`
	Force      bool   `help:"Write over files that are there."`
}

// Run writes chain and key, both or none.
func (c exportCmd) Run(ctx context.Context, s streams) error {
	chain, key, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer clear(key)
	name := filepath.Join(c.To, strconv.FormatInt(c.ID, 10))
	if err := writePair(name+".pem", chain, name+".key", key, c.Force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s.pem: the chain, leaf first\n%s.key: the private key (PKCS #8)\n", name, name)
	return err
}

func (c exportCmd) read(ctx context.Context) (chain, key []byte, err error) {
	cfg, err := (&serveCmd{ConfigFile: c.ConfigFile, Store: c.Store}).load()
	if err != nil {
		return nil, nil, err
	}
	if cfg.Store == config.Memory {
		return nil, nil, errors.New("the server stores in memory, where nobody else can read: name the file with --store or --config")
	}
	ring, err := issuing.Ring(cfg)
	if err != nil {
		return nil, nil, err
	}
	db, err := sqlite.OpenReader(ctx, cfg.Store)
	if err != nil {
		return nil, nil, err
	}
	stored, err := db.Certificate(ctx, c.ID)
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, nil, fmt.Errorf("application %d: %w", c.ID, err)
	}
	key, err = issuer.ExportKey(ring, c.ID, stored)
	return stored.Chain, key, err
}

// ownerOnly is the mode of both files.
const ownerOnly = 0o600

// writePair writes two files that only this user may read. What was written is
// taken away again if the other one cannot be.
func writePair(first string, one []byte, second string, two []byte, force bool) error {
	if err := writeNew(first, one, force); err != nil {
		return err
	}
	if err := writeNew(second, two, force); err != nil {
		return errors.Join(err, os.Remove(first))
	}
	return nil
}

// writeNew writes a file in one step: nobody sees half of it, and it is never
// readable for others, not even for a moment.
func writeNew(path string, data []byte, force bool) (err error) {
	if _, err := os.Lstat(path); err == nil && !force {
		return fmt.Errorf("%s is there already: --force writes over it", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(ownerOnly), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
