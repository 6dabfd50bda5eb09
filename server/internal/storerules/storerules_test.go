package storerules_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func TestBatchCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		batch store.ApplyRequest
		says  string // "" when the batch is right
	}{
		{"one name", store.ApplyRequest{Domains: []string{"a"}}, ""},
		{"names", store.ApplyRequest{Domains: []string{"a", "b", "ab", ""}, DNSRecordsEach: 1, DNSRecordsInUse: 5}, ""},
		{"no limits", store.ApplyRequest{Domains: []string{"a"}, Quota: store.Unlimited, DNSRecordLimit: store.Unlimited}, ""},
		{"no name", store.ApplyRequest{}, "no domain name"},
		{"twice", store.ApplyRequest{Domains: []string{"a", "b", "b"}}, `duplicate domain name "b"`},
		{"first and last", store.ApplyRequest{Domains: []string{"a", "b", "a"}}, `duplicate domain name "a"`},
		{"records each", store.ApplyRequest{Domains: []string{"a"}, DNSRecordsEach: -1}, "negative"},
		{"records in use", store.ApplyRequest{Domains: []string{"a"}, DNSRecordsInUse: -1}, "negative"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := storerules.CheckApply(&c.batch)
			if c.says == "" && err != nil {
				t.Errorf("Check: %v", err)
			}
			if c.says != "" && (!errors.Is(err, store.ErrInvalidBatch) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("Check: %v, want an ErrInvalidBatch that says %q", err, c.says)
			}
		})
	}
}

func TestCanBecome(t *testing.T) {
	t.Parallel()
	allowed := map[[2]store.Status]bool{
		{store.Applying, store.Issued}: true,
		{store.Applying, store.Failed}: true,
		{store.Issued, store.Failed}:   true,
	}
	states := []store.Status{store.Applying, store.Issued, store.Failed, store.Canceled, store.Deleted, "", "Expired"}
	for _, from := range states {
		for _, to := range states {
			if got, want := storerules.CanBecome(from, to), allowed[[2]store.Status{from, to}]; got != want {
				t.Errorf("CanBecome(%q, %q) = %t, want %t", from, to, got, want)
			}
		}
	}
}

func TestCoveringWildcard(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"www.example.com":       "*.example.com",
		"a.www.example.com":     "*.www.example.com",
		"*.example.com":         "*.example.com",
		"example.com":           "example.com", // a wildcard does not cover its parent, nor is there one of "com"
		"com":                   "com",
		"":                      "",
		".":                     ".",
		"a.example.com,b.c.org": "a.example.com,b.c.org", // two names
	} {
		if got := storerules.CoveringWildcard(name); got != want {
			t.Errorf("CoveringWildcard(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzInstant(f *testing.F) {
	f.Add(int64(0), int64(0))
	f.Add(int64(1763899200), int64(123456789))
	f.Add(int64(-1), int64(999999999))
	f.Fuzz(func(t *testing.T, seconds, nanoseconds int64) {
		const thousandsOfYears = 1 << 36 // seconds; what fits microseconds in an int64 by far
		at := time.Unix(seconds%thousandsOfYears, nanoseconds)
		kept := storerules.NormalizeTime(at)
		if lost := at.Sub(kept); lost < 0 || lost >= time.Microsecond {
			t.Errorf("%v became %v", at, kept)
		}
		if kept.Location() != time.UTC || storerules.NormalizeTime(kept) != kept {
			t.Errorf("%v is not what a store keeps", kept)
		}
	})
}
