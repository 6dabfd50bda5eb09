package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
)

// direct returns a client with the default transport, for tests over the
// loopback.
func direct(t *testing.T, endpoint string, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(append([]client.Option{
		client.WithCredentials(client.StaticCredentials(testKey, testSecret)),
		client.WithEndpoint(endpoint), client.WithoutRetry(),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func writeExample(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	_, _ = io.WriteString(w, documentedResponse)
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	var seen atomic.Pointer[http.Request]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Clone(context.Background()))
		writeExample(w, r)
	}))
	t.Cleanup(srv.Close)
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		c := direct(t, srv.URL, client.WithMethod(method))
		if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
			t.Fatal(err)
		}
		r := seen.Load()
		verify(t, r)
		if r.Method != method || r.RequestURI[:2] != "/?" || len(r.TransferEncoding) != 0 || r.ContentLength != 0 {
			t.Errorf("%s %s, %v, length %d", r.Method, r.RequestURI, r.TransferEncoding, r.ContentLength)
		}
		if got := r.Header.Get("Content-Length"); method == http.MethodPost && got != "0" {
			t.Errorf("Content-Length is %q", got)
		}
	}
}

func TestDefaultTransportUsesHTTP1AndKeepsConnections(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("the request was received with %s", r.Proto)
		}
		writeExample(w, r)
	}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	c := direct(t, srv.URL)
	// The transport closes a connection when its own goroutine is held up for
	// 50 ms after a request, so that five in a row may need a second try.
	const tries = 5
	opened := 0
	for try := 0; try < tries && opened != 1; try++ {
		before := connections.Load()
		for range 5 {
			if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
				t.Fatal(err)
			}
		}
		opened = int(connections.Load() - before)
		c.CloseIdleConnections()
	}
	if opened != 1 {
		t.Errorf("%d connections for five calls in a row", opened)
	}
	before := connections.Load()
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil || connections.Load() != before+1 {
		t.Errorf("%d connections after closing %d, error %v", connections.Load(), before, err)
	}
}

// A redirect must not send a signed request to another host, for any transport.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		strayed.Add(1)
		writeExample(w, r)
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/?Signature=x", status))
		t.Cleanup(srv.Close)
		following := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		for name, option := range map[string]client.Option{
			"own transport": nil, "http client": client.WithHTTPClient(following), "transport": client.WithTransport(http.DefaultTransport),
		} {
			_, err := direct(t, srv.URL, option).ApplyCertificate(t.Context(), input())
			e, ok := errors.AsType[*client.UnexpectedResponseError](err)
			if !ok || e.Status != status || e.Reason != "redirect, which is not followed because the request is signed" || !strings.Contains(err.Error(), elsewhere.URL) || strings.Contains(err.Error(), "Signature=") {
				t.Errorf("%s, %d: error is %v", name, status, err)
			}
		}
		if following.CheckRedirect(nil, nil) != nil {
			t.Error("the caller's client was changed")
		}
	}
	if strayed.Load() != 0 {
		t.Errorf("%d requests went elsewhere", strayed.Load())
	}
}

// Whether the service may have received a request, tested on real connections.
func TestMaybeReceived(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		serve func(net.Conn) // nil: no listener
		want  bool
	}{
		"refused":            {nil, false},
		"closed immediately": {func(c net.Conn) { readRequest(c) }, true},
		"cut in header":      {func(c net.Conn) { readRequest(c); _, _ = io.WriteString(c, "HTTP/1.1 200 O") }, true},
		"no HTTP":            {func(c net.Conn) { readRequest(c); _, _ = io.WriteString(c, "SSH-2.0-x\r\n") }, true},
		"silent":             {func(c net.Conn) { readRequest(c); _, _ = io.Copy(io.Discard, c) }, true},
		"no TLS":             {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, false},
		"untrusted TLS":      {nil, false},
		"hangs up in TLS":    {func(net.Conn) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme := "http://"
			if strings.Contains(name, "TLS") {
				scheme = "https://"
			}
			address := listen(t, test.serve)
			if name == "untrusted TLS" {
				srv := httptest.NewUnstartedServer(http.HandlerFunc(writeExample))
				srv.Config.ErrorLog = log.New(io.Discard, "", 0)
				srv.StartTLS()
				t.Cleanup(srv.Close)
				address = srv.Listener.Addr().String()
			}
			for how, option := range map[string]client.Option{
				"own transport": nil, "http client": client.WithHTTPClient(&http.Client{Transport: &http.Transport{}}),
			} {
				call := func(timeout time.Duration) (*client.ConnectionError, error) {
					_, err := direct(t, scheme+address, option, client.WithAttemptTimeout(timeout)).ApplyCertificate(t.Context(), input())
					e, _ := errors.AsType[*client.ConnectionError](err)
					return e, err
				}
				const patience = 20 * time.Second
				timeout := patience
				if name == "silent" {
					timeout = 200 * time.Millisecond
				}
				e, err := call(timeout)
				for name == "silent" && e != nil && !e.MaybeReceived && timeout < patience {
					timeout *= 2 // a busy machine has not sent the request by then
					e, err = call(timeout)
				}
				if e == nil || e.MaybeReceived != test.want || e.MaybeAccepted != test.want || e.Host != address {
					t.Errorf("%s: error is %v", how, err)
					continue
				}
				if strings.Contains(err.Error(), "connect to") == test.want || strings.Contains(err.Error(), "SiteId=") {
					t.Errorf("%s: error is %v", how, err)
				}
				if e.Timeout() != (name == "silent") || client.Retryable(e) == (name == "untrusted TLS" || name == "no TLS") {
					t.Errorf("%s: timeout %v, retryable %v", how, e.Timeout(), client.Retryable(e))
				}
			}
		})
	}
}

// readRequest reads until a request arrived or the client disconnected.
func readRequest(c net.Conn) {
	_, _ = http.ReadRequest(bufio.NewReader(c))
}

// listen serves every connection with a function and closes it.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	if serve == nil {
		return "127.0.0.1:1" // refuses connections
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				serve(c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func TestNoSuchHost(t *testing.T) {
	t.Parallel()
	missing := &net.DNSError{Err: "no such host", Name: "esa.xx.aliyuncs.com", IsNotFound: true}
	_, err := newClient(t, script(fails(missing)), client.WithRegion("xx")).ApplyCertificate(t.Context(), input())
	if err == nil || !strings.Contains(err.Error(), "check the region or endpoint") || client.MaybeAccepted(err) {
		t.Errorf("error is %v", err)
	}
}

// The hooks of a caller's own trace are still called.
func TestCallersTraceIsKept(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(writeExample))
	t.Cleanup(srv.Close)
	var got atomic.Bool
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { got.Store(true) }})
	if _, err := direct(t, srv.URL).ApplyCertificate(ctx, input()); err != nil || !got.Load() {
		t.Errorf("hook called: %v, error %v", got.Load(), err)
	}
}

// A truncated body over a real connection is distinguished from a complete one.
func TestTruncatedBodyOverLoopback(t *testing.T) {
	t.Parallel()
	address := listen(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"+documentedResponse[:80])
	})
	_, err := direct(t, "http://"+address).ApplyCertificate(t.Context(), input())
	e, ok := errors.AsType[*client.UnexpectedResponseError](err)
	if !ok || e.Reason != "body is truncated" || !errors.Is(err, io.ErrUnexpectedEOF) || !e.MaybeAccepted || !client.Retryable(e) {
		t.Errorf("error is %v", err)
	}
}
