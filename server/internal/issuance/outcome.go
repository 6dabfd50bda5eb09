package issuance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/internal/ctxerr"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// noSiteError reports that the site of an application no longer exists.
type noSiteError struct {
	account string
	site    int64
}

func (e *noSiteError) Error() string {
	return fmt.Sprintf("account %s has no site %d any more", e.account, e.site)
}

func (e *noSiteError) Unwrap() error { return operations.ErrNoSite }

// unknownAuthorityError reports that the authority of the order is no longer
// configured.
type unknownAuthorityError struct{ authority string }

func (e *unknownAuthorityError) Error() string {
	return fmt.Sprintf("order belongs to authority %q, which is no longer configured", e.authority)
}

// budgetExceededError reports that a configured rate limit is reached.
type budgetExceededError struct {
	key string // of the rate
	due time.Time
}

func (e *budgetExceededError) Error() string {
	return fmt.Sprintf("rate limit %q reached; retrying at %s", e.key, e.due.UTC().Format(time.RFC3339))
}

// isFencedOff reports whether another worker now holds the lease, or the
// application is finished.
func isFencedOff(err error) bool {
	return errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrInvalidTransition) || errors.Is(err, store.ErrNotFound)
}

// recordOutcome records the outcome of a failed step.
func (s *step) recordOutcome(ctx, working context.Context, err error) error {
	var (
		refused   *RejectedError
		later     *RetryLaterError
		wait      *budgetExceededError
		lostOrder *unknownAuthorityError
		noSite    *noSiteError
	)
	defer func() {
		if s.order == nil {
			s.refund(ctx)
		}
	}()
	switch {
	case isFencedOff(err):
		return err
	case errors.As(err, &refused):
		return s.refused(ctx, refused)
	case errors.As(err, &later):
		return s.retryLater(ctx, later)
	case errors.As(err, &wait):
		return s.postpone(ctx, wait)
	case errors.As(err, &noSite):
		return s.siteGone(ctx, noSite)
	case ctx.Err() != nil:
		return s.reschedule(ctx, s.next(s.now()))
	case ctxerr.Err(working) != nil:
		// After the process was stopped for a while, a shorter timeout within the step
		// may expire first.
		return s.release(ctx)
	case errors.As(err, &lostOrder):
		return s.dropOrder(ctx, lostOrder)
	default:
		return s.retryTransient(ctx, err)
	}
}

// next copies the progress of the application.
func (s *step) next(due time.Time) store.Rescheduling {
	p := s.job.Progress
	return store.Rescheduling{Due: due, Failures: p.Failures, Retries: p.Retries, Delivered: s.delivered}
}

// dueIn returns the time after d, with jitter.
func (s *step) dueIn(wait time.Duration) time.Time {
	return s.now().Add(jitter(s.o.Seed, s.job.ID, s.job.Lease.Attempt, wait))
}

// retryAt is dueIn after a failure. A certificate close to expiry is retried
// sooner.
func (s *step) retryAt(wait time.Duration) time.Time {
	if c := s.job.Certificate; c != nil {
		if left := c.NotAfter.Sub(s.now()); left > 0 {
			wait = min(wait, max(left/4, minRenewWait))
		}
	}
	return s.dueIn(wait)
}

// refused counts a refusal, and fails an application that has no certificate
// and no retries left.
func (s *step) refused(ctx context.Context, e *RejectedError) error {
	p := s.withTime(e.Problem)
	n := s.next(time.Time{})
	n.Failures++
	n.Retries++
	n.Problem, n.DropOrder = &p, e.OrderInvalid
	s.countFailure(ctx)
	applying := s.job.Status == store.Applying && s.job.Certificate == nil
	if applying && (n.Failures >= maxFailures || p.Type == ProblemRejectedIdentifier) {
		return s.refundOrder(ctx, s.fail(ctx, p))
	}
	n.Due = s.retryAt(afterRefusal(n.Failures))
	err := s.unsuccessful(ctx, "refused", n)
	if !e.OrderInvalid {
		return err
	}
	return s.refundOrder(ctx, err)
}

// refundOrder refunds the rates of an unusable order, after the outcome is
// saved.
func (s *step) refundOrder(ctx context.Context, err error) error {
	if err == nil && s.order != nil {
		s.refund(ctx)
	}
	return err
}

// retryLater waits as long as the authority requires.
func (s *step) retryLater(ctx context.Context, e *RetryLaterError) error {
	n := s.next(s.now().Add(s.laterWait(e)))
	if e.Problem == nil {
		n.Retries = 0 // the authority is available
		return s.reschedule(ctx, n)
	}
	p := s.withTime(*e.Problem)
	n.Problem = &p
	return s.unsuccessful(ctx, "authority requires a wait", n)
}

func (s *step) laterWait(e *RetryLaterError) time.Duration {
	wait := e.After
	switch {
	case wait > 0:
	case e.Problem != nil:
		wait = rateLimitedRetry
	case s.order != nil:
		// Back off for an order that is slow already.
		wait = min(max(s.now().Sub(s.order.CreatedAt)/4, minProcess), maxProcess)
	}
	return min(max(wait, minRetryLater), maxCheckInterval)
}

// postpone waits for the configured rate limit.
func (s *step) postpone(ctx context.Context, e *budgetExceededError) error {
	n := s.next(e.due)
	n.Problem = &store.Problem{Type: ProblemBudget, Detail: e.Error(), At: s.now()}
	return s.unsuccessful(ctx, "rate limit reached", n)
}

// siteGone ends an application whose site was removed. A certificate in use stays
// until it expires, because the site may return.
func (s *step) siteGone(ctx context.Context, e *noSiteError) error {
	p := store.Problem{Type: ProblemSite, Detail: e.Error(), At: s.now()}
	if s.job.Status == store.Applying {
		return s.fail(ctx, p)
	}
	n := s.next(s.dueIn(maxCheckInterval))
	n.Problem = &p
	return s.unsuccessful(ctx, "site removed", n)
}

// dropOrder starts from scratch with the authority that is configured now.
func (s *step) dropOrder(ctx context.Context, e *unknownAuthorityError) error {
	n := s.next(s.now())
	n.Problem = &store.Problem{Type: ProblemOrder, Detail: e.Error(), At: s.now()}
	n.DropOrder = true
	return s.unsuccessful(ctx, "order abandoned", n)
}

// release releases a step that took too long.
func (s *step) release(ctx context.Context) error {
	n := s.next(time.Time{})
	n.Retries++
	n.Due = s.dueIn(afterRelease(n.Retries))
	detail := fmt.Sprintf("step exceeded its limit of %v", s.o.Lease-s.o.Margin)
	n.Problem = &store.Problem{Type: ProblemTimeout, Detail: detail, At: s.now()}
	return s.unsuccessful(ctx, "out of time", n)
}

// retryTransient retries soon and does not count a failure.
func (s *step) retryTransient(ctx context.Context, err error) error {
	n := s.next(time.Time{})
	n.Retries++
	n.Due = s.retryAt(afterUnavailable(n.Retries))
	n.Problem = &store.Problem{Type: ProblemUnavailable, Detail: err.Error(), At: s.now()}
	return s.unsuccessful(ctx, "unavailable", n)
}

// withTime sets the time of a problem.
func (s *step) withTime(p store.Problem) store.Problem {
	p.At = s.now()
	return p
}

func (s *step) fail(ctx context.Context, p store.Problem) error {
	err := s.write(ctx, func(ctx context.Context) error { return s.o.Jobs.Fail(ctx, s.job.Lease, p, p.At) })
	if err != nil {
		return fmt.Errorf("mark application failed: %w", err)
	}
	s.log.Warn("failed", "type", p.Type, "detail", p.Detail)
	a := s.job.Application
	a.Status, a.UpdatedAt = store.Failed, p.At
	s.o.Observer.Failed(a, p)
	return nil
}

// unsuccessful reschedules the step and logs why.
func (s *step) unsuccessful(ctx context.Context, what string, n store.Rescheduling) error {
	if err := s.reschedule(ctx, n); err != nil {
		return err
	}
	s.log.Warn(what, "type", n.Problem.Type, "detail", n.Problem.Detail, "failures", n.Failures, "retries", n.Retries, "due", n.Due)
	s.o.Observer.Refused(s.job.Application, *n.Problem)
	return nil
}

func (s *step) reschedule(ctx context.Context, n store.Rescheduling) error {
	n.Due = storerules.NormalizeTime(n.Due)
	err := s.write(ctx, func(ctx context.Context) error { return s.o.Jobs.Reschedule(ctx, s.job.Lease, n) })
	if err != nil {
		return fmt.Errorf("rescheduling: %w", err)
	}
	if n.Delivered {
		s.o.Observer.Delivered(s.job.Application)
	}
	return nil
}
