package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/esacert/esacert/server/store"
)

// acquire returns when its context is done or the pool is closed. close waits for
// acquired connections.
func TestWaitingForAConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, func(context.Context) (*conn, error) { return &conn{raw: noConn{}}, nil })
		lent, err := p.acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		waits := func(ctx context.Context) <-chan error {
			got := make(chan error, 1)
			go func() {
				_, err := p.acquire(ctx)
				got <- err
			}()
			synctest.Wait() // until it waits
			return got
		}
		ctx, cancel := context.WithCancel(t.Context())
		leaves, stays := waits(ctx), waits(t.Context())
		cancel()
		if err := <-leaves; !errors.Is(err, context.Canceled) {
			t.Errorf("the canceled acquire: %v", err)
		}
		closed := make(chan error, 1)
		go func() { closed <- p.close() }()
		if err := <-stays; !errors.Is(err, store.ErrClosed) {
			t.Errorf("the acquire that waited during close: %v", err)
		}
		synctest.Wait()
		if len(closed) > 0 {
			t.Error("the pool closed while a connection was in use")
		}
		p.release(lent)
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

// A failure to connect does not use up the capacity of the pool.
func TestConnectionNotMade(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	fail := true
	p := newPool(1, func(context.Context) (*conn, error) {
		if fail {
			return nil, refused
		}
		return &conn{raw: noConn{}}, nil
	})
	for range 3 {
		if _, err := p.acquire(t.Context()); !errors.Is(err, refused) {
			t.Errorf("acquire: %v", err)
		}
	}
	fail = false
	c, err := p.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.release(c)
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

// noConn is a connection without a database.
type noConn struct{ rawConn }

func (noConn) Close() error { return nil }

// A connection can be used after its context has stopped a statement.
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
		t.Error("an invalid statement was prepared")
	}
	if _, _, err := c.number(t.Context(), `SELECT abs(-9223372036854775808)`); err == nil {
		t.Error("an overflow was not reported")
	}
	broken := errors.New("broken")
	err := c.query(t.Context(), sqlIdentity, nil, func([]driver.Value) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("the error of scan: %v", err)
	}
}
