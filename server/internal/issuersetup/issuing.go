package issuersetup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/delivery"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// Options configure New. Config, Jobs and Sites are required.
type Options struct {
	Config *config.Config
	Jobs   store.Jobs
	Sites  operations.SiteFinder

	Observer issuance.Observer // of the results of applications; may be nil
	Logger   *slog.Logger      // nil discards
	Now      func() time.Time  // nil for time.Now
	Random   io.Reader         // of keys; nil for crypto/rand
	Seed     uint64            // of the jitter between attempts

	// InMemory keeps the embedded authority and the sealing key in memory, for a store
	// in memory.
	InMemory bool

	// Check lets New report errors without creating or changing files: missing keys
	// are created in memory. Run must not be called.
	Check bool
	// Stored has the sealed keys to check; nil for Jobs.
	Stored issuance.SealedKeys

	// AcceptLostKeys lets New log sealing keys that the store needs and that are
	// missing; what they sealed stays unreadable. If false, New returns a *KeysError.
	AcceptLostKeys bool
}

// ErrDisabled reports that the configuration disables issuing.
var ErrDisabled = errors.New("issuing: disabled in the configuration")

// Service fulfills applications.
type Service struct {
	*issuance.Loop

	config      *config.Issuing
	ring        *seal.Keyring
	local       *localca.CA
	authorities *acmeClients
	logger      *slog.Logger
	jobs        store.Jobs
}

// New returns the service of a configuration. It sends no requests; call Run.
//
// It returns ErrDisabled, a *KeysError, or an error of a file or of a setting that
// config.Validate does not check.
func New(ctx context.Context, o Options) (*Service, error) {
	c := &o.Config.Issuing
	if c.Off {
		return nil, ErrDisabled
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	dir := ""
	if !o.InMemory {
		dir = DataDir(o.Config)
	}
	ring, err := openRing(ctx, o)
	if err != nil {
		return nil, err
	}
	local, err := openLocal(o, dir)
	if err != nil {
		return nil, err
	}
	deliverer, err := newDeliverer(o)
	if err != nil {
		return nil, err
	}
	all, err := newAuthorities(o, ring)
	if err != nil {
		return nil, err
	}
	all.byName[issuance.LocalAuthority] = local
	loop, err := issuance.New(issuance.Options{
		Jobs: o.Jobs, Sites: o.Sites, Keys: ring,
		Authorities: all.byName,
		Limits:      all.limits,
		Routes:      routes(c),
		KeyType:     issuance.KeyType(c.KeyType),
		Deliverer:   deliverer,
		Observer:    o.Observer,
		Logger:      o.Logger,
		Now:         o.Now,
		Random:      o.Random,
		Seed:        o.Seed,
		Workers:     c.Workers,
		Lease:       c.Lease,
	})
	if err != nil {
		return nil, err
	}
	return &Service{Loop: loop, config: c, ring: ring, local: local, authorities: all, logger: o.Logger, jobs: o.Jobs}, nil
}

// Run fulfills applications and serves challenges until the context ends.
func (i *Service) Run(ctx context.Context) error {
	stop, err := i.listen(ctx)
	if err != nil {
		return err
	}
	var resealing sync.WaitGroup
	resealing.Go(func() {
		if err := i.Reseal(ctx); err != nil && ctx.Err() == nil {
			// The old keys are still in the file, so nothing is lost.
			i.logger.Error("reseal failed", "error", err)
		}
	})
	err = i.Loop.Run(ctx)
	resealing.Wait()
	return errors.Join(err, stop())
}

// Keys returns the sealing keys.
func (i *Service) Keys() *seal.Keyring { return i.ring }

// Local returns the embedded authority.
func (i *Service) Local() *localca.CA { return i.local }

// routes returns the authority of each certificate type.
func routes(c *config.Issuing) map[string]string {
	all := map[string]string{}
	for _, name := range esaapi.CertificateTypes() {
		all[string(name)] = issuance.LocalAuthority
		if authority, ok := c.Types[string(name)]; ok {
			all[string(name)] = authority
		}
	}
	return all
}

// DataDir returns the directory of files that issuing creates: the configured one,
// or a directory next to the database. It is "" if nothing is stored.
func DataDir(c *config.Config) string {
	switch {
	case c.Issuing.Data != "":
		return c.Issuing.Data
	case c.Store == config.InMemory:
		return ""
	}
	return c.Store + ".data"
}

func openLocal(o Options, dir string) (*localca.CA, error) {
	if dir != "" {
		dir = filepath.Join(dir, "ca")
	}
	local, err := localca.Open(localca.Options{
		Dir: dir, Check: o.Check, Lifetime: o.Config.Issuing.Local.Lifetime, Delay: o.Config.Issuing.Local.Delay, Now: o.Now, Random: o.Random,
	})
	if err != nil {
		return nil, fmt.Errorf("issuing: embedded authority: %w", err)
	}
	return local, nil
}

func newDeliverer(o Options) (issuance.Deliverer, error) {
	c := &o.Config.Issuing.Deliver
	var all []issuance.Deliverer
	if c.Dir != "" {
		dir, err := openDir(c.Dir, o.Check)
		if err != nil {
			return nil, fmt.Errorf("issuing: deliver to directory: %w", err)
		}
		all = append(all, dir)
	}
	if len(c.Command) > 0 {
		command, err := delivery.NewCommand(delivery.Command{Argv: c.Command, Timeout: c.Timeout, Logger: o.Logger})
		if err != nil {
			return nil, fmt.Errorf("issuing: deliver to command: %w", err)
		}
		all = append(all, command)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return delivery.All(all...), nil
}

func openDir(path string, check bool) (*delivery.Dir, error) {
	if check {
		return nil, delivery.CheckDir(path)
	}
	return delivery.NewDir(path)
}

// Reseal re-seals private keys with the newest sealing key.
func (i *Service) Reseal(ctx context.Context) error {
	samples, err := i.jobs.SealedSamples(ctx)
	if err != nil {
		return fmt.Errorf("issuing: reseal: %w", err)
	}
	if !slices.ContainsFunc(samples, func(k store.Sealed) bool { return !bytes.HasPrefix(k.Key, i.mark()) }) {
		return nil
	}
	n, err := issuance.Reseal(ctx, i.jobs, i.ring)
	if n > 0 {
		i.logger.Info("private keys resealed", "keys", n)
	}
	if err != nil {
		return fmt.Errorf("issuing: reseal: %w", err)
	}
	return nil
}

func (i *Service) mark() []byte {
	mark := i.ring.Mark()
	return mark[:]
}
