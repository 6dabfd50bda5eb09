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

// renewal is when a certificate is renewed.
type renewal struct {
	at        time.Time // when to renew
	nextCheck time.Time // next check if it is not due yet; at most maxCheckInterval ahead
	leaf      *x509.Certificate
	fromARI   bool // the authority provides renewal information
}

const (
	// shortLifetime is the lifetime below which a certificate is renewed with half
	// of its life left instead of a third.
	// Source: https://letsencrypt.org/docs/integration-guide/, when to renew.
	shortLifetime = 10 * 24 * time.Hour
	// renewalInfoInterval is how often renewal information is fetched.
	renewalInfoInterval = 12 * time.Hour
	// minAskAgain bounds the interval that an authority may demand.
	minAskAgain = time.Minute
	// renewalInfoTimeout bounds a request whose response is optional.
	renewalInfoTimeout = 30 * time.Second
	// minCertificateAge is the minimum age of a certificate before its renewal.
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
	// before it is reached.
	r.at = storerules.NormalizeTime(r.at)
	r.nextCheck = earlierOf(r.at, now.Add(jitter(s.o.Seed, s.job.ID, s.job.Lease.Attempt, again)))
	return r, nil
}

// renewalInfo queries the authority that issued the certificate. It returns
// false if the response is missing or invalid.
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
		err = fmt.Errorf("invalid window from %v to %v", info.Start, info.End)
	}
	if err != nil {
		s.log.Warn("no renewal information; using the certificate lifetime", "error", err)
		return RenewalInfo{}, false
	}
	return info, true
}

// within returns a time in the window, always the same for a certificate.
func within(info RenewalInfo, fingerprint string) time.Time {
	h := fnv.New64a()
	_, _ = h.Write([]byte(fingerprint))
	return info.Start.Add(time.Duration(uniform(h.Sum64()) * float64(info.End.Sub(info.Start))))
}

// ordinaryRenewal returns the renewal time if the authority does not provide
// one.
func ordinaryRenewal(c *store.Certificate) time.Time {
	life := c.NotAfter.Sub(c.NotBefore)
	if life < shortLifetime {
		return c.NotAfter.Add(-life / 2)
	}
	return c.NotAfter.Add(-life / 3)
}

// latestRenewal returns the renewal time even if its authority names a later
// one: time must be left for failures.
func latestRenewal(c *store.Certificate) time.Time {
	return c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 10)
}

// earliestRenewal returns the time before which a certificate is not renewed,
// whatever the authority says. Its successor would be as old: if the
// authority's clock and ours differ by weeks, or a window is wrong, each
// certificate would be renewed immediately, and without end. A minimum of a day
// still allows an authority to replace many certificates in a hurry.
func earliestRenewal(c *store.Certificate) time.Time {
	return c.IssuedAt.Add(min(c.NotAfter.Sub(c.NotBefore)/10, minCertificateAge))
}

// firstLook returns the first check of a new certificate.
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
