package issuance

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// Points of a step at which Options.Checkpoint is called.
const (
	PointLeased    = "leased"    // before the step starts
	PointOrdered   = "ordered"   // the authority has an order that is not saved yet
	PointSaved     = "saved"     // order and key are saved
	PointFulfilled = "fulfilled" // the authority has issued, nothing is saved yet
	PointCompleted = "completed" // the certificate is in use, not delivered yet
	PointDelivered = "delivered" // the certificate is delivered, not recorded yet
)

// Checkpoints lists the points in the order of a step without failures.
func Checkpoints() []string {
	return []string{PointLeased, PointOrdered, PointSaved, PointFulfilled, PointCompleted, PointDelivered}
}

// step is one lease on an application and its state.
type step struct {
	*Loop
	job  store.Job
	ends time.Time // of the work, in real time; Margin is left to write after it
	log  *slog.Logger

	order *store.Order  // in progress, including one opened by this step
	key   crypto.Signer // of the order, if generated in this step
	paid  []store.Rate  // refunded if the order yields no certificate

	made time.Duration // time to generate the key, if not generated in advance

	delivered bool // whether this step delivered the certificate in use
}

// run runs the step and records its outcome.
func (s *step) run(ctx context.Context) {
	s.order = s.job.Order
	s.o.Checkpoint(PointLeased)
	working, cancel := context.WithDeadline(ctx, s.ends)
	defer cancel()
	err := s.recoverPanics(working)
	if err != nil {
		err = s.recordOutcome(ctx, working, err)
	}
	switch {
	case err == nil:
	case isFencedOff(err):
		s.reportLost(ctx, err)
	default:
		s.log.Error("could not save the step's outcome; retrying after the lease expires",
			"until", s.job.LeaseEnd, "error", err)
	}
}

// recoverPanics converts a panic to an error, so that one application cannot
// stop the others.
func (s *step) recoverPanics(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("step panicked", "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", r)
		}
	}()
	return s.advance(ctx)
}

// advance does the next action. If it returns nil, the lease is released.
func (s *step) advance(ctx context.Context) error {
	site, err := s.o.Sites.Site(ctx, s.job.Account, s.job.SiteID)
	switch {
	case errors.Is(err, operations.ErrNoSite):
		return &noSiteError{account: s.job.Account, site: s.job.SiteID}
	case err != nil:
		return fmt.Errorf("look up site %d: %w", s.job.SiteID, err)
	case s.job.Type == store.Uploaded:
		return s.maintainUpload(ctx)
	case s.job.Certificate != nil:
		return s.maintain(ctx, &site)
	case s.job.Status == store.Applying:
		return s.obtain(ctx, &site, renewal{})
	default:
		// Another writer has moved it to Issued: it needs no renewal.
		return s.write(ctx, func(ctx context.Context) error { return s.o.Jobs.Retire(ctx, s.job.Lease) })
	}
}

// obtain fetches a certificate and puts it in use.
func (s *step) obtain(ctx context.Context, site *operations.Site, r renewal) error {
	if s.order == nil {
		if err := s.createOrder(ctx, r); err != nil {
			return err
		}
	}
	authority, found := s.o.Authorities[s.order.Authority]
	if !found {
		return &unknownAuthorityError{authority: s.order.Authority}
	}
	key, err := s.orderKey()
	if err != nil {
		return err
	}
	csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{DNSNames: []string{s.job.Domain}}, key)
	if err != nil {
		return fmt.Errorf("create certificate request: %w", err)
	}
	request := FulfillRequest{
		ID: s.job.ID, URL: s.order.URL, Name: s.job.Domain, Access: site.Access, CSR: csr, CreatedAt: s.order.CreatedAt,
	}
	if s.job.Certificate == nil {
		request.AppliedAt = s.job.CreatedAt
	}
	chain, err := authority.Fulfill(ctx, request)
	if err != nil {
		return err
	}
	s.o.Checkpoint(PointFulfilled)
	return s.complete(ctx, chain, key.Public())
}

// createOrder opens an order and saves it with the new key of the certificate.
func (s *step) createOrder(ctx context.Context, r renewal) error {
	name, found := s.o.Routes[s.job.Type]
	if !found {
		return fmt.Errorf("%w: %s", ErrNoAuthority, s.job.Type)
	}
	// Generate the key first, to keep the time between the authority's response and
	// the write that saves it as short as possible.
	key, made, err := s.newKey(ctx, &s.job.Application)
	if err != nil {
		return err
	}
	s.made += made
	sealed, err := SealKey(s.o.Keys, s.job.ID, key)
	if err != nil {
		return err
	}
	url, err := s.newOrder(ctx, name, r)
	if err != nil {
		return err
	}
	s.o.Checkpoint(PointOrdered)
	order := store.Order{Authority: name, URL: url, SealedKey: sealed, CreatedAt: s.now()}
	if err := s.write(ctx, func(ctx context.Context) error { return s.o.Jobs.SaveOrder(ctx, s.job.Lease, order) }); err != nil {
		return fmt.Errorf("save order: %w", err)
	}
	s.order, s.key = &order, key
	s.o.Checkpoint(PointSaved)
	return nil
}

// maxReplacesTries bounds the consecutive failures of orders that name the
// certificate they renew. Some authorities reject such orders permanently if
// they encode the name differently (RFC 9773, section 4.1), with problems that
// do not say so; the certificate must not expire because of that.
const maxReplacesTries = 2

// newOrder consumes the rate limit and opens an order.
func (s *step) newOrder(ctx context.Context, name string, r renewal) (url string, err error) {
	request := OrderRequest{ID: s.job.ID, Name: s.job.Domain}
	if c := s.job.Certificate; c != nil && c.Authority == name && s.job.Progress.Retries < maxReplacesTries {
		request.Replaces = r.leaf
	}
	authority := s.o.Authorities[name]
	if request.Replaces == nil || !r.fromARI {
		if err := s.chargeOrder(ctx, name); err != nil {
			return "", err
		}
	}
	url, err = authority.Order(ctx, request)
	if request.Replaces == nil || !refusesReplaces(err) {
		return url, err
	}
	// An order that was opened just before a crash has already replaced it.
	s.log.Info(`authority rejected "replaces"; ordering without it`, "error", err)
	if r.fromARI {
		if err := s.chargeOrder(ctx, name); err != nil {
			return "", err
		}
	}
	request.Replaces = nil
	return authority.Order(ctx, request)
}

// Types of problems that an order with "replaces" may be rejected with.
// Sources: RFC 9773, sections 5 and 7.4; RFC 8555, section 6.7.
const (
	problemAlreadyReplaced = "urn:ietf:params:acme:error:alreadyReplaced"
	problemConflict        = "urn:ietf:params:acme:error:conflict"
	problemMalformed       = "urn:ietf:params:acme:error:malformed"
)

func refusesReplaces(err error) bool {
	var refused *RejectedError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Problem.Type {
	case problemAlreadyReplaced, problemConflict, problemMalformed:
		return true
	}
	return false
}

// orderKey returns the key of the order's certificate.
func (s *step) orderKey() (crypto.Signer, error) {
	if s.key != nil {
		return s.key, nil
	}
	key, err := openKey(s.o.Keys, s.job.ID, s.order.SealedKey)
	if err != nil {
		return nil, fmt.Errorf("open order key: %w", err)
	}
	return key, nil
}

// complete checks a chain and puts it in use.
func (s *step) complete(ctx context.Context, chain []byte, key crypto.PublicKey) error {
	now := s.now()
	certificates, err := CheckChain(chain, s.job.Domain, key, now)
	if errors.Is(err, ErrChain) {
		return &RejectedError{Problem: store.Problem{Type: ProblemChain, Detail: err.Error()}, OrderInvalid: true}
	}
	if err != nil {
		return err
	}
	c := certificateOf(s.order.Authority, chain, certificates[0], s.order.SealedKey, now)
	due := now // to deliver it
	if s.o.Deliverer == nil {
		due = s.firstLook(&c, now)
	}
	err = s.write(ctx, func(ctx context.Context) error { return s.o.Jobs.Complete(ctx, s.job.Lease, c, due, now) })
	if err != nil {
		return fmt.Errorf("save certificate: %w", err)
	}
	s.completed(c, now)
	return nil
}

func (s *step) completed(c store.Certificate, now time.Time) {
	a := s.job.Application
	a.Status, a.UpdatedAt = store.Issued, now
	attributes := []any{"serial", c.Serial, "issuer", c.Issuer, "not_after", c.NotAfter}
	if s.job.Certificate == nil {
		took := now.Sub(a.CreatedAt)
		s.log.Info("issued", append(attributes, "took", took)...)
		s.o.Observer.Issued(a, c, took)
	} else {
		c.Renewals = s.job.Certificate.Renewals + 1
		s.log.Info("renewed", attributes...)
		s.o.Observer.Renewed(a, c)
	}
	s.o.Checkpoint(PointCompleted)
}

// write runs a write with the rest of the lease, at least Margin, even if the
// time of the work is over: the store decides whether the write is still valid.
// If the loop is stopping, it has Margin only.
func (s *step) write(ctx context.Context, do func(context.Context) error) error {
	ends := laterOf(s.ends, time.Now()).Add(s.o.Margin)
	writing, cancel := context.WithDeadline(context.WithoutCancel(ctx), ends)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(s.o.Margin):
			cancel()
		case <-writing.Done():
		}
	})
	defer stop()
	return do(writing)
}
