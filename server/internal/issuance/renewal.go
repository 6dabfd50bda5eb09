package issuance

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// renewal says when a certificate is renewed.
type renewal struct {
	at        time.Time // to renew
	nextCheck time.Time // to look again, when it is not time yet; at most maxCheckInterval ahead
	leaf      *x509.Certificate
	fromARI   bool // the authority gives renewal information
}

const (
	// shortLifetime is below which a certificate is renewed with half of its life
	// left, and not with a third.
	// Source: https://letsencrypt.org/docs/integration-guide/, when to renew.
	shortLifetime = 10 * 24 * time.Hour
	// renewalInfoInterval is how often renewal information is asked for.
	renewalInfoInterval = 12 * time.Hour
	// minAskAgain bounds what an authority may demand.
	minAskAgain = time.Minute
	// renewalInfoTimeout bounds a question that we can do without the answer to.
	renewalInfoTimeout = 30 * time.Second
	// minCertificateAge is how long a new certificate stays at least.
	minCertificateAge = 20 * time.Hour
)

// renewal decides when the certificate in use is renewed.
func (s *step) renewal(ctx context.Context) (renewal, error) {
	c, now := s.job.Certificate, s.now()
	chain, err := ParseChain(c.Chain)
	if err != nil {
		return renewal{}, fmt.Errorf("the stored chain: %w", err)
	}
	r := renewal{at: ordinaryRenewal(c), leaf: chain[0]}
	again := maxCheckInterval
	if info, ok := s.renewalInfo(ctx, r.leaf); ok {
		r.fromARI = true
		r.at = earlierOf(within(info, c.Fingerprint), latestRenewal(c))
		again = renewalInfoInterval
		if info.RetryAfter > 0 {
			again = min(max(info.RetryAfter, minAskAgain), maxCheckInterval)
		}
	}
	r.at = laterOf(r.at, earliestRenewal(c))
	// To the store's precision: a time between two of its instants would be due
	// before it has come.
	r.at = storerules.NormalizeTime(r.at)
	r.nextCheck = earlierOf(r.at, now.Add(jitter(s.o.Seed, s.job.ID, s.job.Lease.Attempt, again)))
	return r, nil
}

// renewalInfo asks the authority that has issued the certificate. It is false
// when there is no sensible answer.
func (s *step) renewalInfo(ctx context.Context, leaf *x509.Certificate) (RenewalInfo, bool) {
	authority, found := s.o.Authorities[s.job.Certificate.Authority]
	if !found || s.order != nil {
		return RenewalInfo{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, min(renewalInfoTimeout, (s.o.Lease-s.o.Margin)/2))
	defer cancel()
	info, err := authority.RenewalInfo(ctx, leaf)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return RenewalInfo{}, false
	case err == nil && !info.Start.Before(info.End):
		err = fmt.Errorf("the window from %v to %v makes no sense", info.Start, info.End)
	}
	if err != nil {
		s.log.Warn("no renewal information; using the certificate lifetime", "error", err)
		return RenewalInfo{}, false
	}
	return info, true
}

// within chooses a time in the window, always the same for a certificate.
func within(info RenewalInfo, fingerprint string) time.Time {
	h := fnv.New64a()
	_, _ = h.Write([]byte(fingerprint))
	return info.Start.Add(time.Duration(uniform(h.Sum64()) * float64(info.End.Sub(info.Start))))
}

// ordinaryRenewal is when a certificate is renewed whose authority does not
// say.
func ordinaryRenewal(c *store.Certificate) time.Time {
	life := c.NotAfter.Sub(c.NotBefore)
	if life < shortLifetime {
		return c.NotAfter.Add(-life / 2)
	}
	return c.NotAfter.Add(-life / 3)
}

// latestRenewal is when a certificate is renewed even if its authority names a
// retryLater time: there must be time left for things to go wrong.
func latestRenewal(c *store.Certificate) time.Time {
	return c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 10)
}

// earliestRenewal is before when a certificate is not renewed, whatever the
// authority says. Its successor would be as old: where the authority's clock
// and ours differ by weeks, or a window is wrong, each certificate would be
// renewed at once, and without end. A day leaves an authority that has to
// replace many certificates in a hurry its say.
func earliestRenewal(c *store.Certificate) time.Time {
	return c.IssuedAt.Add(min(c.NotAfter.Sub(c.NotBefore)/10, minCertificateAge))
}

// firstLook is when a new certificate is looked at.
func (s *step) firstLook(c *store.Certificate, now time.Time) time.Time {
	return earlierOf(storerules.NormalizeTime(laterOf(ordinaryRenewal(c), earliestRenewal(c))), now.Add(jitter(s.o.Seed, s.job.ID, s.job.Lease.Attempt, maxCheckInterval)))
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
