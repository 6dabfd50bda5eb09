package storetest

import (
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func mustForget(t tester, s store.Store, now time.Time) {
	t.Helper()
	if err := s.DeleteExpiredNonces(t.Context(), now); err != nil {
		t.Fatalf("DeleteExpiredNonces(%v): %v", now, err)
	}
}

func mustLower(t tester, s store.Store, to time.Time) {
	t.Helper()
	if err := s.LowerNonceHorizon(t.Context(), to); err != nil {
		t.Fatalf("LowerNonceHorizon(%v): %v", to, err)
	}
}

func wantHorizon(t tester, s store.Store, want time.Time) {
	t.Helper()
	got, err := s.NonceHorizon(t.Context())
	if err != nil || !got.Equal(want) {
		t.Fatalf("NonceHorizon = %v, %v; want %v", got, err, want)
	}
}

func horizonRises(t testing.TB, open openStore) {
	s := open(t)
	wantHorizon(t, s, time.Time{})
	mustForget(t, s, second(100)) // no nonces are stored
	wantHorizon(t, s, second(100))
	mustForget(t, s, second(99)) // the clock was set back
	wantHorizon(t, s, second(100))
	mustForget(t, s, second(100).Add(1))
	wantHorizon(t, s, second(101))
	mustSave(t, s, store.Nonce{Key: keyOf(1), Expires: second(110)})
	mustForget(t, s, second(120))
	wantHorizon(t, s, second(120))
}

func horizonLowered(t testing.TB, open openStore) {
	s := open(t)
	mustLower(t, s, second(5))
	wantHorizon(t, s, time.Time{})
	mustForget(t, s, second(100))
	mustLower(t, s, second(101))
	wantHorizon(t, s, second(100))
	mustLower(t, s, second(50).Add(1))
	wantHorizon(t, s, second(51))
	mustForget(t, s, second(60))
	wantHorizon(t, s, second(60))
}

func horizonRefuses(t testing.TB, open openStore) {
	s := open(t)
	b := sampleBatch("first")
	b.Nonce = store.Nonce{Key: keyOf(1), Expires: second(10)}
	first := mustApply(t, s, b)
	mustForget(t, s, second(11)) // the clock was ahead, and the first nonce is deleted

	again := sampleBatch("again")
	again.Nonce = b.Nonce
	mustRefuse(t, s, again, store.ErrNonceForgotten)
	again.Domains = b.Domains // also if the name is pending, or a limit is exceeded
	again.Quota = 0
	mustRefuse(t, s, again, store.ErrNonceForgotten)
	wantStored(t, s, first...)
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})

	at := sampleBatch("at the horizon")
	at.Nonce = store.Nonce{Key: keyOf(2), Expires: second(11)}
	second11 := mustApply(t, s, at)
	without := mustApply(t, s, sampleBatch("without a nonce"))
	mustLower(t, s, second(10))
	again = sampleBatch("again")
	again.Nonce = store.Nonce{Key: keyOf(3), Expires: second(10)}
	lowered := mustApply(t, s, again)
	wantStored(t, s, first[0], second11[0], without[0], lowered[0])
}
