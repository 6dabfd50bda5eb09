package conns

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Options are the limits of a Listener.
type Options struct {
	Name   string // of the listener in the log
	Limit  int    // connections at a time, 1 or more
	Fields int    // fields in the header of a request, 1 or more
	Target int64  // octets of the request target, to distinguish TargetTooLong from HeaderTooLarge

	// Reject returns the response to a request that no handler was called for.
	// The connection is closed after it. If Reject is nil, the response is that
	// of net/http, or a plain-text line if net/http has no suitable one.
	Reject func(why Reason, remote string) ([]byte, error)

	Logger *slog.Logger     // default: nothing is logged
	Clock  func() time.Time // default time.Now
}

// Listener bounds the connections of another listener.
type Listener struct {
	net.Listener
	options Options
	started time.Time
	done    chan struct{} // closed by Close
	changed chan struct{} // a place is free, or may be taken
	close   func() error

	mu    sync.Mutex
	table table
	log   lines
}

// New returns a Listener that bounds l. Limits below 1 count as 1.
func New(l net.Listener, o Options) *Listener {
	o.Limit, o.Fields = max(o.Limit, 1), max(o.Fields, 1)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	bounded := &Listener{Listener: l, options: o, started: o.Clock(), done: make(chan struct{}), changed: make(chan struct{}, 1)}
	bounded.close = sync.OnceValue(func() error {
		close(bounded.done)
		return l.Close()
	})
	return bounded
}

// Close closes the listener. Connections stay open.
func (l *Listener) Close() error { return l.close() }

func (l *Listener) now() time.Time { return l.options.Clock() }

// age returns the time since the listener was created. Changes of the system's
// clock do not affect it.
func (l *Listener) age() time.Duration { return l.now().Sub(l.started) }

// Accept waits for the next connection, and for a place for it.
func (l *Listener) Accept() (net.Conn, error) {
	pause := firstPause
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err == nil:
			return l.admit(conn)
		case !scarce(err):
			return nil, err
		}
		if l.makeRoom(err) {
			pause = firstPause
			continue
		}
		if !l.wait(pause) {
			return nil, net.ErrClosed
		}
		pause = min(2*pause, maxPause)
	}
}

const (
	firstPause = 5 * time.Millisecond
	maxPause   = time.Second
)

// scarce reports whether accepting failed because a resource ran out temporarily.
func scarce(err error) bool {
	for _, passing := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR, syscall.EAGAIN,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// admit waits for a place.
func (l *Listener) admit(conn net.Conn) (net.Conn, error) {
	c := &Conn{Conn: conn, listener: l, header: header{limit: l.options.Fields}}
	for {
		victim, wait := l.place(c)
		if victim == nil && wait == 0 {
			break
		}
		if victim != nil {
			l.evict(victim)
			l.warn("connection limit reached, closing the connections that wait longest")
			continue
		}
		if !l.wait(wait) {
			return nil, errors.Join(net.ErrClosed, conn.Close())
		}
	}
	if secure, ok := conn.(*tls.Conn); ok {
		return &tlsConn{Conn: c, tls: secure}, nil
	}
	return c, nil
}

// place adds the connection to the table if a place is free. Otherwise it returns
// the connection to close first, or how long to wait.
func (l *Listener) place(c *Conn) (victim *Conn, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.table.open < l.options.Limit {
		l.table.add(c, now)
		return nil, 0
	}
	if victim, wait = l.table.victim(now, l.age()); victim != nil {
		l.table.remove(victim)
	}
	return victim, wait
}

// makeRoom closes one connection after accepting another has failed. It reports
// whether it closed one.
func (l *Listener) makeRoom(cause error) bool {
	l.mu.Lock()
	victim, _ := l.table.victim(l.now(), l.age())
	if victim != nil {
		l.table.remove(victim)
	}
	l.mu.Unlock()
	if victim != nil {
		l.evict(victim)
	}
	l.warn("accept failed, retrying; raise the limit of open files or lower limits.connections", "error", cause)
	return victim != nil
}

// evict closes a connection that has lost its place.
func (l *Listener) evict(c *Conn) {
	if err := c.evict(); err != nil && !errors.Is(err, net.ErrClosed) {
		l.options.Logger.Debug("close connection", "listener", l.options.Name, "remote", c.RemoteAddr().String(), "error", err)
	}
	l.mu.Lock()
	l.log.closed++
	l.mu.Unlock()
}

// wait returns after a change or a while. It reports whether the listener is
// still open.
func (l *Listener) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.done:
		return false
	case <-l.changed:
	case <-timer.C:
	}
	return true
}

func (l *Listener) signal() {
	select {
	case l.changed <- struct{}{}:
	default: // a signal is waiting already
	}
}

func (l *Listener) move(c *Conn, to phase) {
	l.mu.Lock()
	l.table.move(c, to, l.now())
	l.mu.Unlock()
	if to == idle {
		l.signal()
	}
}

// received records that the body of a request has arrived.
func (l *Listener) received(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.phase == sending {
		l.table.move(c, serving, l.now())
	}
}

// reading records that a request begins on an idle connection.
func (l *Listener) reading(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.phase == idle {
		l.table.move(c, heading, l.now())
	}
}

func (l *Listener) remove(c *Conn) {
	l.mu.Lock()
	removed := l.table.remove(c)
	l.mu.Unlock()
	if removed {
		l.signal()
	}
}

// reject returns the response to a request that no handler was called for.
// Theirs is the response of net/http.
func (l *Listener) reject(why Reason, remote string, theirs []byte) ([]byte, error) {
	switch {
	case l.options.Reject != nil:
		return l.options.Reject(why, remote)
	case why == TooManyFields:
		status := http.StatusText(http.StatusRequestHeaderFieldsTooLarge)
		return []byte("HTTP/1.1 431 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + status), nil
	}
	return theirs, nil
}

// lines holds the time of the last log line, and what has happened since.
type lines struct {
	last   time.Time
	closed int // connections
}

// logPause is the minimum time between two log lines of a listener.
const logPause = 10 * time.Second

// warn logs a message, rate-limited. It adds how many connections are open and how
// many were closed in favor of others since the previous line.
func (l *Listener) warn(message string, more ...any) {
	l.mu.Lock()
	now := l.now()
	if !l.log.last.IsZero() && now.Sub(l.log.last) < logPause {
		l.mu.Unlock()
		return
	}
	open, closed := l.table.open, l.log.closed
	l.log = lines{last: now}
	l.mu.Unlock()
	l.options.Logger.Warn(message, append([]any{"listener", l.options.Name, "limit", l.options.Limit, "open", open, "closed", closed}, more...)...)
}
