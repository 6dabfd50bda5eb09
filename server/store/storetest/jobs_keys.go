package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func accountTests() []jobRequirement {
	return []jobRequirement{
		{"keeps the first account and adds its URL", accountFirst},
		{"accounts at other authorities are separate", accountElsewhere},
		{"32 concurrent calls return the same account", accountRace},
	}
}

func accountOf(authority string, n int) store.ACMEAccount {
	return store.ACMEAccount{Authority: authority, SealedKey: fmt.Appendf(nil, "key %d \x00\xff", n), CreatedAt: at(n)}
}

func accountFirst(t testing.TB, open openJobs) {
	s := open(t)
	save := func(a, want store.ACMEAccount) {
		t.Helper()
		kept, err := s.SaveAccount(t.Context(), a)
		must(t, err)
		wantSame(t, "what SaveAccount returns", want, kept)
		kept, err = s.Account(t.Context(), a.Authority)
		must(t, err)
		wantSame(t, "the account", want, kept)
	}
	first, other := accountOf("ca", 1), accountOf("ca", 2)
	save(first, first)
	save(other, first)
	other.URL = "https://ca.example/account/2"
	save(other, first)
	registered := first
	registered.URL = "https://ca.example/account/1"
	registered.CreatedAt = at(100)
	want := registered
	want.CreatedAt = first.CreatedAt
	save(registered, want)
	again := registered
	again.URL = "https://ca.example/account/3"
	save(again, want)
	save(first, want)
	save(other, want)
}

func accountElsewhere(t testing.TB, open openJobs) {
	s := open(t)
	_, err := s.Account(t.Context(), "ca")
	wantError(t, "before there is one", err, store.ErrNotFound)
	for i, authority := range []string{"ca", "CA", "ca ", "中国"} {
		kept, err := s.SaveAccount(t.Context(), accountOf(authority, i))
		must(t, err)
		wantSame(t, authority, accountOf(authority, i), kept)
	}
	_, err = s.Account(t.Context(), "c")
	wantError(t, "another", err, store.ErrNotFound)
}

func accountRace(t testing.TB, open openJobs) {
	s := open(t)
	kept := runConcurrently(goroutineCount, func(i int) store.ACMEAccount {
		a, err := s.SaveAccount(t.Context(), accountOf("ca", i))
		if err != nil {
			t.Error(err)
		}
		return a
	})()
	for _, a := range kept {
		wantSame(t, "the account", kept[0], a)
	}
}

func sealedTests() []jobRequirement {
	return []jobRequirement{
		{"yields all keys ordered by owner", sealedAll},
		{"stops at the first error of yield and returns it", sealedStop},
		{"yields many keys, and yield may use the store", sealedMany},
		{"Reseal replaces a key only if unchanged", sealedReseal},
		{"samples are the first and last key of each mark", sealedSamples},
	}
}

func sealedAll(t testing.TB, open openJobs) {
	s := open(t)
	wantSame(t, "of an empty store", nil, stateOf(t, s).Sealed)
	mustApply(t, s, sampleBatch("a", "b", "c"))
	jobs := mustLease(t, s, baseTime())
	for _, authority := range []string{"b", "a"} {
		_, err := s.SaveAccount(t.Context(), accountOf(authority, 1))
		must(t, err)
	}
	mustComplete(t, s, jobs[2], certificateOf(2))
	must(t, s.SaveOrder(t.Context(), jobs[1].Lease, orderOf(1)))
	must(t, s.Complete(t.Context(), jobs[0].Lease, certificateOf(0), at(1), baseTime()))
	renewal := mustLeaseOne(t, s, at(1))
	must(t, s.SaveOrder(t.Context(), renewal.Lease, orderOf(0)))
	wantSame(t, "keys", []store.Sealed{
		{Owner: fmt.Sprint("order/", jobs[0].ID), Key: orderOf(0).SealedKey},
		{Owner: fmt.Sprint("order/", jobs[1].ID), Key: orderOf(1).SealedKey},
		{Owner: fmt.Sprint("certificate/", jobs[0].ID), Key: certificateOf(0).SealedKey},
		{Owner: fmt.Sprint("certificate/", jobs[2].ID), Key: certificateOf(2).SealedKey},
		{Owner: "account/a", Key: accountOf("a", 1).SealedKey},
		{Owner: "account/b", Key: accountOf("b", 1).SealedKey},
	}, stateOf(t, s).Sealed)
}

func sealedStop(t testing.TB, open openJobs) {
	s, _ := issuedOne(t, open)
	broken, calls := errors.New("broken"), 0
	err := s.Sealed(t.Context(), func(store.Sealed) error { calls++; return broken })
	if !errors.Is(err, broken) || calls != 1 {
		t.Errorf("Sealed: %v after %d calls", err, calls)
	}
}

func sealedMany(t testing.TB, open openJobs) {
	s := open(t)
	const applications = 600
	domains := make([]string, applications)
	for i := range domains {
		domains[i] = fmt.Sprint(i)
	}
	mustApply(t, s, sampleBatch(domains...))
	for i, job := range mustLease(t, s, baseTime()) {
		mustComplete(t, s, job, certificateOf(i))
	}
	n := 0
	must(t, s.Sealed(t.Context(), func(k store.Sealed) error {
		n++
		done, err := s.Reseal(t.Context(), k, []byte("new "+k.Owner))
		if !done {
			t.Errorf("%s was not resealed", k.Owner)
		}
		return err
	}))
	for _, k := range stateOf(t, s).Sealed {
		if string(k.Key) != "new "+k.Owner {
			t.Errorf("%s is %q", k.Owner, k.Key)
		}
	}
	if n != applications {
		t.Errorf("%d keys, want %d", n, applications)
	}
}

func sealedReseal(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	_, err := s.SaveAccount(t.Context(), accountOf("ca", 1))
	must(t, err)
	reseal := func(old store.Sealed, key string, want bool) {
		t.Helper()
		if done, err := s.Reseal(t.Context(), old, []byte(key)); err != nil || done != want {
			t.Errorf("Reseal of %s: %t, %v; want %t", old.Owner, done, err, want)
		}
	}
	keys := stateOf(t, s).Sealed
	for _, k := range keys {
		reseal(store.Sealed{Owner: k.Owner, Key: bytes.ToUpper(k.Key)}, "other", false)
		reseal(k, "new "+k.Owner, true)
		reseal(k, "late "+k.Owner, false)
	}
	for _, owner := range []string{"", "order", "order/", "order/x", "order/1", "account/", "account/c", "ca", fmt.Sprint("Order/", job.ID)} {
		reseal(store.Sealed{Owner: owner, Key: keys[0].Key}, "other", false)
	}
	for _, k := range stateOf(t, s).Sealed {
		if string(k.Key) != "new "+k.Owner {
			t.Errorf("%s is %q", k.Owner, k.Key)
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d keys, want 3", len(keys))
	}
	c, err := s.Certificate(t.Context(), job.ID)
	must(t, err)
	again := mustLeaseOne(t, s, job.LeaseEnd)
	a, err := s.Account(t.Context(), "ca")
	must(t, err)
	wantSame(t, "the keys returned to their users", []string{fmt.Sprint("new certificate/", job.ID), fmt.Sprint("new order/", job.ID), "new account/ca"},
		[]string{string(c.SealedKey), string(again.Order.SealedKey), string(a.SealedKey)})
	must(t, s.Complete(t.Context(), again.Lease, certificateOf(3), time.Time{}, baseTime()))
}

func sealedSamples(t testing.TB, open openJobs) {
	s := open(t)
	samples := func() []store.Sealed {
		t.Helper()
		got, err := s.SealedSamples(t.Context())
		must(t, err)
		return got
	}
	wantSame(t, "of an empty store", nil, samples())
	mustApply(t, s, sampleBatch("a", "b", "c", "d", "e"))
	for i, job := range mustLease(t, s, baseTime()) {
		c := certificateOf(i)
		c.SealedKey = []byte([]string{"mark2 0", "mark1 1", "mark2 2", "", "mark2 4"}[i])
		mustComplete(t, s, job, c)
	}
	for _, authority := range []string{"b", "c", "a"} {
		a := accountOf(authority, 1)
		a.SealedKey = []byte("mark2 " + authority)
		_, err := s.SaveAccount(t.Context(), a)
		must(t, err)
	}
	certificate := func(i int) string { return fmt.Sprint("certificate/", store.FirstID+int64(i)) }
	wantSame(t, "samples", []store.Sealed{
		{Owner: certificate(1), Key: []byte("mark1 1")},
		{Owner: certificate(0), Key: []byte("mark2 0")},
		{Owner: certificate(4), Key: []byte("mark2 4")},
		{Owner: "account/a", Key: []byte("mark2 a")},
		{Owner: "account/c", Key: []byte("mark2 c")},
	}, samples())
	done, err := s.Reseal(t.Context(), store.Sealed{Owner: certificate(1), Key: []byte("mark1 1")}, []byte("mark3 1"))
	if err != nil || !done {
		t.Errorf("Reseal: %t, %v", done, err)
	}
	wantSame(t, "after Reseal", store.Sealed{Owner: certificate(1), Key: []byte("mark3 1")}, samples()[2])
}
