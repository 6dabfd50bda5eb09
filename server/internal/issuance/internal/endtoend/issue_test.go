package endtoend

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/issuance/rfc2136"
	"github.com/esacert/esacert/server/store"
)

const hmac = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

func TestPlainAndWildcard(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	for _, c := range []struct {
		challenge, domain string
		site              int64
	}{
		{"http-01", "www.example.com", cnameSite},
		{"dns-01", "blog.example.com", nsSite},
		{"dns-01", "*.example.com", nsSite},
		{"dns-01", "example.com", nsSite},
	} {
		began := time.Now()
		a := w.apply(c.site, "lets_encrypt", c.domain)
		w.runDue()
		w.wantIssued(a[0].ID)
		t.Logf("%s by %s: %v", c.domain, c.challenge, time.Since(began).Round(time.Millisecond))
	}
	w.checkFinalizedOnce(4)
}

// TestNameAndWildcardTogether validates a name and its wildcard concurrently, with
// two TXT values at one name.
func TestNameAndWildcardTogether(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	a := w.apply(nsSite, "lets_encrypt", "example.com", "*.example.com")
	w.runUntilDone(2)
	w.wantIssued(a[0].ID)
	w.wantIssued(a[1].ID)
}

// runUntilDone runs the loop until the given number of applications is Issued or
// Failed.
func (w *fixture) runUntilDone(want int64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.loop.Run(ctx) }()
	for ctx.Err() == nil {
		counts, err := w.db.Counts(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		if counts.ByStatus[store.Issued]+counts.ByStatus[store.Failed] >= want {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	timeout := ctx.Err()
	cancel()
	if err := <-done; err != nil || timeout != nil {
		w.t.Fatalf("the loop returned %v, timeout %v", err, timeout)
	}
}

func TestFiftyNames(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	var domains []string
	for i := range 50 {
		domains = append(domains, fmt.Sprintf("www%d.example.com", i))
	}
	began := time.Now()
	accepted := w.apply(cnameSite, "lets_encrypt", domains...)
	w.runUntilDone(50)
	took := time.Since(began)
	for _, a := range accepted {
		w.wantIssued(a.ID)
	}
	w.checkFinalizedOnce(50)
	t.Logf("50 names in one call: %v, %v per certificate", took.Round(time.Millisecond), (took / 50).Round(100*time.Microsecond))
}

func TestDynamicUpdates(t *testing.T) {
	t.Parallel()
	const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	primary := pebbletest.StartPrimary(t, pebbletest.PrimaryOptions{Zone: "example.com.", Key: "esacert.", Secret: key, Lag: 20 * time.Millisecond})
	resolver := pebbletest.StartResolver(t, func(string) (string, string) { return "", primary.Addr })
	names, err := rfc2136.New(rfc2136.Options{Server: primary.Addr, Key: rfc2136.Key{Name: "esacert.", Secret: key}, Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w := newFixture(t, pebbletest.Options{Resolver: resolver.Addr})
	w.addAuthority("lets_encrypt", "pebble", func(o *acme.Options) {
		o.Solvers = map[string]challenge.Solver{challenge.DNS01: names}
	})
	w.start()
	began := time.Now()
	a := w.apply(nsSite, "lets_encrypt", "www.example.com", "*.example.com")
	w.runDue()
	w.wantIssued(a[0].ID)
	w.wantIssued(a[1].ID)
	t.Logf("by updates (RFC 2136): %v per certificate", (time.Since(began) / 2).Round(time.Millisecond))
	for _, name := range []string{"_acme-challenge.www.example.com", "_acme-challenge.example.com"} {
		if left := primary.Values(name); len(left) > 0 || primary.Updates() != 4 {
			t.Errorf("%s: got values %q after %d updates, want none after 4", name, left, primary.Updates())
		}
	}
}

// TestExternalAccounts uses two external accounts for digicert_single and
// digicert_wildcard.
func TestExternalAccounts(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{ExternalAccounts: map[string]string{"single": hmac, "wildcard": hmac}})
	bound := func(id string) func(*acme.Options) {
		return func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: id, HMAC: hmac} }
	}
	w.addAuthority("digicert_single", "single", bound("single"))
	w.addAuthority("digicert_wildcard", "wildcard", bound("wildcard"))
	w.addAuthority("lets_encrypt", "missing")
	w.addAuthority("unknown", "unknown", bound("kid-unknown"))
	w.start()
	began := time.Now()
	// With http-01, the handler must find the account of the order.
	single := w.apply(cnameSite, "digicert_single", "www.example.com")
	wildcard := w.apply(nsSite, "digicert_wildcard", "*.example.com")
	missing := w.apply(nsSite, "lets_encrypt", "missing.example.com")
	unknown := w.apply(nsSite, "unknown", "unknown.example.com")
	w.runDue()
	w.wantIssued(single[0].ID)
	w.wantIssued(wildcard[0].ID)
	t.Logf("with external accounts: %v per certificate, including account creation", (time.Since(began) / 2).Round(time.Millisecond))
	for id, want := range map[int64]string{
		missing[0].ID: "authority requires an external account; set external_account",
		unknown[0].ID: `check that the key id "kid-unknown" and the HMAC key of the external account are correct`,
	} {
		r := w.record(id)
		if r.Status != store.Applying || r.Progress.Failures != 0 || r.Progress.Problem == nil || !strings.Contains(r.Progress.Problem.Detail, want) {
			t.Errorf("%s: got %s, %+v, %+v, want Applying without failures and the problem %q", r.Domain, r.Status, r.Progress, r.Progress.Problem, want)
		}
	}
	if got := w.pebble.Counts().Accounts; got != 2 {
		t.Errorf("got %d accounts, want 2", got)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{Profiles: map[string]ca.Profile{
		"classic": {ValidityPeriod: 90 * 86400}, "tlsserver": {ValidityPeriod: 45 * 86400}, "shortlived": {ValidityPeriod: 6 * 86400},
	}})
	for profile := range map[string]int{"classic": 0, "tlsserver": 0, "shortlived": 0} {
		w.addAuthority(profile, profile, func(o *acme.Options) { o.Profile = profile })
	}
	w.start()
	for profile, days := range map[string]int{"classic": 90, "tlsserver": 45, "shortlived": 6} {
		a := w.apply(nsSite, profile, profile+".example.com")
		w.runDue()
		leaf := w.wantIssued(a[0].ID)
		if got := int(leaf.NotAfter.Sub(leaf.NotBefore).Round(time.Hour) / (24 * time.Hour)); got != days {
			t.Errorf("%s: got a lifetime of %d days, want %d", profile, got, days)
		}
	}
}

func TestBadNonces(t *testing.T) {
	t.Parallel()
	// With this seed, 14 of the first 42 nonces are rejected. A certificate needs at
	// least 5 requests.
	w := newFixture(t, pebbletest.Options{BadNonces: 0.3, Seed: 2})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	began := time.Now()
	a := w.apply(cnameSite, "lets_encrypt", "a.example.com", "b.example.com", "c.example.com", "d.example.com", "e.example.com", "f.example.com")
	w.runUntilDone(6)
	for i := range a {
		w.wantIssued(a[i].ID)
	}
	w.checkFinalizedOnce(6)
	rejected := w.pebble.Counts().BadNonces
	if rejected < 6 {
		t.Errorf("got %d rejected nonces, want at least 6", rejected)
	}
	t.Logf("30%% of the nonces rejected (%d): %v per certificate", rejected, (time.Since(began) / 6).Round(time.Millisecond))
}

func TestValidationRecovers(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	w.httpTarget.SetBroken(true)
	a := w.apply(cnameSite, "lets_encrypt", "www.example.com")
	w.runDue()
	r := w.record(a[0].ID)
	if p := r.Progress.Problem; r.Status != store.Applying || r.Progress.Failures != 1 || p == nil || p.Type != "urn:ietf:params:acme:error:unauthorized" || !strings.Contains(p.Detail, "404") {
		t.Fatalf("got %s, %+v, %+v, want Applying with one failure and the challenge's problem", r.Status, r.Progress, p)
	}
	w.httpTarget.SetBroken(false)
	w.runDue()
	if w.record(a[0].ID).Status != store.Applying {
		t.Error("the application was retried immediately")
	}
	w.clock.advance(time.Minute)
	w.runDue()
	w.wantIssued(a[0].ID)
	if r := w.record(a[0].ID); r.Progress.Failures != 0 || r.Progress.Problem != nil {
		t.Errorf("got progress %+v, want no failure after issuance", r.Progress)
	}
	if got := w.pebble.Counts().Orders; got != 2 {
		t.Errorf("got %d orders, want a second one after the invalid one", got)
	}
}

func TestFiveFailures(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	w.httpTarget.SetBroken(true)
	a := w.apply(cnameSite, "lets_encrypt", "www.example.com")
	for range 5 {
		w.runDue()
		w.clock.advance(25 * time.Hour)
	}
	r := w.record(a[0].ID)
	if r.Status != store.Failed || r.Progress.Problem == nil || r.Progress.Problem.Type != "urn:ietf:params:acme:error:unauthorized" {
		t.Errorf("got %s, %+v, want Failed with the last problem", r.Status, r.Progress)
	}
	w.apply(cnameSite, "lets_encrypt", "www.example.com") // the name is available again
}

func TestBlockedNameFailsImmediately(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{Blocked: []string{"blocked.example.com"}})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	a := w.apply(nsSite, "lets_encrypt", "www.blocked.example.com")
	w.runDue()
	r := w.record(a[0].ID)
	if r.Status != store.Failed || r.Progress.Attempt != 1 || r.Progress.Problem.Type != issuance.ProblemRejectedIdentifier {
		t.Errorf("got %s, %+v, want Failed with rejectedIdentifier in the first step", r.Status, r.Progress)
	}
}

func TestSlowOrders(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{ProcessingPolls: 1, RetryAfter: 30})
	w.addAuthority("lets_encrypt", "pebble", func(o *acme.Options) { o.Processing = 100 * time.Millisecond })
	w.start()
	a := w.apply(nsSite, "lets_encrypt", "www.example.com")
	w.runDue()
	r := w.record(a[0].ID)
	if wait := r.Progress.Due.Sub(w.clock.now()); r.Status != store.Applying || r.Progress.Failures != 0 || wait < 25*time.Second || wait > 31*time.Second {
		t.Fatalf("got %s, %+v, due in %v, want the next poll in 30s", r.Status, r.Progress, wait)
	}
	w.clock.advance(31 * time.Second)
	w.runDue()
	w.wantIssued(a[0].ID)
	w.checkFinalizedOnce(1)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(pebbletest.Response{
		Path: pebbletest.PathNewOrder, Status: 429, Times: 1, Header: http.Header{"Retry-After": {"3600"}},
		Body: `{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates already issued for example.com"}`,
	})})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	a := w.apply(nsSite, "lets_encrypt", "www.example.com")
	w.runDue()
	r := w.record(a[0].ID)
	if wait := r.Progress.Due.Sub(w.clock.now()).Round(time.Minute); r.Progress.Failures != 0 || wait != time.Hour || r.Progress.Problem.Type != issuance.ProblemRateLimited {
		t.Errorf("got %+v, due in %v, want an hour and no failure", r.Progress, wait)
	}
	w.clock.advance(time.Hour)
	w.runDue()
	w.wantIssued(a[0].ID)
}
