package dns01_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/dns01"
)

// fakeResolver returns fixed results.
type fakeResolver struct {
	alias  string
	values []string
	err    error
}

func (w fakeResolver) LookupTXT(context.Context, string) ([]string, error) { return w.values, w.err }
func (w fakeResolver) LookupCNAME(context.Context, string) (string, error) { return w.alias, nil }

func TestDelegationIsChecked(t *testing.T) {
	t.Parallel()
	c := challengeOf("www.example.com", "t")
	for _, k := range []struct {
		name     string
		resolver fakeResolver
		want     string
	}{
		{"right", fakeResolver{alias: dns01.Target(zone, c.Name) + ".", values: []string{"old", c.RecordValue()}}, ""},
		{"no alias", fakeResolver{alias: "_acme-challenge.www.example.com.", err: errors.New("no such host")},
			`(no such host): add the DNS record "_acme-challenge.www.example.com. CNAME 80fc0fb9266db7b83f85850fa0e6548b.acme.example.net."`},
		{"another alias", fakeResolver{alias: "elsewhere.test.", values: []string{"x"}}, "add the DNS record"},
		{"the zone is not delegated", fakeResolver{alias: strings.ToUpper(dns01.Target(zone, c.Name)), err: errors.New("server misbehaving")},
			"delegate acme.example.net to this server"},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s, _ := startServer(t, func(o *dns01.Options) { o.Delegation, o.Wait = k.resolver, 20*time.Millisecond })
			err := s.Present(t.Context(), c)
			if (err != nil) != (k.want != "") || err != nil && !strings.Contains(err.Error(), k.want) {
				t.Errorf("got %v\nwant %q", err, k.want)
			}
		})
	}
	t.Run("the deadline is exceeded", func(t *testing.T) {
		t.Parallel()
		s, _ := startServer(t, func(o *dns01.Options) { o.Delegation = fakeResolver{} })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := s.Present(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}
