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

// roundTripper sends requests with a transport. Unlike http.Client it does not
// follow redirects.
type roundTripper struct{ transport http.RoundTripper }

// errNilResponse reports a transport that violates the contract of
// http.RoundTripper.
var errNilResponse = errors.New("transport returned neither a response nor an error")

// Do sends the request.
func (r roundTripper) Do(req *http.Request) (*http.Response, error) {
	resp, err := r.transport.RoundTrip(req)
	if err == nil && (resp == nil || resp.Body == nil) {
		return nil, errNilResponse
	}
	return resp, err
}

// withoutRedirects returns a copy of a client that does not follow redirects.
func withoutRedirects(c *http.Client) esaclient.HttpRequestDoer {
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// newTransport returns the default transport. It is like http.DefaultTransport,
// including proxies from the environment, with three changes. It uses HTTP/1.1,
// as every SDK of the vendor does; it keeps more than two idle connections to
// its host; and its connection timeout is well below that of the attempt, so
// that a missing connection is distinguished from a missing response.
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

// connectionTrace records whether an attempt got a connection. Only then can
// the service have received the request.
type connectionTrace struct {
	requested, got atomic.Bool
	hooks          httptrace.ClientTrace
}

// watch returns a context whose requests are traced. The caller's hooks are
// still called.
func (t *connectionTrace) watch(ctx context.Context) context.Context {
	t.hooks.GetConn = func(string) { t.requested.Store(true) }
	t.hooks.GotConn = func(httptrace.GotConnInfo) { t.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &t.hooks)
}

// maybeReceived reports whether the service may have received the request. If
// the transport does not report connections, its error decides.
func (t *connectionTrace) maybeReceived(err error) bool {
	if t.requested.Load() {
		return t.got.Load()
	}
	return !isBeforeWrite(err)
}
