package ram_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/ram"
)

func TestAttributes(t *testing.T) {
	t.Parallel()
	full := &ram.Attributes{
		SourceIP:        netip.MustParseAddr("::ffff:192.0.2.7"),
		SecureTransport: true,
		CurrentTime:     time.Date(2026, 11, 23, 17, 0, 0, 999, time.FixedZone("", 8*3600)),
		MFAPresent:      new(bool),
		PrincipalARN:    "acs:ram::1000000000000001:user/alice",
	}
	for _, c := range []struct {
		name      string
		context   *ram.Attributes
		key, want string
		shown     bool
	}{
		{"address", full, ram.KeySourceIP, "192.0.2.7", true},
		{"address with a zone", &ram.Attributes{SourceIP: netip.MustParseAddr("fe80::1%eth0")}, ram.KeySourceIP, "fe80::1", true},
		{"TLS", full, ram.KeySecureTransport, "true", true},
		{"time in UTC", full, ram.KeyCurrentTime, "2026-11-23T09:00:00Z", true},
		{"signed in without MFA", full, ram.KeyMFAPresent, "false", true},
		{"principal", full, ram.KeyPrincipalARN, "acs:ram::1000000000000001:user/alice", true},
		{"unknown key", full, "esa:Tag", "", false},
		{"no address", &ram.Attributes{}, ram.KeySourceIP, "", false},
		{"no TLS is shown", &ram.Attributes{}, ram.KeySecureTransport, "false", true},
		{"no time", &ram.Attributes{}, ram.KeyCurrentTime, "", false},
		{"no MFA", &ram.Attributes{}, ram.KeyMFAPresent, "", false},
		{"no principal", &ram.Attributes{}, ram.KeyPrincipalARN, "", false},
		{"nil", nil, ram.KeySecureTransport, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, shown := c.context.Value(c.key)
			if shown != c.shown || shown && got != c.want {
				t.Errorf("Value(%q) = %q, %t; want %q, %t", c.key, got, shown, c.want, c.shown)
			}
		})
	}
}

// A policy may spell a global key in any case: Attributes are queried for the
// documented spelling, in every one of them.
func TestAttributesMeetPolicies(t *testing.T) {
	t.Parallel()
	policy := mustParse(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
		"IpAddress": {"ACS:SOURCEIP": "192.0.2.0/24"},
		"Bool": {"acs:securetransport": "true", "acs:mfapresent": "true"},
		"DateLessThanEquals": {"Acs:CurrentTime": "2026-11-23T17:00:00+08:00"},
		"StringLike": {"acs:PrincipalArn": "acs:ram::*:user/alice"}}}]}`)
	attributes := ram.Attributes{
		SourceIP:        netip.MustParseAddr("192.0.2.7"),
		SecureTransport: true,
		CurrentTime:     time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		MFAPresent:      new(true),
		PrincipalARN:    "acs:ram::1000000000000001:user/alice",
	}
	for _, c := range []struct {
		name   string
		change func(*ram.Attributes)
		want   bool
	}{
		{"all as required", func(*ram.Attributes) {}, true},
		{"another address", func(a *ram.Attributes) { a.SourceIP = netip.MustParseAddr("192.0.3.7") }, false},
		{"no TLS", func(a *ram.Attributes) { a.SecureTransport = false }, false},
		{"a second late", func(a *ram.Attributes) { a.CurrentTime = a.CurrentTime.Add(time.Second) }, false},
		{"an access key", func(a *ram.Attributes) { a.MFAPresent = nil }, false},
		{"another user", func(a *ram.Attributes) { a.PrincipalARN = "acs:ram::1000000000000001:user/bob" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := attributes
			c.change(&changed)
			request := ram.Request{Action: apply, Resource: site123, Context: &changed}
			if got := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policy}}, request); got.Allowed != c.want {
				t.Errorf("allowed = %t, want %t", got.Allowed, c.want)
			}
		})
	}
}
