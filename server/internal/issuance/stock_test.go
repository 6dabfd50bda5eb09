package issuance

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// countedStock returns a stock with free keys that are counted.
func countedStock(size int, expected bool) (s *stock, made *atomic.Int64) {
	made = &atomic.Int64{}
	s = newStock(size, expected)
	s.newKey = func() (crypto.Signer, error) {
		made.Add(1)
		return NewECDSAKey(rand.Reader)
	}
	return s, made
}

// filling runs fill until stop is called. stop waits until fill has returned.
func filling(t *testing.T, s *stock) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { s.fill(ctx, slog.New(slog.DiscardHandler)) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// TestStock checks that the stock is limited, is refilled, returns each key once,
// and is empty after it is stopped.
func TestStock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, made := countedStock(4, true)
		stop := filling(t, s)
		time.Sleep(stockDelay / 2)
		if made.Load() != 0 {
			t.Errorf("%d keys are made in the first second", made.Load())
		}
		time.Sleep(time.Minute)
		if made.Load() != 4 || len(s.keys) != 3 { // and one that waits for room
			t.Errorf("%d keys are made and %d in stock, want 4", made.Load(), len(s.keys))
		}
		seen := map[string]bool{}
		for range 4 {
			key, _, err := s.take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			bytes := string(key.(*ecdsa.PrivateKey).D.Bytes()) //nolint:staticcheck // compared, not used
			if seen[bytes] {
				t.Error("got the same key twice")
			}
			seen[bytes] = true
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		if made.Load() != 8 {
			t.Errorf("%d keys are made after 4 were taken, want 8", made.Load())
		}
		stop()
		if len(s.keys) != 0 {
			t.Errorf("%d keys are left in the end", len(s.keys))
		}
	})
}

// TestStockReturnsKeyTime checks that a key from the stock takes no time of a
// step, and that the time of generating a key is returned, so that the worker
// pauses after it.
func TestStockReturnsKeyTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := countedStock(2, true)
		quick := s.newKey
		s.newKey = func() (crypto.Signer, error) {
			time.Sleep(80 * time.Millisecond)
			return quick()
		}
		stop := filling(t, s)
		time.Sleep(time.Minute)
		for i, want := range []time.Duration{0, 0, 80 * time.Millisecond} {
			if _, took, err := s.take(t.Context()); err != nil || took != want {
				t.Errorf("key %d took %v, %v; want %v", i+1, took, err, want)
			}
			if i == 0 {
				synctest.Wait() // the one that waits for room
				stop()
				s.keys <- must(quick())
			}
		}
	})
	for _, c := range []struct{ step, key, want time.Duration }{
		{time.Millisecond, 0, 2 * time.Millisecond},
		{time.Second, 0, 10 * time.Millisecond},
		{85 * time.Millisecond, 80 * time.Millisecond, 170 * time.Millisecond},
		{time.Second, 80 * time.Millisecond, 170 * time.Millisecond},
	} {
		if got := restAfter(c.step, c.key, 10*time.Millisecond); got != c.want {
			t.Errorf("after %v with a key of %v: %v, want %v", c.step, c.key, got, c.want)
		}
	}
}

func must(key crypto.Signer, err error) crypto.Signer {
	if err != nil {
		panic(err)
	}
	return key
}

// TestStockWaitsForFirstKey checks that no keys are generated ahead before the
// first RSA key is requested.
func TestStockWaitsForFirstKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, made := countedStock(4, false)
		stop := filling(t, s)
		defer stop()
		time.Sleep(time.Hour)
		if made.Load() != 0 {
			t.Errorf("%d keys are made before one was wanted", made.Load())
		}
		if _, _, err := s.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if made.Load() != 1+4 {
			t.Errorf("%d keys are made, want the one and 4 ahead", made.Load())
		}
	})
}

// TestStockYieldsToWorkers checks that the stock generates no keys while workers
// do, and that the workers use at most half of the processors.
func TestStockYieldsToWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := countedStock(4, true)
		var ahead, now, most atomic.Int64
		release := make(chan struct{})
		s.newKey = func() (crypto.Signer, error) {
			if s.needed.Load() == 0 {
				ahead.Add(1)
				return NewECDSAKey(rand.Reader)
			}
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			<-release
			return NewECDSAKey(rand.Reader)
		}
		var workers sync.WaitGroup
		for range 3 * cap(s.making) {
			workers.Go(func() {
				if _, _, err := s.take(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		stop := filling(t, s)
		defer stop()
		time.Sleep(time.Minute)
		if ahead.Load() != 0 {
			t.Errorf("got %d keys generated ahead while workers are busy, want 0", ahead.Load())
		}
		close(release)
		workers.Wait()
		if most.Load() != int64(cap(s.making)) {
			t.Errorf("%d keys at a time, want %d", most.Load(), cap(s.making))
		}
		time.Sleep(time.Minute)
		if ahead.Load() != 4 {
			t.Errorf("%d keys are made ahead afterwards, want 4", ahead.Load())
		}
	})
}

// TestStockErrors checks that the context stops a waiting worker, and that the
// stock continues after an error of the generator.
func TestStockErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, made := countedStock(2, true)
		for range cap(s.making) {
			s.making <- struct{}{}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := s.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("take: %v", err)
		}
		good := s.newKey
		failures := 3
		s.newKey = func() (crypto.Signer, error) {
			if failures--; failures >= 0 {
				return nil, errors.New("no randomness today")
			}
			return good()
		}
		stop := filling(t, s)
		defer stop()
		time.Sleep(time.Minute)
		if made.Load() != 2 {
			t.Errorf("%d keys after 3 errors, want 2", made.Load())
		}
	})
}

// TestStockFromOptions checks which options enable the stock. Keys of injected
// randomness are never generated ahead: they would depend on the timing.
func TestStockFromOptions(t *testing.T) {
	t.Parallel()
	ring, err := seal.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   int
	}{
		{"default", func(*Options) {}, DefaultStock},
		{"ECDSA by default, for requests of RSA keys", func(o *Options) { o.KeyType = ECDSAP256 }, DefaultStock},
		{"size", func(o *Options) { o.Stock = 7 }, 7},
		{"none", func(o *Options) { o.Stock = -1 }, 0},
		{"injected randomness", func(o *Options) { o.Random = rand.Reader }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := Options{
				Jobs: struct{ store.Jobs }{}, Sites: struct{ operations.SiteFinder }{}, Keys: ring,
				Authorities: map[string]Authority{"a": struct{ Authority }{}}, Routes: map[string]string{"lets_encrypt": "a"},
			}
			c.change(&o)
			l, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			if l.stock != nil {
				got = cap(l.stock.keys) + 1
			}
			if got != c.want {
				t.Errorf("%d keys are made ahead, want %d", got, c.want)
			}
		})
	}
}
