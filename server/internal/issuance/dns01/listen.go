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

// Bounds of connections over TCP.
const (
	idleTime     = 8 * time.Second
	exchangeTime = 2 * time.Second
	closeTime    = 10 * time.Second // longer than an exchange, which it waits for
)

// Listener is a server that answers. Close it.
type Listener struct {
	Addr    string // host:port, the same for UDP and TCP
	servers []*dns.Server
	done    chan error
}

// Listen answers on an address like ":53", over UDP and TCP. With port 0 it
// takes one that is free for both.
func (s *Server) Listen(ctx context.Context, addr string) (*Listener, error) {
	tcp, udp, err := bind(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("dns01: listening on %s: %w", addr, err)
	}
	return s.Serve(tcp, udp), nil
}

// Serve answers on sockets that are there already. They are closed with the
// Listener.
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

// Close stops answering.
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

// bind takes the same port of both protocols.
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
