package sqlite_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// BenchmarkJobs processes applications: an operation is a lease, a saved order, and
// a certificate of typical size that is put in use. It reports applications per
// second as jobs/s.
func BenchmarkJobs(b *testing.B) {
	for _, medium := range []string{"file", "memory"} {
		for _, workers := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/workers=%d", medium, workers), func(b *testing.B) {
				path := sqlite.Memory
				if medium == "file" {
					path = newPath(b)
				}
				benchJobs(b, openAt(b, sqlite.Config{Path: path}), workers)
			})
		}
	}
}

func benchJobs(b *testing.B, s store.JobStore, workers int) {
	domains := make([]string, 0, 1000)
	for i := range b.N {
		domains = append(domains, fmt.Sprintf("%d.example.com", i))
		if len(domains) == cap(domains) || i == b.N-1 {
			mustApply(b, s, batch(domains...))
			domains = domains[:0]
		}
	}
	c := certificate("bench")
	c.Chain, c.SealedKey = bytes.Repeat([]byte("c"), 3000), bytes.Repeat([]byte("k"), 170)
	o := store.Order{Authority: "ca", URL: "https://ca.example/order/1", SealedKey: c.SealedKey, CreatedAt: baseTime()}
	b.ResetTimer()
	start := time.Now()
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for {
				jobs, err := s.Lease(b.Context(), baseTime(), baseTime().Add(time.Hour), 1)
				if err != nil || len(jobs) == 0 {
					if err != nil {
						b.Error(err)
					}
					return
				}
				if err := s.SaveOrder(b.Context(), jobs[0].Lease, o); err != nil {
					b.Error(err)
				}
				if err := s.Complete(b.Context(), jobs[0].Lease, c, baseTime().Add(time.Hour), baseTime()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	running.Wait()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "jobs/s")
}
