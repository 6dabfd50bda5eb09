package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func baseTime() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// many applies for n names.
func many(t testing.TB, s store.Store, n int) {
	t.Helper()
	domains := make([]string, n)
	for i := range domains {
		domains[i] = fmt.Sprintf("%d.example.com", i)
	}
	if _, err := s.Apply(t.Context(), store.ApplyRequest{Domains: domains, At: baseTime(), Quota: store.Unlimited}); err != nil {
		t.Fatal(err)
	}
}

// Lease returns each application once, whatever the end of the lease.
func TestLeaseInPages(t *testing.T) {
	t.Parallel()
	const rows = 2*leaseRows + 10
	for _, c := range []struct {
		name        string
		until       time.Duration
		limit, want int
	}{
		{"all", time.Minute, rows + 5, rows},
		{"some", time.Minute, leaseRows + 1, leaseRows + 1},
		{"one page", time.Minute, leaseRows, leaseRows},
		{"the maximum", storerules.MaxPostponement, rows, rows},
		{"too long", storerules.MaxPostponement + time.Microsecond, rows, leaseRows},
		{"expired", 0, rows, leaseRows},
		{"none", time.Minute, 0, 0},
		{"negative", time.Minute, -5, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := memory(t)
			many(t, s, rows)
			jobs, err := s.Lease(t.Context(), baseTime(), baseTime().Add(c.until), c.limit)
			if err != nil || len(jobs) != c.want {
				t.Fatalf("%d leased, %v; want %d", len(jobs), err, c.want)
			}
			for i, job := range jobs {
				if job.ID != store.FirstID+int64(i) || job.Lease.Attempt != 1 {
					t.Fatalf("at index %d: %+v", i, job.Lease)
				}
			}
		})
	}
}

// Other writes run between two pages of a lease of many. If its context is done
// there, Lease returns those leased before.
func TestLeaseDoesNotBlockWriters(t *testing.T) {
	t.Parallel()
	s := memory(t)
	many(t, s, 2*leaseRows)
	ctx, cancel := context.WithCancel(t.Context())
	release := hold(s)
	leased := make(chan int)
	go func() {
		jobs, err := s.Lease(ctx, baseTime(), baseTime().Add(time.Minute), 2*leaseRows)
		if err != nil {
			t.Error(err)
		}
		leased <- len(jobs)
	}()
	for queued(s) == 0 {
		runtime.Gosched()
	}
	var seen int64
	between := newRequest(operationFunc(func(ctx context.Context, t *tx) (refusal, err error) {
		cancel()
		seen, _, err = t.conn.number(ctx, `SELECT count(*) FROM applications WHERE leased > 0`)
		return nil, err
	}))
	s.writer.queue.push(between)
	release()
	if err := <-between.done; err != nil || seen != leaseRows {
		t.Errorf("a write after the first page sees %d leased, %v; want %d", seen, err, leaseRows)
	}
	if n := <-leased; n != leaseRows {
		t.Errorf("Lease returned %d, want %d", n, leaseRows)
	}
}

func queued(s *database) int {
	s.writer.queue.mu.Lock()
	defer s.writer.queue.mu.Unlock()
	return len(s.writer.queue.requests)
}

// Between two pages of sealed keys the connection is free, even in memory, which has
// one connection.
func TestSealedDoesNotBlockWriters(t *testing.T) {
	t.Parallel()
	s := memory(t)
	const rows = sealedPageSize + 1
	many(t, s, rows)
	jobs, err := s.Lease(t.Context(), baseTime(), baseTime().Add(time.Minute), rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if err := s.SaveOrder(t.Context(), job.Lease, store.Order{SealedKey: []byte("key")}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	err = s.Sealed(t.Context(), func(key store.Sealed) error {
		n++
		done, err := s.Reseal(t.Context(), key, []byte("another"))
		if !done {
			t.Errorf("%s was not resealed", key.Owner)
		}
		return err
	})
	if err != nil || n != rows {
		t.Errorf("%d keys, %v; want %d", n, err, rows)
	}
}
