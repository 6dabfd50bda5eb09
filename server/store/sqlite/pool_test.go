package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/esacert/esacert/server/store"
)

// A read that waits for a connection leaves when its context ends, and when the
// store closes.
func TestWaitingForAConnection(t *testing.T) {
	t.Parallel()
	s := memory(t)
	c, err := s.reading.acquire(t.Context()) // the only one
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waits := func(ctx context.Context) <-chan error {
		got := make(chan error, 1)
		go func() {
			_, err := s.reading.acquire(ctx)
			got <- err
		}()
		return got
	}
	leaves, stays := waits(ctx), waits(t.Context())
	cancel()
	if err := <-leaves; !errors.Is(err, context.Canceled) {
		t.Errorf("the one whose context ended got %v", err)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.reading.close() }()
	if err := <-stays; !errors.Is(err, store.ErrClosed) {
		t.Errorf("the one that waited when the pool closed got %v", err)
	}
	select {
	case err := <-closed:
		t.Errorf("the pool closed under its borrower: %v", err)
	default:
	}
	s.reading.release(c)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	s.writer.stop() // not Close, which would close the pool again
}

// A connection whose statement was stopped by its context goes on working.
func TestStatementStopped(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.number(ctx, sqlLastID); !errors.Is(err, context.Canceled) {
		t.Errorf("the stopped statement: %v", err)
	}
	if _, err := c.exec(ctx, sqlBegin); !errors.Is(err, context.Canceled) {
		t.Errorf("the stopped transaction: %v", err)
	}
	if _, _, err := c.number(t.Context(), sqlLastID); err != nil {
		t.Errorf("the next statement: %v", err)
	}
	if _, err := c.exec(t.Context(), `SELECT wrong`); err == nil {
		t.Error("nonsense was prepared")
	}
	if _, _, err := c.number(t.Context(), `SELECT abs(-9223372036854775808)`); err == nil {
		t.Error("an overflow went by")
	}
	broken := errors.New("broken")
	err := c.query(t.Context(), sqlIdentity, nil, func([]driver.Value) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("the error of scan: %v", err)
	}
}
