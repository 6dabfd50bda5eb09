package client

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/gen/esaclient"
)

// roundTripper sends requests by a transport alone. Unlike http.Client it
// follows no redirect.
type roundTripper struct{ transport http.RoundTripper }

// errNilResponse is what a transport is reported with that breaks its contract.
var errNilResponse = errors.New("transport returned neither a response nor an error")

// Do sends the request.
func (r roundTripper) Do(req *http.Request) (*http.Response, error) {
	resp, err := r.transport.RoundTrip(req)
	if err == nil && (resp == nil || resp.Body == nil) {
		return nil, errNilResponse
	}
	return resp, err
}

// withoutRedirects copies a client that follows redirects into one that does
// not.
func withoutRedirects(c *http.Client) esaclient.HttpRequestDoer {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// newTransport gives the transport of a client that was given none. It is made
// like http.DefaultTransport (proxies from the environment among them) with
// three changes. It speaks HTTP/1.1, as every SDK of the vendor does; it keeps
// more idle connections than two for its one host; and it gives up on a
// connection well before the attempt does, so that an attempt without a
// connection is told from one without an answer.
func newTransport() http.RoundTripper {
	dialer := net.Dialer{Timeout: defaultAttemptTimeout / 2, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: defaultAttemptTimeout / 4,
		MaxIdleConns:        128,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     90 * time.Second,
	}
}

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
	return !isBeforeWrite(err)
}
