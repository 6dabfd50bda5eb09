package ram_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/ram"
)

const (
	plainDocument = `{"Version":"1","Statement":[
		{"Effect":"Allow","Action":["esa:Get*","esa:List*"],"Resource":"*"},
		{"Effect":"Allow","Action":"esa:ApplyCertificate","Resource":["acs:esa:*:1000000000000001:site/*"]},
		{"Effect":"Deny","Action":"esa:ApplyCertificate","Resource":"acs:esa:*:*:site/666"}]}`
	conditionalDocument = `{"Version":"1","Statement":[
		{"Effect":"Allow","Action":"esa:*","Resource":"*","Condition":{
			"IpAddress":{"acs:SourceIp":["192.0.2.0/24","203.0.113.2"]},
			"Bool":{"acs:SecureTransport":"true"},
			"StringLike":{"acs:PrincipalARN":"acs:ram::*:user/*"},
			"DateLessThan":{"acs:CurrentTime":"2030-01-01T00:00:00Z"}}}]}`
)

// stringContext is a context whose values are strings already.
type stringContext struct{ address, secure, principal, now string }

func (t *stringContext) Value(key string) (string, bool) {
	switch key {
	case ram.KeySourceIP:
		return t.address, true
	case ram.KeySecureTransport:
		return t.secure, true
	case ram.KeyPrincipalARN:
		return t.principal, true
	case ram.KeyCurrentTime:
		return t.now, true
	}
	return "", false
}

// evaluations are the cases of the benchmark and of the test of allocations.
func evaluations(t testing.TB) map[string]func() ram.Decision {
	attributes := &ram.Attributes{
		SourceIP:        netip.MustParseAddr("192.0.2.7"),
		SecureTransport: true,
		CurrentTime:     time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		PrincipalARN:    "acs:ram::1000000000000001:user/alice",
	}
	ready := &stringContext{"192.0.2.7", "true", attributes.PrincipalARN, "2026-11-23T09:00:00Z"}
	plain, conditional := mustParse(t, plainDocument), mustParse(t, conditionalDocument)
	root := ram.Root()
	evaluate := func(layers ram.PolicyLayers, context ram.Context) func() ram.Decision {
		return func() ram.Decision {
			return ram.Evaluate(layers, ram.Request{Action: apply, Resource: site123, Context: context})
		}
	}
	return map[string]func() ram.Decision{
		"root":               evaluate(root, attributes),
		"user":               evaluate(ram.PolicyLayers{Identity: []*ram.Policy{plain}}, attributes),
		"token":              evaluate(ram.PolicyLayers{Identity: []*ram.Policy{plain}, Session: plain, Control: root.Identity}, attributes),
		"conditions":         evaluate(ram.PolicyLayers{Identity: []*ram.Policy{conditional}}, attributes),
		"conditions-strings": evaluate(ram.PolicyLayers{Identity: []*ram.Policy{conditional}}, ready),
	}
}

// Evaluating allocates nothing; only the address and the time of Attributes are
// formatted when a condition requires them. (AllocsPerRun forbids parallel tests.)
func TestEvaluateAllocations(t *testing.T) {
	most := map[string]float64{"conditions": 2}
	for name, evaluate := range evaluations(t) {
		if got := evaluate(); !got.Allowed {
			t.Errorf("%s: %s", name, got)
		}
		if got := testing.AllocsPerRun(100, func() { evaluate() }); got > most[name] {
			t.Errorf("%s: %v allocations, want at most %v", name, got, most[name])
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	cases := evaluations(b)
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		evaluate := cases[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !evaluate().Allowed {
					b.Fatal("denied")
				}
			}
		})
	}
}

// BenchmarkEvaluateLong judges by a policy of the largest size, whose last
// statement is the one that matches.
func BenchmarkEvaluateLong(b *testing.B) {
	const statement = `{"Effect":"Allow","Action":"esa:*Waf*","Resource":"acs:esa:*:*:site/*"},`
	const last = `{"Effect":"Allow","Action":"esa:Apply*","Resource":"*"}]}`
	document := `{"Version":"1","Statement":[` + strings.Repeat(statement, (ram.MaxPolicySize-len(last)-30)/len(statement)) + last
	layers := ram.PolicyLayers{Identity: []*ram.Policy{mustParse(b, document)}}
	request := ram.Request{Action: apply, Resource: site123}
	b.ReportAllocs()
	for b.Loop() {
		if !ram.Evaluate(layers, request).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	document := []byte(conditionalDocument)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ram.Parse(document); err != nil {
			b.Fatal(err)
		}
	}
}
