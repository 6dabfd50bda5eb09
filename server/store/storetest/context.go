package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func contextTests() []requirement {
	return []requirement{
		{"a done context stops every call before it writes", contextEnded},
		{"a context done while waiting never hides what was stored", contextEnds},
	}
}

func closeTests() []requirement {
	return []requirement{
		{"every later call returns ErrClosed", closeEnds},
		{"a second Close does nothing", closeTwice},
		{"under load every call returns, completed or ErrClosed", closeUnderLoad},
	}
}

func contextEnded(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("www.example.com"))
	mustSave(t, s, store.Nonce{Key: keyOf(2), Expires: second(5)})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancelLate()
	for name, call := range calls(s, made[0].ID) {
		if err := call(canceled); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a canceled context: %v", name, err)
		}
		if err := call(late); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s after the deadline: %v", name, err)
		}
	}
	wantStored(t, s, made...)
	wantUsage(t, s, store.QuotaUsage{Quota: 1, DNSRecords: 1})
	wantNonces(t, s, second(0), map[store.NonceKey]time.Time{keyOf(2): second(5)})
}

// contextEnds cancels calls at different times, and compares their results with
// what is stored.
func contextEnds(t testing.TB, open openStore) {
	s := open(t)
	var succeeded, rows atomic.Int64
	runConcurrently(goroutineCount, func(i int) error {
		for n := range 25 {
			names := []string{fmt.Sprintf("a-%d-%d", i, n), fmt.Sprintf("b-%d-%d", i, n)}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				if (i+n)%5 > 0 { // the others are canceled immediately
					_, _ = s.Usage(ctx, account, plan, family, site) // takes some time
				}
				if (i+n)%5 < 4 {
					cancel()
				}
			}()
			_, err := s.Apply(ctx, sampleBatch(names...))
			<-done
			cancel()
			found, listErr := s.Applications(t.Context(), store.Query{After: store.FirstID - 1, Domain: names[0], Limit: 1})
			switch {
			case listErr != nil:
				t.Error(listErr)
			case err == nil && len(found) != 1:
				t.Errorf("%s was accepted and is not stored", names[0])
			case err != nil && !errors.Is(err, context.Canceled):
				t.Errorf("%s: %v", names[0], err)
			case err != nil && len(found) != 0:
				t.Errorf("%s is stored although Apply returned %v", names[0], err)
			}
			if err == nil {
				succeeded.Add(1)
			}
			rows.Add(int64(len(found)))
		}
		return nil
	})()
	if succeeded.Load() != rows.Load() {
		t.Errorf("%d calls succeeded, %d are stored", succeeded.Load(), rows.Load())
	}
	wantUsage(t, s, store.QuotaUsage{Quota: int(2 * succeeded.Load()), DNSRecords: int(2 * succeeded.Load())})
}

func closeEnds(t testing.TB, open openStore) {
	s := open(t)
	made := mustApply(t, s, sampleBatch("www.example.com"))
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for name, call := range calls(s, made[0].ID) {
		if err := call(t.Context()); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
}

func closeTwice(t testing.TB, open openStore) {
	s := open(t)
	for i := range 3 {
		if err := s.Close(); err != nil {
			t.Errorf("Close number %d: %v", i+1, err)
		}
	}
}

func closeUnderLoad(t testing.TB, open openStore) {
	s := open(t)
	var accepted atomic.Int64
	enough := make(chan struct{})
	wait := runConcurrently(goroutineCount, func(i int) error {
		for n := 0; ; n++ {
			made, err := s.Apply(t.Context(), sampleBatch(fmt.Sprintf("%d-%d", i, n)))
			if err != nil {
				return err
			}
			// Even if this call returns ErrClosed, continue until Apply does.
			if _, err := s.Applications(t.Context(), store.Query{After: made[0].ID - 1, Limit: 1}); err != nil && !errors.Is(err, store.ErrClosed) {
				return err
			}
			if accepted.Add(1) == 3*goroutineCount {
				close(enough)
			}
		}
	})
	<-enough
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for _, err := range wait() {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("a caller got %v, want ErrClosed", err)
		}
	}
}
