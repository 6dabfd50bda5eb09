package conns

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is a connection of a Listener.
type Conn struct {
	net.Conn
	listener *Listener

	mu       sync.Mutex
	header   header
	ahead    []byte // read, but not scanned yet
	handled  bool   // a handler was called for the request and writes the response
	over     bool   // the header has too many fields
	rejected bool   // the response of net/http itself was written
	closed   bool
	plain    net.Conn // below TLS, if the caller does not speak TLS; else nil

	blocked atomic.Int64 // age of the listener, in nanoseconds, when the write in progress began; 0 if none

	// Guarded by the lock of the listener.
	phase          phase
	since          time.Time
	listed         bool
	previous, next *Conn
}

// tlsConn is a Conn over TLS. net/http reads the state of a connection to fill
// Request.TLS.
type tlsConn struct {
	*Conn
	tls *tls.Conn
}

// ConnectionState returns the state of the TLS connection.
func (c *tlsConn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }

// NetConn returns the connection below.
func (c *Conn) NetConn() net.Conn { return c.Conn }

func (c *Conn) bounded() *Conn { return c }

var errTooManyFields = errors.New("conns: the header has too many fields")

// Read reads from the caller. In a header, it fails after the last field that the
// limit allows.
func (c *Conn) Read(p []byte) (int, error) {
	if n, done, err := c.readAhead(p); done {
		return n, err
	}
	n, err := c.Conn.Read(p)
	if n <= 0 {
		c.noteNoTLS(err)
		return n, err
	}
	return c.scanned(p[:n], err)
}

// noteNoTLS records that the caller sent something other than TLS, so that the
// response is sent in plain text.
func (c *Conn) noteNoTLS(err error) {
	if noTLS, ok := errors.AsType[tls.RecordHeaderError](err); ok && noTLS.Conn != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.plain = noTLS.Conn
	}
}

// wire returns the connection that reaches the caller.
func (c *Conn) wire() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.plain != nil {
		return c.plain
	}
	return c.Conn
}

// readAhead reads the octets that were held back. It reports whether Read is done.
func (c *Conn) readAhead(p []byte) (n int, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over && !c.handled {
		return 0, true, errTooManyFields
	}
	if len(c.ahead) == 0 || len(p) == 0 {
		return 0, false, nil
	}
	part := c.ahead[:min(len(p), len(c.ahead))]
	n = c.count(part)
	copy(p, part[:n])
	c.ahead = c.ahead[n:]
	if n == 0 {
		return 0, true, errTooManyFields
	}
	return n, true, nil
}

// scanned scans the octets that were just read.
func (c *Conn) scanned(p []byte, err error) (int, error) {
	c.listener.reading(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.count(p)
	if n == len(p) {
		return n, err
	}
	if n == 0 {
		return 0, errTooManyFields
	}
	if !c.over {
		c.ahead = append(c.ahead[:0], p[n:]...)
	}
	return n, nil // the next Read returns the connection's error
}

// count scans the octets and returns how many of them may be passed on.
func (c *Conn) count(p []byte) (n int) {
	if c.handled {
		c.header.pass(p)
		return len(p)
	}
	n, c.over = c.header.scan(p)
	return n
}

// Write writes the response of a handler. A response that net/http writes itself,
// before any handler was called, is replaced.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	handled, again := c.handled, c.rejected
	if !handled {
		c.rejected = true
	}
	c.mu.Unlock()
	switch {
	case handled:
		return c.write(p)
	case again:
		return len(p), nil // of a response that was replaced
	}
	response, err := c.listener.reject(c.reason(p), c.RemoteAddr().String(), p)
	if err != nil {
		return 0, err
	}
	if _, err := c.write(response); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *Conn) write(p []byte) (int, error) {
	c.blocked.Store(int64(max(c.listener.age(), 1)))
	defer c.blocked.Store(0)
	return c.wire().Write(p)
}

// Reason is why a request was rejected before a handler was called.
type Reason int

// Reasons.
const (
	Malformed      Reason = iota // not HTTP, or a feature that net/http lacks
	TargetTooLong                // the request target exceeds Options.Target
	HeaderTooLarge               // the header exceeds http.Server.MaxHeaderBytes
	TooManyFields                // the header has more fields than Options.Fields
	NoTLS                        // the listener expects TLS, and something else was sent
)

// reason returns why net/http responds by itself. The octets are of net/http: no
// handler was called.
func (c *Conn) reason(p []byte) Reason {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.plain != nil:
		return NoTLS
	case c.over:
		return TooManyFields
	case statusOf(p) != http.StatusRequestHeaderFieldsTooLarge:
		return Malformed
	case c.header.lines == 0 || int64(c.header.first-len("GET  HTTP/1.1\r")) > c.listener.options.Target:
		return TargetTooLong
	}
	return HeaderTooLarge
}

// statusOf reads the status line of a response; 0 if there is none.
func statusOf(p []byte) int {
	const version, digits = len("HTTP/1.1 "), 3
	if len(p) < version+digits {
		return 0
	}
	status, err := strconv.Atoi(string(p[version : version+digits]))
	if err != nil {
		return 0
	}
	return status
}

// begin records that a handler was called for a request.
func (c *Conn) begin() {
	c.mu.Lock()
	c.handled = true
	c.mu.Unlock()
	c.listener.move(c, serving)
}

// finish records that the response was written and the next request may follow.
func (c *Conn) finish() {
	c.mu.Lock()
	c.handled = false
	c.header.begin()
	c.mu.Unlock()
	c.listener.move(c, idle)
}

// CloseWrite ends the server's side first, so that a caller that is still sending can
// read the response.
func (c *Conn) CloseWrite() error {
	if half, ok := c.wire().(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// Close closes the connection. After a rejected request it first reads for a
// while what the caller still sends: closing a connection with unread octets
// resets it, and the caller may lose the response.
func (c *Conn) Close() error {
	c.mu.Lock()
	linger := c.rejected && !c.closed
	c.closed = true
	c.mu.Unlock()
	if linger {
		c.linger()
	}
	c.listener.remove(c)
	return c.Conn.Close()
}

const (
	lingerTime   = 500 * time.Millisecond
	lingerOctets = 4 << 20
)

func (c *Conn) linger() {
	if c.CloseWrite() != nil || c.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	var scratch [4 << 10]byte
	for read := 0; read < lingerOctets; {
		n, err := c.wire().Read(scratch[:])
		if err != nil {
			return
		}
		read += n
	}
}

// evict closes the connection without waiting for the caller.
func (c *Conn) evict() error {
	bottom := c.Conn
	for {
		above, ok := bottom.(interface{ NetConn() net.Conn })
		if !ok {
			return bottom.Close()
		}
		bottom = above.NetConn()
	}
}
