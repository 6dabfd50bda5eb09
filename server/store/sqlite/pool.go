package sqlite

import (
	"context"
	"errors"
	"sync"

	"github.com/esacert/esacert/server/store"
)

// pool lends connections, each to one borrower at a time. It opens a connection
// when it is first needed, so that a store that is never read has none.
type pool struct {
	slots chan struct{} // one token for each connection that is lent
	done  chan struct{} // closed by close
	dial  func(context.Context) (*conn, error)

	mu   sync.Mutex
	idle []*conn
}

func newPool(size int, dial func(context.Context) (*conn, error)) *pool {
	return &pool{slots: make(chan struct{}, size), done: make(chan struct{}), dial: dial}
}

// acquire lends a connection. It waits until one is free, the context is done, or
// the pool is closed (store.ErrClosed).
func (p *pool) acquire(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.done:
		return nil, store.ErrClosed
	default:
	}
	select {
	case p.slots <- struct{}{}:
	case <-p.done:
		return nil, store.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c := p.pop(); c != nil {
		return c, nil
	}
	c, err := p.dial(ctx)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return c, nil
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	c := p.idle[last]
	p.idle = p.idle[:last]
	return c
}

func (p *pool) release(c *conn) {
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	<-p.slots
}

// close waits for the borrowers and closes the connections. It must be called
// once.
func (p *pool) close() error {
	close(p.done)
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	var errs []error
	for c := p.pop(); c != nil; c = p.pop() {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}
