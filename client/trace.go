package client

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// connectionTrace watches whether an attempt got a connection. Only then can
// the service have received anything.
type connectionTrace struct {
	asked, got atomic.Bool
	hooks      httptrace.ClientTrace
}

// watch returns a context whose requests are watched. Hooks of the caller are
// still called.
func (t *connectionTrace) watch(ctx context.Context) context.Context {
	t.hooks.GetConn = func(string) { t.asked.Store(true) }
	t.hooks.GotConn = func(httptrace.GotConnInfo) { t.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &t.hooks)
}

// maybeReceived reports whether the service may have received the request. A
// transport that reports nothing is judged by its error.
func (t *connectionTrace) maybeReceived(err error) bool {
	if t.asked.Load() {
		return t.got.Load()
	}
	return !neverSent(err)
}
