package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Bench measures a store: durable applications by one caller and by 32, for
// one name and for 50, and reading the counters. It reports requests per second
// as req/s.
func Bench(b *testing.B, open Open) {
	for _, names := range []int{1, 50} {
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("apply/names=%d/callers=%d", names, callers), func(b *testing.B) {
				BenchApply(b, open(b), names, callers)
			})
		}
	}
	b.Run("usage", func(b *testing.B) {
		s := open(b)
		mustApply(b, s, sample("www.example.com"))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Usage(b.Context(), account, plan, family, site); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchApply applies b.N times for so many names each, from so many goroutines.
// The store must hold none of the names host-<number>.example.com.
func BenchApply(b *testing.B, s store.Store, names, callers int) {
	var name atomic.Int64
	var nonce atomic.Uint64
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	wait := race(callers, func(int) error {
		for left.Add(-1) >= 0 {
			if _, err := s.Apply(b.Context(), numbered(&name, &nonce, names)); err != nil {
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

// Fill applies for rows names of many sites, 50 at a time, and lets all but
// one in ten be issued, as a server has it that has run for long.
func Fill(t testing.TB, s store.Store, rows int) {
	t.Helper()
	const each, sites = 50, 1000
	for row := 0; row < rows; row += each {
		domains := make([]string, min(each, rows-row))
		for i := range domains {
			domains[i] = fmt.Sprintf("fill-%08d.example.org", row+i)
		}
		b := sample(domains...)
		b.SiteID += int64(row / each % sites)
		for i, a := range mustApply(t, s, b) {
			if i%10 != 0 {
				mustFinish(t, s, a.ID, store.Issued)
			}
		}
	}
}
