package storetest

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

func nonceTests() []requirement {
	return []requirement{
		{"yields those saved and those of accepted batches", nonceSources},
		{"yields each with its account and access key", nonceOwners},
		{"yields only those that expire after now", nonceExpiry},
		{"stops at the first error of yield and returns it", nonceYieldError},
		{"yield may use the store", nonceYieldUses},
		{"yields many nonces that were saved in one call", nonceMany},
		{"deletes only expired nonces", nonceForget},
		{"the horizon is the latest deletion time", horizonRises},
		{"LowerNonceHorizon never raises the horizon", horizonLowered},
		{"rejects a nonce that expires before the horizon", horizonRefuses},
		{"deletion keeps applications", nonceForgetLeaves},
		{"saving no nonces is not an error", nonceNone},
	}
}

// second returns baseTime in whole seconds, like the expiry of a nonce, plus n
// seconds.
func second(n int) time.Time {
	return baseTime().Truncate(time.Second).Add(time.Duration(n) * time.Second)
}

func mustSave(t tester, s store.Store, nonces ...store.Nonce) {
	t.Helper()
	if err := s.SaveNonces(t.Context(), nonces); err != nil {
		t.Fatalf("SaveNonces: %v", err)
	}
}

func wantNonces(t tester, s store.Store, now time.Time, want map[store.NonceKey]time.Time) {
	t.Helper()
	if diff := cmp.Diff(want, collect(t, s, now)); diff != "" {
		t.Fatalf("nonces at %v (-want +got):\n%s", now, diff)
	}
}

func nonceSources(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("a", "b")
	b.Nonce = store.Nonce{Key: keyOf(1), Expires: second(10)}
	mustApply(t, s, b)
	mustSave(t, s, store.Nonce{Key: keyOf(2), Expires: second(20)}, store.Nonce{Key: keyOf(3), Expires: second(30)})
	mustSave(t, s, store.Nonce{Key: keyOf(2), Expires: second(20)}) // again
	mustApply(t, s, sampleBatch("without a nonce"))
	wantNonces(t, s, second(0), map[store.NonceKey]time.Time{
		keyOf(1): second(10), keyOf(2): second(20), keyOf(3): second(30),
	})
}

func nonceOwners(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("a")
	b.Nonce = store.Nonce{Key: keyOf(1), Expires: second(10), Account: "1", AccessKeyID: "key-1"}
	mustApply(t, s, b)
	want := []store.Nonce{
		b.Nonce,
		{Key: keyOf(2), Expires: second(10), Account: "2", AccessKeyID: "key-2"},
		{Key: keyOf(3), Expires: second(10)},
		{Key: keyOf(4), Expires: second(10), Account: "1", AccessKeyID: "key-1"},
		{Key: keyOf(5), Expires: second(10), Account: "1", AccessKeyID: "key-3"},
		{Key: keyOf(6), Expires: second(10), Account: "2", AccessKeyID: "key-2"},
	}
	mustSave(t, s, slices.Clone(want[1:])...)
	got := make([]store.Nonce, 0, len(want))
	err := s.Nonces(t.Context(), baseTime(), func(n store.Nonce) error {
		n.Expires = n.Expires.UTC()
		got = append(got, n)
		return nil
	})
	slices.SortFunc(got, func(a, b store.Nonce) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Nonces: %v (-want +got):\n%s", err, diff)
	}
}

func nonceExpiry(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("a")
	b.Nonce = store.Nonce{Key: keyOf(1), Expires: second(10)}
	mustApply(t, s, b)
	mustSave(t, s, store.Nonce{Key: keyOf(2), Expires: second(10)}, store.Nonce{Key: keyOf(3), Expires: second(11)},
		store.Nonce{Key: keyOf(4), Expires: second(-3600)})
	wantNonces(t, s, second(10).Add(-1), map[store.NonceKey]time.Time{
		keyOf(1): second(10), keyOf(2): second(10), keyOf(3): second(11),
	})
	wantNonces(t, s, second(10), map[store.NonceKey]time.Time{keyOf(3): second(11)})
	wantNonces(t, s, second(10).Add(1), map[store.NonceKey]time.Time{keyOf(3): second(11)})
	wantNonces(t, s, second(11), map[store.NonceKey]time.Time{})
}

func nonceYieldError(t testing.TB, open openStore) {
	s := open(t)
	for i := range 5 {
		mustSave(t, s, store.Nonce{Key: keyOf(uint64(i)), Expires: second(i + 1)})
	}
	want, calls := errors.New("enough"), 0
	err := s.Nonces(t.Context(), baseTime(), func(store.Nonce) error {
		calls++
		if calls == 3 {
			return want
		}
		return nil
	})
	if !errors.Is(err, want) || calls != 3 {
		t.Errorf("Nonces: %v after %d calls, want %v after 3", err, calls, want)
	}
}

func nonceYieldUses(t testing.TB, open openStore) {
	s := open(t)
	mustSave(t, s, store.Nonce{Key: keyOf(1), Expires: second(1)}, store.Nonce{Key: keyOf(2), Expires: second(2)})
	calls := 0
	err := s.Nonces(t.Context(), baseTime(), func(n store.Nonce) error {
		calls++
		if _, err := s.Apply(t.Context(), sampleBatch(n.Expires.String())); err != nil {
			return err
		}
		_, err := s.Usage(t.Context(), account, plan, family, site)
		return err
	})
	if err != nil || calls < 2 {
		t.Errorf("Nonces: %v after %d calls", err, calls)
	}
}

func nonceMany(t testing.TB, open openStore) {
	s := open(t)
	const n = 80_000
	want := make(map[store.NonceKey]time.Time, n)
	nonces := make([]store.Nonce, n)
	for i := range nonces {
		nonces[i] = store.Nonce{Key: keyOf(uint64(i)), Expires: second(1 + i%900)}
		want[nonces[i].Key] = nonces[i].Expires
	}
	mustSave(t, s, nonces...)
	clear(nonces) // the store must have copied them
	got := collect(t, s, second(0))
	if len(got) != n {
		t.Fatalf("%d nonces were returned of %d", len(got), n)
	}
	for key, expires := range want {
		if !got[key].Equal(expires) {
			t.Fatalf("nonce %x expires %v, want %v", key, got[key], expires)
		}
	}
}

func nonceForget(t testing.TB, open openStore) {
	s := open(t)
	want := make(map[store.NonceKey]time.Time)
	for i := range 600 {
		n := store.Nonce{Key: keyOf(uint64(i)), Expires: second(i)}
		if i%3 == 0 {
			mustSave(t, s, n)
		} else {
			b := sampleBatch(n.Expires.String())
			b.Nonce = n
			mustApply(t, s, b)
		}
		if i >= 300 {
			want[n.Key] = n.Expires
		}
	}
	long := second(-100000)
	mustForget(t, s, second(300))
	wantNonces(t, s, long, want)
	mustForget(t, s, second(299).Add(1)) // again, and between two seconds
	wantNonces(t, s, long, want)
	mustForget(t, s, second(599))
	wantNonces(t, s, long, map[store.NonceKey]time.Time{keyOf(599): second(599)})
	mustForget(t, s, second(599).Add(1))
	wantNonces(t, s, long, map[store.NonceKey]time.Time{})
}

func nonceForgetLeaves(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("a", "b")
	b.Nonce = store.Nonce{Key: keyOf(1), Expires: second(1)}
	made := mustApply(t, s, b)
	if err := s.DeleteExpiredNonces(t.Context(), second(1000)); err != nil {
		t.Fatal(err)
	}
	wantStored(t, s, made...)
	wantUsage(t, s, store.QuotaUsage{Quota: 2, DNSRecords: 2})
}

func nonceNone(t testing.TB, open openStore) {
	s := open(t)
	mustSave(t, s)
	wantNonces(t, s, time.Time{}, map[store.NonceKey]time.Time{})
}
