package issuance

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// Options says what a Loop works with. Jobs, Sites, Authorities, Routes and
// Keys are needed; the zero value of any other field is a sensible default.
type Options struct {
	Jobs  store.Jobs
	Sites operations.SiteFinder

	// Authorities by the names that the configuration gives them. Such a name
	// is stored with orders, certificates and budgets: it must stay the same.
	Authorities map[string]Authority
	// Routes leads from a certificate type to the name of its authority.
	Routes map[string]string
	// Limits are the budgets of authorities, by name. An authority that is not
	// there has none.
	Limits map[string]Limits

	// Keys seals the private keys of certificates.
	Keys *seal.Keyring
	// KeyType of new certificates whose application has no AlgType that chooses
	// one; DefaultKeyType if empty. A renewal has a new key, and follows both.
	KeyType KeyType
	// Stock is how many RSA keys Run makes ahead, since one takes about 0.1 s of a
	// processor; 0 for 64, negative for none. Keys of a Random are never made
	// ahead.
	Stock int

	// Deliverer receives each new certificate; nil for nobody.
	Deliverer Deliverer
	// Observer is told what happens; nil for nobody.
	Observer Observer
	// Logger; nil for none.
	Logger *slog.Logger

	// Now is the clock of due times, leases and validity; nil for time.Now. How
	// long a step may take is measured by the real time in any case.
	Now func() time.Time
	// Random is the source of keys. It may be deterministic; then keys depend on nothing but
	// it and the order of the steps. Nil for crypto/rand.
	Random io.Reader
	// Seed of the jitter, which depends on nothing but the seed, the
	// application and the attempt.
	Seed uint64

	// Workers of Run take steps at the same time; 0 for 2. More workers help
	// with slow authorities and cost the server's other work its processor.
	Workers int
	// Pause bounds the rest that a worker takes after each step, so that many
	// steps in a row leave the processor and the disk to the server's other work:
	// twice as long as the step took, at most this long; twice as long as it took
	// to make an RSA key is added. When the server is busy, steps take longer, and so
	// does the rest. 0 for 10 ms, negative for none.
	Pause time.Duration
	// Lease is how long a worker has an application to itself; 0 for 5 minutes.
	Lease time.Duration
	// Margin is the part of the lease that is kept back for writing down how
	// the step ended; 0 for a sixth of the lease, 10 seconds at most.
	Margin time.Duration
	// Poll is the longest time that Run sleeps; 0 for 30 seconds. Only where
	// several processes share a store does anything wait for it.
	Poll time.Duration

	// Checkpoint is called at the named points of a step, on the worker's
	// goroutine; nil for nothing. Tests stop or kill the process there. The
	// points are those of Checkpoints.
	Checkpoint func(point string)
}

// Defaults of Options.
const (
	DefaultWorkers = 2
	DefaultPause   = 10 * time.Millisecond
	DefaultLease   = 5 * time.Minute
	DefaultPoll    = 30 * time.Second
	DefaultStock   = 64 // more than the 50 names of a call

	maxMargin = 10 * time.Second
)

// withDefaults checks the options and fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	if err := o.check(); err != nil {
		return o, err
	}
	if o.KeyType == "" {
		o.KeyType = DefaultKeyType
	}
	if o.Observer == nil {
		o.Observer = nopObserver{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Stock = orElse(o.Stock, DefaultStock)
	if o.Random != nil {
		o.Stock = -1
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Checkpoint == nil {
		o.Checkpoint = func(string) {}
	}
	o.Workers = orElse(o.Workers, DefaultWorkers)
	o.Pause = orElse(o.Pause, DefaultPause)
	o.Lease = orElse(o.Lease, DefaultLease)
	o.Margin = orElse(o.Margin, min(o.Lease/6, maxMargin))
	o.Poll = orElse(o.Poll, DefaultPoll)
	if o.Margin >= o.Lease {
		return o, fmt.Errorf("the margin %v leaves nothing of the lease %v", o.Margin, o.Lease)
	}
	if o.Lease > maxCheckInterval {
		return o, fmt.Errorf("the lease is %v: it must be %v at most", o.Lease, maxCheckInterval)
	}
	return o, nil
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (o *Options) check() error {
	var errs []error
	missing := func(is bool, what string) {
		if is {
			errs = append(errs, fmt.Errorf("%s is needed", what))
		}
	}
	missing(o.Jobs == nil, "Jobs")
	missing(o.Sites == nil, "Sites")
	missing(o.Keys == nil, "Keys")
	missing(len(o.Routes) == 0, "Routes: an authority for at least one certificate type")
	for name, authority := range o.Authorities {
		if authority == nil {
			errs = append(errs, fmt.Errorf("authority %q is nil", name))
		}
	}
	for typ, name := range o.Routes {
		if _, found := o.Authorities[name]; !found {
			errs = append(errs, fmt.Errorf("certificate type %q uses unknown authority %q", typ, name))
		}
	}
	for name, limits := range o.Limits {
		if _, found := o.Authorities[name]; !found {
			errs = append(errs, fmt.Errorf("there are limits for the authority %q, which is not there", name))
		}
		if err := limits.Check(); err != nil {
			errs = append(errs, fmt.Errorf("limits of the authority %q: %w", name, err))
		}
	}
	if o.KeyType != "" {
		errs = append(errs, o.KeyType.Check())
	}
	if o.Workers < 0 || o.Lease < 0 || o.Margin < 0 || o.Poll < 0 {
		errs = append(errs, errors.New("options Workers, Lease, Margin and Poll must not be negative"))
	}
	return errors.Join(errs...)
}
