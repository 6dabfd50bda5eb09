package operations_test

import (
	"context"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// still is a world that costs nothing: what is measured is the rules alone.
type nopStore struct {
	store.Certificates
	site operations.Site
}

func (s *nopStore) Site(context.Context, string, int64) (operations.Site, error) { return s.site, nil }

func (s *nopStore) Sites(context.Context, string) ([]operations.Site, error) {
	return []operations.Site{s.site}, nil
}

func (*nopStore) Quota(context.Context, string, string, string) (int, error) { return 100, nil }

func (*nopStore) Apply(context.Context, store.ApplyRequest) ([]store.Application, error) {
	return nil, nil
}

func newStill() *operations.Service {
	s := &nopStore{site: newWorld().site}
	return operations.New(s, s, s, "cn-hangzhou", nil, nil)
}

func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name, domains string
		accepted      bool
	}{
		{"two names", "www.example.com,blog.example.com", true},
		{"fifty names", numbered(50), true},
		{"a Unicode name", "bücher.example.com", true},
		{"refused by a rule", "www.example.org", false},
		{"malformed", "a_b.example.com", false},
		{"1,000 Unicode names", strings.Repeat("bücher.example.com,", 999) + "a.example.com", false},
		{"1,000 long Unicode names", strings.Repeat(strings.Repeat("bücher漢.", 12)+"example.com,", 999) + "a.example.com", false},
		{"38,000 Unicode names", strings.Repeat("bücher.example.com,", 38_000), false},
	} {
		b.Run(c.name, func(b *testing.B) {
			service, ctx := newStill(), b.Context()
			request := operations.Request{Account: account, SiteID: siteID, Domains: c.domains}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := service.Apply(ctx, request); (err == nil) != c.accepted {
					b.Fatal(err)
				}
			}
		})
	}
}

// The time per octet must not grow with the length of the list.
func BenchmarkParseList(b *testing.B) {
	long := strings.Repeat("www.example.com,", 4<<10)
	for _, c := range []struct{ name, raw string }{
		{"1 KB", long[:1<<10-1]},
		{"64 KB", long[:64<<10-1]},
		{"64 KB of Unicode", strings.Repeat("bücher.example.com,", 3400) + "a.example.com"},
		{"64 KB of one item", strings.Repeat("ü", 32<<10)},
		{"64 KB of commas", strings.Repeat(",", 64<<10)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.raw)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = operations.ParseList(c.raw)
			}
		})
	}
}

// The request path stays within ten allocations for two names.
func TestApplyAllocations(t *testing.T) {
	service, ctx := newStill(), t.Context()
	request := operations.Request{Account: account, SiteID: siteID, Domains: "www.example.com,blog.example.com"}
	got := testing.AllocsPerRun(100, func() {
		if _, err := service.Apply(ctx, request); err != nil {
			t.Error(err)
		}
	})
	if got > 10 {
		t.Errorf("%v allocations", got)
	}
}
