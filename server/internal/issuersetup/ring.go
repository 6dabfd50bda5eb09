package issuersetup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// ringFile is the file of an automatic sealing key in the data directory.
const ringFile = "sealing.keys"

// KeysError reports that the file of the sealing keys lacks keys that the store
// needs. Errors.As finds the *issuance.MissingKeysError in it.
type KeysError struct {
	File    string
	Content string // the keys in the file; "" if it does not exist
	Missing *issuance.MissingKeysError
}

// Error names the missing keys and how to put them back.
func (e *KeysError) Error() string {
	state := e.File + " does not exist"
	remedy := "put the file back from your backup"
	if e.Content != "" {
		state = e.File + " holds " + e.Content
		remedy = "add the lines of these keys from your backup to the file, each with any number that no other line has; the key with the greatest number seals"
	}
	return fmt.Sprintf("issuing: %v; %s; %s; if they are lost for good, 'esacertd serve --accept-lost-keys' starts without what they sealed", e.Missing, state, remedy)
}

// Unwrap returns what is missing.
func (e *KeysError) Unwrap() error { return e.Missing }

// openRing opens the sealing keys, and creates an automatic one for a store
// that has sealed nothing yet.
func openRing(ctx context.Context, o Options) (*seal.Keyring, error) {
	if o.InMemory {
		return seal.New(o.Random)
	}
	ring, err := OpenKeyring(o.Config)
	if absent := errors.Is(err, fs.ErrNotExist); err != nil && !absent {
		return nil, err
	} else if absent {
		if err := checkKeys(ctx, o, nil); err != nil {
			return nil, err
		}
		if o.Config.Issuing.SealingKey != issuance.AutoSealingKey {
			return nil, fmt.Errorf("%w ('esacertd sealing-key new %s' creates it)", err, ringPath(o.Config))
		}
		return createRing(o.Config, o.Check)
	}
	return ring, checkKeys(ctx, o, ring)
}

// checkKeys returns a *KeysError if the ring, which is nil if its file does not
// exist, lacks keys that the store needs.
func checkKeys(ctx context.Context, o Options, ring *seal.Keyring) error {
	var stored issuance.SealedKeys = o.Jobs
	if o.Stored != nil {
		stored = o.Stored
	}
	err := issuance.CheckKeys(ctx, stored, ring)
	if err == nil {
		return nil
	}
	wrong := &KeysError{File: ringPath(o.Config)}
	if !errors.As(err, &wrong.Missing) {
		return fmt.Errorf("issuing: check sealing keys: %w", err)
	}
	if ring != nil {
		wrong.Content = ring.List()
	}
	if !o.AcceptLostKeys {
		return wrong
	}
	for _, k := range wrong.Missing.Keys {
		o.Logger.Error("starting without a sealing key", "key", k.Mark.String(), "file", wrong.File,
			"certificates", k.Certificates, "orders", k.Orders, "accounts", k.Accounts)
	}
	return nil
}

// OpenKeyring opens the sealing keys of a configuration. It creates nothing.
//
// Errors: fs.ErrNotExist if the file does not exist, and those of seal.Load.
func OpenKeyring(c *config.Config) (*seal.Keyring, error) {
	path := ringPath(c)
	if path == "" {
		return nil, errors.New("issuing: issuing.sealing_key is not set; private keys cannot be stored without it")
	}
	ring, err := seal.Load(path)
	if err != nil {
		return nil, fmt.Errorf("issuing: sealing key: %w", err)
	}
	return ring, nil
}

func ringPath(c *config.Config) string {
	if c.Issuing.SealingKey == issuance.AutoSealingKey {
		return filepath.Join(DataDir(c), ringFile)
	}
	return c.Issuing.SealingKey
}

// createRing creates an automatic key in the data directory; in memory if check is
// set.
func createRing(c *config.Config, check bool) (*seal.Keyring, error) {
	makeDir := func() error { return os.MkdirAll(DataDir(c), 0o700) }
	create := seal.Create
	if check {
		makeDir = func() error { return seal.CheckDir(DataDir(c)) }
		create = createInMemory
	}
	if err := makeDir(); err != nil {
		return nil, fmt.Errorf("issuing: create data directory: %w", err)
	}
	ring, err := create(ringPath(c))
	if err != nil {
		return nil, fmt.Errorf("issuing: sealing key: %w", err)
	}
	return ring, nil
}

// createInMemory only checks whether a key could be created at the path.
func createInMemory(path string) (*seal.Keyring, error) {
	if err := seal.CheckCreate(path); err != nil {
		return nil, err
	}
	return seal.New(nil)
}
