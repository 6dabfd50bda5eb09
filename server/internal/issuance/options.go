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

// Options configures a Loop. Jobs, Sites, Authorities, Routes and Keys are
// required; the zero value of any other field selects a default.
type Options struct {
	Jobs  store.Jobs
	Sites operations.SiteFinder

	// Authorities by configured name. The name is stored with orders, certificates
	// and budgets, so it must not change.
	Authorities map[string]Authority
	// Routes maps a certificate type to the name of its authority.
	Routes map[string]string
	// Limits are the rate limits of authorities, by name. An authority without an
	// entry is unlimited.
	Limits map[string]Limits

	// Keys seals the private keys of certificates.
	Keys *seal.Keyring
	// KeyType of new certificates, unless the AlgType of the application selects
	// one; DefaultKeyType if empty. A renewal has a new key and follows both.
	KeyType KeyType
	// Stock is the number of RSA keys that Run generates in advance, since one
	// takes about 0.1 s of a processor; 0 for 64, negative for none. If Random is
	// set, keys are not generated in advance.
	Stock int

	// Deliverer receives each new certificate; if nil, certificates are not
	// delivered.
	Deliverer Deliverer
	// Observer receives events; optional.
	Observer Observer
	// Logger; if nil, logging is disabled.
	Logger *slog.Logger

	// Now is the clock of due times, leases and validity; nil for time.Now. The
	// duration of a step is always measured in real time.
	Now func() time.Time
	// Random is the source of keys; nil for crypto/rand. With a deterministic
	// source, keys depend only on it and on the order of the steps.
	Random io.Reader
	// Seed of the jitter, which depends only on the seed, the application and the
	// attempt.
	Seed uint64

	// Workers is the number of concurrent steps of Run; 0 for 2. More workers help
	// with slow authorities, and take processor time from the server's other work.
	Workers int
	// Pause bounds the rest of a worker after each step, so that many consecutive
	// steps leave the processor and the disk to the server's other work. The rest
	// is twice the duration of the step, at most Pause; twice the time to generate
	// an RSA key is added. On a busy server steps take longer, and so does the
	// rest. 0 for 10 ms, negative for none.
	Pause time.Duration
	// Lease is how long a worker owns an application; 0 for 5 minutes.
	Lease time.Duration
	// Margin is the part of the lease reserved for recording the outcome; 0 for a
	// sixth of the lease, 10 seconds at most.
	Margin time.Duration
	// Poll is the longest sleep of Run; 0 for 30 seconds. It matters only if
	// several processes share a store.
	Poll time.Duration

	// Checkpoint is called at the points in Checkpoints, on the worker's goroutine;
	// optional. Tests stop or kill the process there.
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

// withDefaults checks the options and fills in the defaults.
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
		return o, fmt.Errorf("margin %v is not shorter than the lease %v", o.Margin, o.Lease)
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
