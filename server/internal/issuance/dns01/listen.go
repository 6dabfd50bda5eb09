package dns01

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/netutil"

	"github.com/esacert/esacert/server/internal/conns"
)

// Timeouts of connections.
const (
	idleTime     = 8 * time.Second
	exchangeTime = 2 * time.Second
	closeTime    = 10 * time.Second // longer than exchangeTime, because Close waits for an exchange
)

// Listener is a running server. The caller must close it.
type Listener struct {
	Addr    string // host:port, the same for UDP and TCP
	servers []*dns.Server
	done    chan error
}

// Listen serves an address like ":53" over UDP and TCP. Port 0 picks a port that is
// free for both.
func (s *Server) Listen(ctx context.Context, addr string) (*Listener, error) {
	tcp, udp, err := bind(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("dns01: listen on %s: %w", addr, err)
	}
	return s.Serve(tcp, udp), nil
}

// Serve serves on open sockets, which the Listener closes.
func (s *Server) Serve(tcp net.Listener, udp net.PacketConn) *Listener {
	l := &Listener{Addr: tcp.Addr().String(), done: make(chan error, 2)}
	overUDP := &dns.Server{PacketConn: udp, Handler: s, UDPSize: maxUDP}
	overTCP := &dns.Server{
		Listener: netutil.LimitListener(tcp, conns.Divide(conns.Descriptors()).Challenges), Handler: s,
		ReadTimeout: exchangeTime, WriteTimeout: exchangeTime,
		IdleTimeout: func() time.Duration { return idleTime },
	}
	for _, server := range []*dns.Server{overUDP, overTCP} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		l.servers = append(l.servers, server)
		go func() { l.done <- server.ActivateAndServe() }()
		<-started
	}
	return l
}

// Close stops the server.
func (l *Listener) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	var errs []error
	for _, server := range l.servers {
		errs = append(errs, server.ShutdownContext(ctx))
	}
	for range l.servers {
		errs = append(errs, <-l.done)
	}
	return errors.Join(errs...)
}

// bind opens sockets of both protocols with the same port.
func bind(ctx context.Context, addr string) (net.Listener, net.PacketConn, error) {
	var config net.ListenConfig
	var errs []error
	for range 10 {
		tcp, err := config.Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, nil, err
		}
		udp, err := config.ListenPacket(ctx, "udp", tcp.Addr().String())
		if err == nil {
			return tcp, udp, nil
		}
		errs = append(errs, err, tcp.Close())
		if _, port, _ := net.SplitHostPort(addr); port != "0" {
			break
		}
	}
	return nil, nil, errors.Join(errs...)
}
