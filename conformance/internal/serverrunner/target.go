package serverrunner

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Target is the server under test, and what is known of it. Exactly one of URL
// and Handler is set.
type Target struct {
	// Name is the server's in reports; empty for the host of the URL, or
	// "handler".
	Name string
	// URL is the endpoint: http or https, a host, maybe a port, and no path,
	// because the SDKs of the API know no path either. Without a scheme it is read
	// as suite.ParseURL documents.
	URL string
	// TLS configures https, for a server with a certificate of its own making.
	// Nil is Go's default.
	TLS *tls.Config
	// Handler is served on a free port of loopback for the time of the run, so
	// that its answers go over a real connection too.
	Handler http.Handler
	// Targets are the sites and keys that the cases need; with URL and Handler
	// empty, its endpoint is tested, and its journal asked where Journal is nil.
	Targets *suite.Targets
	// Journal tells which rule decided, for servers that can tell. Nil leaves the
	// check "rule" out.
	Journal Journal
}

// ErrTarget is the reason of an error about a Target that makes no sense.
var ErrTarget = errors.New("the target cannot be used")

// UnreachableError says that no connection to the endpoint came about, before
// any case was run.
type UnreachableError struct {
	Endpoint string
	Err      error
}

// Error names the endpoint.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the endpoint %s cannot be reached: %v", e.Endpoint, e.Err)
}

// Unwrap gives what the network said.
func (e *UnreachableError) Unwrap() error { return e.Err }

// endpoint is a target that can be connected to.
type endpoint struct {
	name    string
	address string // host:port to connect to
	host    string // of the Host header
	tls     *tls.Config
	reached *reachedConns // of a handler; nil for a URL
	close   func()
}

// connectTimeout is for the first connection, by which an endpoint is found out
// that cannot be reached.
const connectTimeout = 10 * time.Second

// open makes the endpoint of a target and connects to it once.
func (t *Target) open(ctx context.Context) (*endpoint, error) {
	if (t.URL == "") == (t.Handler == nil) {
		return nil, fmt.Errorf("%w: it needs a URL or a handler, and not both", ErrTarget)
	}
	if t.Handler != nil {
		return serve(ctx, t.Name, t.Handler)
	}
	e, err := parseEndpoint(t.URL, t.TLS)
	if err != nil {
		return nil, err
	}
	if t.Name != "" {
		e.name = t.Name
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, &UnreachableError{Endpoint: t.URL, Err: err}
	}
	// Nothing was written: there is nothing that closing could lose.
	_ = conn.Close()
	return e, nil
}

func parseEndpoint(text string, config *tls.Config) (*endpoint, error) {
	u, err := suite.ParseURL(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrTarget, suite.RedactURL(text), err)
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("%w: the URL has a user in it; keys belong in the targets", ErrTarget)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: the URL %s has more than a host", ErrTarget, u.Redacted())
	}
	e := &endpoint{name: u.Host, host: u.Host, close: func() {}}
	port := u.Port()
	if u.Scheme == "https" {
		e.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if config != nil {
			e.tls = config.Clone()
		}
		if e.tls.ServerName == "" {
			e.tls.ServerName = u.Hostname()
		}
		if port == "" {
			port = "443"
		}
	}
	if port == "" {
		port = "80"
	}
	e.address = net.JoinHostPort(u.Hostname(), port)
	return e, nil
}

func (e *endpoint) dial(ctx context.Context) (net.Conn, error) {
	if e.tls != nil {
		return (&tls.Dialer{Config: e.tls}).DialContext(ctx, "tcp", e.address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", e.address)
}

// serve puts a handler on loopback.
func serve(ctx context.Context, name string, handler http.Handler) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the handler: %w", err)
	}
	seen := &reachedConns{next: handler, connections: map[string]bool{}}
	server := &http.Server{Handler: seen, ReadHeaderTimeout: time.Minute}
	var done sync.WaitGroup
	done.Go(func() {
		// It always ends with an error, that of being closed.
		_ = server.Serve(listener)
	})
	if name == "" {
		name = "handler"
	}
	address := listener.Addr().String()
	return &endpoint{name: name, address: address, host: address, reached: seen, close: func() {
		// Handlers that hang are cut off: the run is over.
		_ = server.Close()
		done.Wait()
	}}, nil
}

// reachedConns remembers on which connections a handler was asked. What net/http
// answers by itself, to something that is no HTTP, is not the handler's.
type reachedConns struct {
	next        http.Handler
	mu          sync.Mutex
	connections map[string]bool
}

// ServeHTTP notes the connection and passes the request on.
func (a *reachedConns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.connections[r.RemoteAddr] = true
	a.mu.Unlock()
	a.next.ServeHTTP(w, r)
}

func (a *reachedConns) on(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.connections[address]
}
