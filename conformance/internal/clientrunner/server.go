package clientrunner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// server plays the script of one case, on a port of its own.
type server struct {
	script   script
	replies  []suite.Reply
	clock    func() time.Time
	listener net.Listener
	done     chan struct{} // closed when the case is over
	running  sync.WaitGroup

	mu       sync.Mutex
	over     bool
	conns    map[net.Conn]struct{}
	arrivals []*arrival
}

// errNotPlayed is in the place of a reply that could not be made.
var errNotPlayed = errors.New("the scripted server could not answer")

// play starts a server; its stop must be called.
func play(ctx context.Context, c suite.Case, contract *suite.Contract, clock func() time.Time) (*server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the scripted server: %w", err)
	}
	s := &server{
		script:  script{id: c.ID, contract: contract, endpoint: "http://" + listener.Addr().String()},
		replies: c.Client.Script, clock: clock, listener: listener,
		done: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	s.running.Go(s.accept)
	return s, nil
}

func (s *server) endpoint() string { return s.script.endpoint }

// stop ends the server and gives what arrived, in order.
func (s *server) stop() []*arrival {
	s.mu.Lock()
	s.over = true
	close(s.done)
	_ = s.listener.Close() // it is only listening
	for conn := range s.conns {
		_ = conn.Close() // wakes who reads from it
	}
	s.mu.Unlock()
	s.running.Wait()
	return s.arrivals
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if !s.keep(conn) {
			_ = conn.Close()
			return
		}
		s.running.Go(func() {
			defer s.drop(conn)
			s.serve(conn)
		})
	}
}

func (s *server) keep(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.conns[conn] = struct{}{}
	}
	return !s.over
}

func (s *server) drop(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	_ = conn.Close() // a second time, often
}

// serve answers the requests of one connection.
func (s *server) serve(conn net.Conn) {
	requests := newReader(conn)
	for {
		a := requests.next()
		if a == nil || !s.note(a) {
			return
		}
		if a.failure != nil || a.broken != nil || !s.answer(conn, a) {
			return
		}
	}
}

// note gives an arrival its number and its reply. What was read of a request
// when the case was over already is no arrival.
func (s *server) note(a *arrival) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over && a.broken != nil {
		return false
	}
	a.at = s.clock()
	var err error
	if a.reply, err = s.script.number(len(s.arrivals), s.replies); err != nil {
		a.failure = fmt.Errorf("%w: %w", errNotPlayed, err)
	}
	a.ended = a.at
	s.arrivals = append(s.arrivals, a)
	return true
}

// answer sends the reply of an arrival, and tells whether the connection
// stands.
func (s *server) answer(conn net.Conn, a *arrival) bool {
	defer func() { a.ended = s.clock() }()
	if !s.wait(time.Duration(a.reply.Delay)) {
		a.failure = errors.New("not sent: the call was over before")
		return false
	}
	if a.reply.Reset {
		// Without lingering, closing sends a reset.
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return false
	}
	head, body := a.reply.wire(s.clock())
	cut := a.reply.Cut > 0 && a.reply.Cut < len(body)
	if cut {
		body = body[:a.reply.Cut]
	}
	a.sent = slices.Concat(head, body)
	if _, err := conn.Write(a.sent); err != nil {
		a.failure = fmt.Errorf("not sent: %w", err)
		return false
	}
	return !cut && !a.request.Close
}

// wait waits, unless the case is over before.
func (s *server) wait(delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}
