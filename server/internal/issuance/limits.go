package issuance

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Limit is a token bucket: Events at a time, refilled evenly over Per. The zero
// value is unlimited.
type Limit struct {
	Events int
	Per    time.Duration
}

// String formats a limit like "300 per 3h0m0s".
func (l Limit) String() string {
	if l == (Limit{}) {
		return "unlimited"
	}
	return fmt.Sprintf("%d per %v", l.Events, l.Per)
}

// Limits are the rate limits of an authority. The store keeps their state, so
// workers and restarts share one budget.
//
// An order consumes one of Orders, Domain and Name before it is opened. An
// order that yields no certificate refunds those of Domain and Name, because
// authorities count certificates there. Renewals that name the certificate they
// replace consume nothing.
type Limits struct {
	Orders   Limit // new orders of the account
	Domain   Limit // certificates per registered domain, like example.co.uk
	Name     Limit // certificates per name
	Failures Limit // failed orders per name
}

// LetsEncryptLimits are the published limits of Let's Encrypt.
// Source: https://letsencrypt.org/docs/rate-limits/, as of 2026-08-05.
func LetsEncryptLimits() Limits {
	const day = 24 * time.Hour
	return Limits{
		Orders:   Limit{Events: 300, Per: 3 * time.Hour},
		Domain:   Limit{Events: 50, Per: 7 * day},
		Name:     Limit{Events: 5, Per: 7 * day}, // per exact set of names; our orders have one each
		Failures: Limit{Events: 5, Per: time.Hour},
	}
}

// LetsEncryptStagingLimits are the published limits of the staging environment
// of Let's Encrypt; the others are unlimited.
// Source: https://letsencrypt.org/docs/staging-environment/
func LetsEncryptStagingLimits() Limits {
	return Limits{
		Orders: Limit{Events: 1500, Per: 3 * time.Hour},
		Domain: Limit{Events: 30000, Per: 7 * 24 * time.Hour},
	}
}

// Check returns an error that lists invalid limits.
func (l Limits) Check() error {
	for _, named := range []struct {
		name  string
		limit Limit
	}{{"orders", l.Orders}, {"domain", l.Domain}, {"name", l.Name}, {"failures", l.Failures}} {
		n := named.limit
		if n == (Limit{}) {
			continue
		}
		if n.Events < 1 || n.Per <= 0 || n.Per/time.Duration(n.Events) <= 0 {
			return fmt.Errorf("%s: %d events per %v: both must be 1 or more, or both 0 for no limit", named.name, n.Events, n.Per)
		}
		for _, rate := range n.rate(named.name) {
			if err := storerules.CheckRate(rate); err != nil {
				return fmt.Errorf("%s: %d events per %v: %w", named.name, n.Events, n.Per, err)
			}
		}
	}
	return nil
}

// rateCost lists the rates that one order at an authority counts against.
type rateCost struct {
	orders, domain, name, failures []store.Rate // one each, or none
}

// cost returns the rates that an order for a domain name counts against.
func (l Limits) cost(authority, domain string) rateCost {
	base := strings.TrimPrefix(domain, "*.")
	registered, err := publicsuffix.EffectiveTLDPlusOne(base)
	if err != nil {
		registered = base // base is a public suffix itself
	}
	return rateCost{
		orders:   l.Orders.rate("orders/" + authority),
		domain:   l.Domain.rate("domain/" + authority + "/" + registered),
		name:     l.Name.rate("name/" + authority + "/" + domain),
		failures: l.Failures.rate("failures/" + authority + "/" + base),
	}
}

func (l Limit) rate(key string) []store.Rate {
	if l == (Limit{}) {
		return nil
	}
	return []store.Rate{{Key: key, Interval: l.Per / time.Duration(l.Events), Burst: l.Events, Cost: 1}}
}
