package issuance

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// maintain delivers and renews a certificate in use.
func (s *step) maintain(ctx context.Context, site *operations.Site) error {
	r, err := s.renewal(ctx)
	if err != nil {
		return err
	}
	renew := s.order != nil || !s.now().Before(r.at)
	if !renew && !s.undelivered() {
		return s.scheduleNextCheck(ctx, r, nil)
	}
	if newer, err := s.newer(ctx); newer != 0 || err != nil {
		return s.retire(ctx, newer, err)
	}
	undelivered := s.deliver(ctx)
	switch {
	case undelivered != nil && ctx.Err() != nil:
		return undelivered
	case renew:
		return s.obtain(ctx, site, r)
	}
	return s.scheduleNextCheck(ctx, r, undelivered)
}

// maintainUpload delivers an uploaded certificate. Nothing renews it.
func (s *step) maintainUpload(ctx context.Context) error {
	var undelivered error
	if len(s.job.Certificate.SealedKey) > 0 { // else it was uploaded while nothing was delivered
		if undelivered = s.deliver(ctx); undelivered != nil && ctx.Err() != nil {
			return undelivered
		}
	}
	return s.scheduleNextCheck(ctx, renewal{nextCheck: s.now().Add(maxCheckInterval)}, undelivered)
}

// undelivered reports whether the certificate in use is still to be delivered.
func (s *step) undelivered() bool { return s.o.Deliverer != nil && !s.job.Certificate.Delivered }

// retire stops the maintenance of the certificate, because another application
// has a newer one.
func (s *step) retire(ctx context.Context, newer int64, err error) error {
	if err != nil {
		return err
	}
	s.log.Info("retired: superseded by a newer application", "newer", newer)
	return s.write(ctx, func(ctx context.Context) error { return s.o.Jobs.Retire(ctx, s.job.Lease) })
}

// newer returns the ID of a later accepted application for the same name that
// has a certificate; 0 if none exists.
func (s *step) newer(ctx context.Context) (int64, error) {
	found, err := s.o.Jobs.ListRecords(ctx, store.Query{
		Account: s.job.Account, SiteID: s.job.SiteID, Domain: s.job.Domain,
		Status: store.Issued, After: s.job.ID,
	})
	if err != nil {
		return 0, fmt.Errorf("find a newer application: %w", err)
	}
	for _, r := range found {
		if r.Type != store.Uploaded {
			return r.ID, nil
		}
	}
	return 0, nil
}

// deliver delivers the certificate in use if a Deliverer is set and it is not
// delivered yet.
func (s *step) deliver(ctx context.Context) error {
	if !s.undelivered() {
		return nil
	}
	c := *s.job.Certificate
	key, err := ExportKey(s.o.Keys, s.job.ID, c)
	if err != nil {
		return err
	}
	defer clear(key)
	c.SealedKey = nil
	if err := s.o.Deliverer.Deliver(ctx, Delivery{Application: s.job.Application, Certificate: c, Key: key}); err != nil {
		return err
	}
	s.delivered = true
	s.log.Info("delivered", "serial", c.Serial)
	s.o.Checkpoint(PointDelivered)
	return nil
}

// scheduleNextCheck finishes a step after which only a failed delivery or a
// later renewal is left to do.
func (s *step) scheduleNextCheck(ctx context.Context, r renewal, undelivered error) error {
	n := s.next(r.nextCheck)
	n.Retries = 0
	if undelivered != nil {
		n.Retries = s.job.Progress.Retries + 1
		if again := s.dueIn(afterUnavailable(n.Retries)); again.Before(n.Due) {
			n.Due = again
		}
		n.Problem = &store.Problem{Type: ProblemDelivery, Detail: undelivered.Error(), At: s.now()}
		return s.unsuccessful(ctx, "not delivered", n)
	}
	return s.reschedule(ctx, n)
}
