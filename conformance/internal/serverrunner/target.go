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

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Target is the server under test. Exactly one of URL, Handler and
// Targets.Endpoint names it.
type Target struct {
	// Name is the server's name in reports. Default: the host of the URL, or
	// "handler".
	Name string
	// URL is the endpoint: scheme, host and optional port, without a path, because
	// the SDKs of the API cannot set one. See suite.ParseURL for a URL without a
	// scheme.
	URL string
	// TLS configures https, for example to trust a self-signed certificate. If nil,
	// Go's default applies.
	TLS *tls.Config
	// Handler is served on a free loopback port during the run, so that requests
	// and responses pass through a real connection.
	Handler http.Handler
	// Targets are the sites and keys that cases need. Its endpoint applies if URL
	// and Handler are empty, and its journal if Journal is nil.
	Targets *suite.Targets
	// Journal returns the rule that decided a request. If nil, the check "rule" is
	// omitted.
	Journal Journal
}

// ErrTarget is wrapped by errors about an invalid Target.
var ErrTarget = errors.New("invalid target")

// UnreachableError reports that Open could not connect to the endpoint.
type UnreachableError struct {
	Endpoint string
	Err      error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("endpoint %s cannot be reached: %v", e.Endpoint, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// endpoint is an opened Target.
type endpoint struct {
	name    string
	address string // host:port to connect to
	host    string // value of the Host header
	tls     *tls.Config
	reached *reachedConns // set for a handler, nil for a URL
	close   func()
}

// connectTimeout limits the first connection, which tests whether the endpoint is
// reachable, and the first request to the journal.
const connectTimeout = 10 * time.Second

// open returns the endpoint of a target after connecting to it once.
func (t *Target) open(ctx context.Context) (*endpoint, error) {
	if (t.URL == "") == (t.Handler == nil) {
		return nil, fmt.Errorf("%w: want either a URL or a handler", ErrTarget)
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
	// An error of Close does not matter, because nothing was written.
	_ = conn.Close()
	return e, nil
}

func parseEndpoint(rawURL string, config *tls.Config) (*endpoint, error) {
	u, err := suite.ParseURL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrTarget, redact.URL(rawURL), err)
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("%w: URL contains user information; set keys in the targets", ErrTarget)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: URL %s: want scheme, host and port only", ErrTarget, u.Redacted())
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

// serve serves a handler on a free loopback port.
func serve(ctx context.Context, name string, handler http.Handler) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the handler: %w", err)
	}
	reached := &reachedConns{next: handler, connections: map[string]bool{}}
	server := &http.Server{Handler: reached, ReadHeaderTimeout: time.Minute}
	var done sync.WaitGroup
	done.Go(func() {
		// Serve always returns an error, here http.ErrServerClosed.
		_ = server.Serve(listener)
	})
	if name == "" {
		name = "handler"
	}
	address := listener.Addr().String()
	return &endpoint{name: name, address: address, host: address, reached: reached, close: func() {
		// Close, unlike Shutdown, does not wait for handlers that hang.
		_ = server.Close()
		done.Wait()
	}}, nil
}

// reachedConns records the connections on which a handler was called. net/http
// responds to malformed requests itself, and those responses say nothing about the
// handler.
type reachedConns struct {
	next        http.Handler
	mu          sync.Mutex
	connections map[string]bool
}

// ServeHTTP records the connection and calls the handler.
func (a *reachedConns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.connections[r.RemoteAddr] = true
	a.mu.Unlock()
	a.next.ServeHTTP(w, r)
}

// has reports whether the handler was called on the connection from address.
func (a *reachedConns) has(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.connections[address]
}
