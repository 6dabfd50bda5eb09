package issuance

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// stock holds RSA keys that were made ahead, so that the names of a call do not
// wait for theirs. The keys are in memory only.
type stock struct {
	keys   chan crypto.Signer
	making chan struct{} // a token for each key that workers make now
	needed atomic.Int64  // workers that make a key or wait for their turn

	once   sync.Once
	wanted chan struct{} // closed when the first key is wanted

	newKey func() (crypto.Signer, error)
	sleep  func(ctx context.Context, d time.Duration)
}

const (
	// stockRest is how many times as long as a key takes the stock rests after
	// it, so that it takes a quarter of one processor.
	stockRest = 3
	// stockDelay is how long the stock waits before its first key. A process that
	// has just started, or lives for a moment, has other work.
	stockDelay = 2 * time.Second
	// stockLook is how often the stock checks whether workers still make keys.
	stockLook = 50 * time.Millisecond
	// rsaBits is the length of RSA keys.
	rsaBits = 2048
)

// newStock returns an empty stock for size keys. If expected, it is filled from
// the start, else from the first key that is wanted.
func newStock(size int, expected bool) *stock {
	s := &stock{
		keys: make(chan crypto.Signer, size-1), // fill holds one more while it waits for room
		// Half of the processors stay with the server's other work.
		making: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		wanted: make(chan struct{}),
		newKey: newRSAKey,
		sleep:  sleep,
	}
	if expected {
		s.want()
	}
	return s
}

func (s *stock) want() { s.once.Do(func() { close(s.wanted) }) }

// run returns a key from the stock. If the stock is empty it makes one, and
// returns what that took.
func (s *stock) take(ctx context.Context) (key crypto.Signer, took time.Duration, err error) {
	s.want()
	select {
	case key := <-s.keys:
		return key, 0, nil
	default:
	}
	s.needed.Add(1)
	defer s.needed.Add(-1)
	select {
	case key := <-s.keys:
		return key, 0, nil
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
		begun := time.Now()
		key, err := s.newKey()
		return key, time.Since(begun), err
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("wait to make a key: %w", ctx.Err())
	}
}

// fill fills the stock while no worker makes a key, until the context ends. Then
// it drops the keys.
func (s *stock) fill(ctx context.Context, log *slog.Logger) {
	defer s.drop()
	select {
	case <-ctx.Done():
		return
	case <-s.wanted:
	}
	for s.sleep(ctx, stockDelay); ctx.Err() == nil; {
		if s.needed.Load() > 0 {
			s.sleep(ctx, stockLook)
			continue
		}
		begun := time.Now()
		key, err := s.newKey()
		if err != nil {
			log.Warn("make a key ahead", "error", err)
			s.sleep(ctx, stockDelay)
			continue
		}
		rest := stockRest * time.Since(begun)
		select {
		case s.keys <- key:
			s.sleep(ctx, rest)
		case <-ctx.Done():
		}
	}
}

func (s *stock) drop() {
	for {
		select {
		case <-s.keys:
		default:
			return
		}
	}
}

func newRSAKey() (crypto.Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key: %w", err)
	}
	return key, nil
}
