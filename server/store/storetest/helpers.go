package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

// Default values of a request.
const (
	account = "1000000000000001"
	plan    = "enterprise"
	family  = "lets_encrypt"

	site int64 = 1234567890123
)

// tester has the methods of *testing.T and *rapid.T that the helpers use.
type tester interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
}

// baseTime returns the time of a request by default.
func baseTime() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC) }

// sampleBatch returns a request without limits.
func sampleBatch(domains ...string) store.ApplyRequest {
	return store.ApplyRequest{
		Account: account, SiteID: site, Domains: domains, Type: "lets_encrypt",
		RequestID: "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", At: baseTime(),
		Plan: plan, Family: family, Quota: store.Unlimited,
		DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	}
}

// numbered returns a request for n unique names with a unique nonce.
func numbered(next *atomic.Int64, n int) store.ApplyRequest {
	last := next.Add(int64(n))
	domains := make([]string, n)
	for i := range domains {
		domains[i] = fmt.Sprintf("host-%08d.example.com", last-int64(i))
	}
	b := sampleBatch(domains...)
	b.Nonce = store.Nonce{Key: keyOf(uint64(last)), Expires: baseTime().Truncate(time.Second).Add(15 * time.Minute)}
	return b
}

func keyOf(n uint64) (key store.NonceKey) {
	binary.BigEndian.PutUint64(key[:], n)
	binary.BigEndian.PutUint64(key[8:], ^n)
	return key
}

func mustApply(t tester, s store.Store, b store.ApplyRequest) []store.Application {
	t.Helper()
	made, err := s.Apply(t.Context(), b)
	if err != nil {
		t.Fatalf("Apply(%v): %v", b.Domains, err)
	}
	return made
}

func mustRefuse(t tester, s store.Store, b store.ApplyRequest, want error) {
	t.Helper()
	made, err := s.Apply(t.Context(), b)
	if !errors.Is(err, want) || made != nil {
		t.Fatalf("Apply(%v) = %v, %v; want the error %v", b.Domains, made, err, want)
	}
}

func mustFinish(t tester, s store.Store, id int64, to store.Status) {
	t.Helper()
	if err := s.Finish(t.Context(), id, to, baseTime()); err != nil {
		t.Fatalf("Finish(%d, %s): %v", id, to, err)
	}
}

// all returns all applications of the store, page by page.
func all(t tester, s store.Store) []store.Application {
	t.Helper()
	var found []store.Application
	for q := (store.Query{Limit: 1000}); ; q.After = found[len(found)-1].ID {
		page, err := s.Applications(t.Context(), q)
		if err != nil {
			t.Fatalf("Applications: %v", err)
		}
		found = append(found, page...)
		if len(page) < q.Limit {
			return found
		}
	}
}

// wantStored compares all applications of the store with want.
func wantStored(t tester, s store.Store, want ...store.Application) {
	t.Helper()
	if diff := cmp.Diff(want, all(t, s)); diff != "" {
		t.Fatalf("the store holds other applications (-want +got):\n%s", diff)
	}
}

// wantUsage compares the counters of sampleBatch with want.
func wantUsage(t tester, s store.Store, want store.QuotaUsage) {
	t.Helper()
	got, err := s.Usage(t.Context(), account, plan, family, site)
	if err != nil || got != want {
		t.Fatalf("Usage = %+v, %v; want %+v", got, err, want)
	}
}

// collect returns the nonces that the store has at now, each with its last
// expiry.
func collect(t tester, s store.Store, now time.Time) map[store.NonceKey]time.Time {
	t.Helper()
	found := make(map[store.NonceKey]time.Time)
	err := s.Nonces(t.Context(), now, func(n store.Nonce) error {
		if n.Expires.After(found[n.Key]) {
			found[n.Key] = n.Expires.UTC()
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Nonces: %v", err)
	}
	return found
}

// runConcurrently runs f in n goroutines that start together, and returns a
// function that waits for them and returns their results by number.
func runConcurrently[T any](n int, f func(i int) T) (wait func() []T) {
	results := make([]T, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			results[i] = f(i)
		})
	}
	close(start)
	return func() []T {
		running.Wait()
		return results
	}
}

// calls returns all methods that take a context, with arguments that succeed on a
// store in which application id is pending.
func calls(s store.Store, id int64) map[string]func(context.Context) error {
	later := baseTime().Add(time.Hour).Truncate(time.Second)
	return map[string]func(context.Context) error{
		"Apply": func(ctx context.Context) error {
			_, err := s.Apply(ctx, sampleBatch("calls.example.com"))
			return err
		},
		"Finish": func(ctx context.Context) error { return s.Finish(ctx, id, store.Issued, baseTime()) },
		"Applications": func(ctx context.Context) error {
			_, err := s.Applications(ctx, store.Query{})
			return err
		},
		"Usage": func(ctx context.Context) error {
			_, err := s.Usage(ctx, account, plan, family, site)
			return err
		},
		"SaveNonces": func(ctx context.Context) error {
			return s.SaveNonces(ctx, []store.Nonce{{Key: keyOf(1), Expires: later}})
		},
		"Nonces": func(ctx context.Context) error {
			return s.Nonces(ctx, baseTime(), func(store.Nonce) error { return nil })
		},
		"DeleteExpiredNonces": func(ctx context.Context) error { return s.DeleteExpiredNonces(ctx, later.Add(time.Hour)) },
		"NonceHorizon": func(ctx context.Context) error {
			_, err := s.NonceHorizon(ctx)
			return err
		},
		"LowerNonceHorizon": func(ctx context.Context) error { return s.LowerNonceHorizon(ctx, baseTime()) },
		"Ping":              s.Ping,
	}
}

func domainsOf(applications []store.Application) []string {
	var domains []string
	for _, a := range applications {
		domains = append(domains, a.Domain)
	}
	return domains
}

func idsOf(applications []store.Application) []int64 {
	var ids []int64
	for _, a := range applications {
		ids = append(ids, a.ID)
	}
	return ids
}

// consecutive returns n IDs from first on.
func consecutive(first int64, n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = first + int64(i)
	}
	return slices.Clip(ids)
}
