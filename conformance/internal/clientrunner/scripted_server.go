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

// scriptedServer sends the replies of one case. Each has its own port.
type scriptedServer struct {
	script   script
	replies  []suite.Reply
	clock    func() time.Time
	listener net.Listener
	done     chan struct{} // closed when the case is over
	running  sync.WaitGroup

	mu       sync.Mutex
	stopped  bool
	conns    map[net.Conn]struct{}
	received []*receivedRequest
}

// errScript reports that the script has no valid reply for a request.
var errScript = errors.New("the scripted server has no reply")

// startServer starts a server. The caller must call stop.
func startServer(ctx context.Context, c suite.Case, contract *suite.Contract, clock func() time.Time) (*scriptedServer, error) {
	operation, err := contract.Lookup(c.Client.Call.Operation)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the scripted server: %w", err)
	}
	s := &scriptedServer{
		script:  script{id: c.ID, contract: operation, endpoint: "http://" + listener.Addr().String()},
		replies: c.Client.Script, clock: clock, listener: listener,
		done: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	s.running.Go(s.accept)
	return s, nil
}

func (s *scriptedServer) endpoint() string { return s.script.endpoint }

// stop stops the server and returns the received requests in order.
func (s *scriptedServer) stop() []*receivedRequest {
	s.mu.Lock()
	s.stopped = true
	close(s.done)
	_ = s.listener.Close() // nothing is lost if it fails
	for conn := range s.conns {
		_ = conn.Close() // unblocks its reader
	}
	s.mu.Unlock()
	s.running.Wait()
	return s.received
}

func (s *scriptedServer) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if !s.addConn(conn) {
			_ = conn.Close()
			return
		}
		s.running.Go(func() {
			defer s.removeConn(conn)
			s.serve(conn)
		})
	}
}

func (s *scriptedServer) addConn(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.conns[conn] = struct{}{}
	}
	return !s.stopped
}

func (s *scriptedServer) removeConn(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	_ = conn.Close() // stop may have closed it
}

// serve responds to the requests of one connection.
func (s *scriptedServer) serve(conn net.Conn) {
	requests := newReader(conn)
	for {
		r := requests.next()
		if r == nil || !s.record(r) {
			return
		}
		if r.writeErr != nil || r.parseErr != nil || !s.respond(conn, r) {
			return
		}
	}
}

// record appends a request and sets its reply. It reports false for a request that was
// cut off by the end of the case.
func (s *scriptedServer) record(r *receivedRequest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped && r.parseErr != nil {
		return false
	}
	r.receivedAt = s.clock()
	var err error
	if r.reply, err = s.script.reply(len(s.received), s.replies); err != nil {
		r.writeErr = fmt.Errorf("%w: %w", errScript, err)
	}
	r.finishedAt = r.receivedAt
	s.received = append(s.received, r)
	return true
}

// respond sends the reply to a request and reports whether the connection stays open.
func (s *scriptedServer) respond(conn net.Conn, r *receivedRequest) bool {
	defer func() { r.finishedAt = s.clock() }()
	if !s.wait(time.Duration(r.reply.Delay)) {
		r.writeErr = errors.New("not sent: the call had already ended")
		return false
	}
	if r.reply.Reset {
		// Without lingering, closing sends a reset.
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return false
	}
	head, body := r.reply.wire(s.clock())
	cut := r.reply.Cut > 0 && r.reply.Cut < len(body)
	if cut {
		body = body[:r.reply.Cut]
	}
	r.sent = slices.Concat(head, body)
	if _, err := conn.Write(r.sent); err != nil {
		r.writeErr = fmt.Errorf("not sent: %w", err)
		return false
	}
	return !cut && !r.request.Close
}

// wait waits for delay and reports whether the case is still running.
func (s *scriptedServer) wait(delay time.Duration) bool {
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
