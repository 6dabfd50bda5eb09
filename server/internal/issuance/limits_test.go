package issuance

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLetsEncryptLimits(t *testing.T) {
	t.Parallel()
	b := LetsEncryptLimits().cost("le", "*.www.example.co.uk")
	for _, test := range []struct {
		got  string
		want string
	}{
		{fmt.Sprint(b.orders), "[{orders/le 36s 300 1}]"},
		{fmt.Sprint(b.domain), "[{domain/le/example.co.uk 3h21m36s 50 1}]"},
		{fmt.Sprint(b.name), "[{name/le/*.www.example.co.uk 33h36m0s 5 1}]"},
		{fmt.Sprint(b.failures), "[{failures/le/www.example.co.uk 12m0s 5 1}]"},
	} {
		if test.got != test.want {
			t.Errorf("%s, want %s", test.got, test.want)
		}
	}
	staging := LetsEncryptStagingLimits()
	if staging.Orders.String() != "1500 per 3h0m0s" || staging.Domain.Events != 30000 {
		t.Errorf("staging: %+v", staging)
	}
	if err := LetsEncryptLimits().Check(); err != nil {
		t.Error(err)
	}
	if err := staging.Check(); err != nil {
		t.Error(err)
	}
}

func TestRegisteredDomain(t *testing.T) {
	t.Parallel()
	limits := Limits{Domain: Limit{Events: 1, Per: time.Hour}}
	for domain, want := range map[string]string{
		"example.com": "example.com", "a.b.example.com": "example.com", "*.example.com": "example.com",
		"a.co.uk": "a.co.uk", "www.a.co.uk": "a.co.uk",
		"me.github.io": "me.github.io", // public suffix
		"x.internal":   "x.internal",
		"internal":     "internal",
	} {
		if got := limits.cost("le", domain).domain[0].Key; got != "domain/le/"+want {
			t.Errorf("%s: %s, want %s", domain, got, want)
		}
	}
}

func TestNoLimits(t *testing.T) {
	t.Parallel()
	if b := (Limits{}).cost("a", "example.com"); len(b.orders)+len(b.domain)+len(b.name)+len(b.failures) > 0 {
		t.Errorf("%+v", b)
	}
	if got := (Limit{}).String(); got != "unlimited" {
		t.Error(got)
	}
	if err := (Limits{}).Check(); err != nil {
		t.Error(err)
	}
}

func TestLimitsCheck(t *testing.T) {
	t.Parallel()
	for says, limits := range map[string]Limits{
		"orders: -1 events per 1h0m0s": {Orders: Limit{Events: -1, Per: time.Hour}},
		"domain: 5 events per 0s":      {Domain: Limit{Events: 5}},
		"name: 0 events per 1h0m0s":    {Name: Limit{Per: time.Hour}},
		"failures: 100 events per 1ns": {Failures: Limit{Events: 100, Per: 1}},
		"orders: 1 events per 876001h": {Orders: Limit{Events: 1, Per: 876_001 * time.Hour}}, // more than 100 years
	} {
		if err := limits.Check(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
