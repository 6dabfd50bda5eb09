package endtoend

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/dns01"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/store"
)

// resolverAt returns a resolver that queries the given server.
func resolverAt(addr string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
}

// TestMissingDelegation checks that a missing delegation is reported, and that no
// validation is requested for the name.
func TestMissingDelegation(t *testing.T) {
	t.Parallel()
	w := newFixture(t, pebbletest.Options{})
	// Public DNS: only www is delegated correctly; old is delegated to another zone.
	resolver := pebbletest.StartResolver(t, func(name string) (alias, server string) {
		switch {
		case strings.HasPrefix(name, "_acme-challenge.www."):
			return pebbletest.Delegated(zone, w.dnsAddr)(name)
		case strings.HasPrefix(name, "_acme-challenge.old."):
			return "elsewhere.test", w.dnsAddr
		case strings.HasPrefix(name, "_acme-challenge.lame."):
			alias, _ := pebbletest.Delegated(zone, "")(name)
			return alias, ""
		}
		return "", ""
	})
	names, err := dns01.New(dns01.Options{
		Zone: zone, Nameservers: []string{"ns.example.net"}, Delegation: resolverAt(resolver.Addr), Wait: 3 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := names.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w.dnsAddr = l.Addr
	w.addAuthority("lets_encrypt", "pebble", func(o *acme.Options) {
		o.Solvers = map[string]challenge.Solver{challenge.DNS01: names}
	})
	w.start()
	for domain, want := range map[string]string{
		"www.example.com":  "",
		"blog.example.com": `add the DNS record "_acme-challenge.blog.example.com. CNAME ` + dns01.Target(zone, "blog.example.com") + `."`,
		"old.example.com":  `add the DNS record "_acme-challenge.old.example.com. CNAME `,
		"lame.example.com": "delegate acme.test to this server",
	} {
		a := w.apply(nsSite, "lets_encrypt", domain)
		w.runDue()
		if want == "" {
			w.wantIssued(a[0].ID)
			continue
		}
		r := w.record(a[0].ID)
		if p := r.Progress.Problem; r.Status != store.Applying || r.Progress.Failures != 0 || p == nil || p.Type != issuance.ProblemUnavailable || !strings.Contains(p.Detail, want) {
			t.Errorf("%s: got %s, %+v, %+v\nwant %q", domain, r.Status, r.Progress, p, want)
		}
	}
}
