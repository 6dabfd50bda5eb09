package acme

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

// Client requests certificates from an authority by ACME. It is safe for
// concurrent use.
type Client struct {
	o         Options
	log       *slog.Logger
	transport http.RoundTripper

	directoryLock semaphore // guards writes of directory
	directory     atomic.Pointer[acmeDirectory]
	accountLock   semaphore // guards writes of account
	account       atomic.Pointer[account]
}

var _ issuance.Authority = (*Client)(nil)

// New returns a Client. It sends no request. The error lists all invalid options.
func New(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("acme: authority %q: %w", o.Name, err)
	}
	o.UserAgent = cmp.Or(o.UserAgent, "esacertd")
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.Poll = cmp.Or(o.Poll, DefaultPoll)
	o.Validation = cmp.Or(o.Validation, DefaultValidation)
	o.Processing = cmp.Or(o.Processing, DefaultProcessing)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Client{
		o:             o,
		log:           o.Logger.With("authority", o.Name),
		transport:     transportOf(&o),
		directoryLock: make(semaphore, 1),
		accountLock:   make(semaphore, 1),
	}, nil
}

func transportOf(o *Options) http.RoundTripper {
	if o.Transport != nil {
		return o.Transport
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if len(o.Roots) > 0 {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		t.TLSClientConfig.RootCAs.AppendCertsFromPEM(bytes.Clone(o.Roots))
	}
	return t
}

// semaphore is a mutex whose acquisition ends with a context.
type semaphore chan struct{}

func (s semaphore) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s semaphore) release() { <-s }

// sleep waits for the duration. It returns the error of the context if that ends
// first. The sleep of package issuance differs: it reports no error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
