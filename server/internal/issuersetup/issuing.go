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

// Options are what issuing works with. Config, Jobs and Sites are needed.
type Options struct {
	Config *config.Config
	Jobs   store.Jobs
	Sites  operations.SiteFinder

	Observer issuance.Observer // of what becomes of applications; nil for nobody
	Logger   *slog.Logger      // nil for none
	Now      func() time.Time  // nil for time.Now
	Random   io.Reader         // of keys; nil for crypto/rand
	Seed     uint64            // of the jitter between attempts

	// InMemory keeps nothing in files: neither the embedded authority nor a
	// sealing key. It is for a store that keeps nothing either.
	InMemory bool

	// Check lets New only report what would stop it: it creates and changes no
	// file, and what does not exist is created in memory. Run must not be called then.
	Check bool
	// Stored has the sealed keys that must open; nil for Jobs.
	Stored issuance.SealedKeys

	// AcceptLostKeys lets New succeed if sealing keys are missing that the store
	// needs: it logs which, and what they sealed stays unreadable. If false,
	// New returns a *KeysError.
	AcceptLostKeys bool
}

// ErrDisabled is returned for a configuration by which nothing is issued.
var ErrDisabled = errors.New("issuing: disabled in the configuration")

// Service carries applications out.
type Service struct {
	*issuance.Loop

	config      *config.Issuing
	ring        *seal.Keyring
	local       *localca.CA
	authorities *acmeClients
	logger      *slog.Logger
	jobs        store.Jobs
}

// New makes everything that the configuration names. Nothing runs yet, and
// nobody was asked for a certificate.
//
// Errors: ErrDisabled; *KeysError; those of the sealing keys and of the embedded
// authority's files; what the configuration has wrong beyond what Validate sees.
func New(ctx context.Context, o Options) (*Service, error) {
	c := &o.Config.Issuing
	if c.Off {
		return nil, ErrDisabled
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	folder := ""
	if !o.InMemory {
		folder = DataDir(o.Config)
	}
	ring, err := openRing(ctx, o)
	if err != nil {
		return nil, err
	}
	local, err := openLocal(o, folder)
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

// Run carries applications out and answers challenges until the context ends.
func (i *Service) Run(ctx context.Context) error {
	stop, err := i.listen(ctx)
	if err != nil {
		return err
	}
	var resealing sync.WaitGroup
	resealing.Go(func() {
		if err := i.Reseal(ctx); err != nil && ctx.Err() == nil {
			// The old keys are still in the file, so nothing is lost by going on.
			i.logger.Error("sealing with the newest key", "error", err)
		}
	})
	err = i.Loop.Run(ctx)
	resealing.Wait()
	return errors.Join(err, stop())
}

// Keys are those that private keys are sealed with.
func (i *Service) Keys() *seal.Keyring { return i.ring }

// Local is the embedded authority.
func (i *Service) Local() *localca.CA { return i.local }

// routes leads each certificate type of the contract to its authority.
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

func openLocal(o Options, folder string) (*localca.CA, error) {
	if folder != "" {
		folder = filepath.Join(folder, "ca")
	}
	local, err := localca.Open(localca.Options{
		Dir: folder, Check: o.Check, Lifetime: o.Config.Issuing.Local.Lifetime, Delay: o.Config.Issuing.Local.Delay, Now: o.Now, Random: o.Random,
	})
	if err != nil {
		return nil, fmt.Errorf("issuing: the embedded authority: %w", err)
	}
	return local, nil
}

func newDeliverer(o Options) (issuance.Deliverer, error) {
	c := &o.Config.Issuing.Deliver
	var all []issuance.Deliverer
	if c.Dir != "" {
		folder, err := openFolder(c.Dir, o.Check)
		if err != nil {
			return nil, fmt.Errorf("issuing: deliver to a folder: %w", err)
		}
		all = append(all, folder)
	}
	if len(c.Command) > 0 {
		command, err := delivery.NewCommand(delivery.Command{Argv: c.Command, Timeout: c.Timeout, Logger: o.Logger})
		if err != nil {
			return nil, fmt.Errorf("issuing: deliver to a command: %w", err)
		}
		all = append(all, command)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return delivery.All(all...), nil
}

func openFolder(path string, check bool) (*delivery.Dir, error) {
	if check {
		return nil, delivery.CheckDir(path)
	}
	return delivery.NewDir(path)
}

// Reseal seals what older keys have sealed with the newest one.
func (i *Service) Reseal(ctx context.Context) error {
	samples, err := i.jobs.SealedSamples(ctx)
	if err != nil {
		return fmt.Errorf("issuing: seal with the newest key: %w", err)
	}
	if !slices.ContainsFunc(samples, func(k store.Sealed) bool { return !bytes.HasPrefix(k.Key, i.mark()) }) {
		return nil
	}
	n, err := issuance.Reseal(ctx, i.jobs, i.ring)
	if n > 0 {
		i.logger.Info("sealed with the newest key", "keys", n)
	}
	if err != nil {
		return fmt.Errorf("issuing: seal with the newest key: %w", err)
	}
	return nil
}

func (i *Service) mark() []byte {
	mark := i.ring.Mark()
	return mark[:]
}
