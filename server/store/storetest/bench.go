package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Bench measures a store: durable requests to apply from one caller and from 32, for
// one name and for 50, and reads of the counters. It reports requests per second as
// req/s.
func Bench(b *testing.B, open func(t testing.TB) store.Store) {
	for _, names := range []int{1, 50} {
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("apply/names=%d/callers=%d", names, callers), func(b *testing.B) {
				benchApply(b, open(b), names, callers)
			})
		}
	}
	b.Run("usage", func(b *testing.B) {
		s := open(b)
		mustApply(b, s, sampleBatch("www.example.com"))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Usage(b.Context(), account, plan, family, site); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// benchApply applies b.N times for the given number of names each, from the given
// number of goroutines.
func benchApply(b *testing.B, s store.Store, names, callers int) {
	var left, next atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	wait := runConcurrently(callers, func(int) error {
		for left.Add(-1) >= 0 {
			if _, err := s.Apply(b.Context(), numbered(&next, names)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, err := range wait() {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "req/s")
}

// Fill applies for the given number of names of 1,000 sites, 50 per request, and
// finishes nine in ten as Issued, like a server after a long time. It uses 32
// goroutines, so the IDs of a site are not in order.
func Fill(t testing.TB, s store.Store, rows int) {
	t.Helper()
	const each, sites = 50, 1000
	var next atomic.Int64
	wait := runConcurrently(goroutineCount, func(int) error {
		for {
			first := int(next.Add(each)) - each
			if first >= rows {
				return nil
			}
			domains := make([]string, min(each, rows-first))
			for i := range domains {
				domains[i] = fmt.Sprintf("fill-%08d.example.org", first+i)
			}
			b := sampleBatch(domains...)
			b.SiteID += int64(first / each % sites)
			made, err := s.Apply(t.Context(), b)
			if err != nil {
				return err
			}
			for i, a := range made {
				if i%10 == 0 {
					continue
				}
				if err := s.Finish(t.Context(), a.ID, store.Issued, baseTime()); err != nil {
					return err
				}
			}
		}
	})
	for _, err := range wait() {
		if err != nil {
			t.Fatal(err)
		}
	}
}
