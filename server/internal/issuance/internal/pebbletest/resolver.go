package pebbletest

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Zones returns the location of the TXT records of a name: the target if the name
// is an alias, and the address of the zone's server. If both are empty, the name
// does not exist.
type Zones func(name string) (alias, server string)

// Resolver is Pebble's DNS resolver, over UDP and TCP. Every address is 127.0.0.1.
// It forwards TXT queries to the zone's server and follows aliases.
type Resolver struct {
	Addr string

	zones Zones
	tcp   dns.Client
}

// StartResolver runs a resolver until the test is complete.
func StartResolver(t testing.TB, zones Zones) *Resolver {
	t.Helper()
	r := &Resolver{zones: zones, tcp: dns.Client{Net: "tcp", Timeout: dnsTimeout}}
	r.Addr = Serve(t, r)
	return r
}

// Serve runs a DNS server with the handler, over UDP and TCP, until the test is
// complete. It returns the address.
func Serve(t testing.TB, handler dns.Handler, setup ...func(*dns.Server)) string {
	t.Helper()
	var tcp net.Listener
	var udp net.PacketConn
	var err error
	for range 20 { // until a port is free for both
		if tcp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil { //nolint:noctx // in a test
			t.Fatal(err)
		}
		if udp, err = net.ListenPacket("udp", tcp.Addr().String()); err == nil { //nolint:noctx // in a test
			break
		}
		_ = tcp.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []*dns.Server{
		{Listener: tcp, Handler: handler, ReadTimeout: dnsTimeout, WriteTimeout: dnsTimeout},
		{PacketConn: udp, Handler: handler},
	} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		for _, set := range setup {
			set(server)
		}
		go func() { _ = server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return tcp.Addr().String()
}

// ServeDNS processes a query.
func (r *Resolver) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	response := new(dns.Msg).SetReply(query)
	response.RecursionAvailable = true
	if len(query.Question) == 1 {
		r.resolve(response, query.Question[0])
	}
	_ = w.WriteMsg(response)
}

func (r *Resolver) resolve(response *dns.Msg, q dns.Question) {
	header := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET}
	challenge := strings.HasPrefix(q.Name, "_acme-challenge.")
	switch {
	case q.Qtype == dns.TypeA && !challenge:
		response.Answer = []dns.RR{&dns.A{Hdr: header, A: net.IPv4(127, 0, 0, 1)}}
	case challenge:
		r.follow(response, q)
	}
}

// follow forwards a query to the server of the zone, after following an alias.
func (r *Resolver) follow(response *dns.Msg, q dns.Question) {
	alias, server := r.zones(strings.ToLower(strings.TrimSuffix(q.Name, ".")))
	if alias == "" && server == "" {
		response.Rcode = dns.RcodeNameError
		return
	}
	name := q.Name
	if alias != "" {
		name = dns.Fqdn(alias)
		response.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET}, Target: name}}
	}
	if q.Qtype == dns.TypeCNAME || server == "" {
		return
	}
	got, err := r.exchange(new(dns.Msg).SetQuestion(name, q.Qtype), func() string {
		_, server := r.zones(strings.ToLower(strings.TrimSuffix(q.Name, ".")))
		return server
	})
	if err != nil {
		response.Rcode, response.Answer = dns.RcodeServerFailure, nil
		return
	}
	response.Rcode = got.Rcode
	response.Answer = append(response.Answer, got.Answer...)
}

// exchange retries for 5 s, like a resolver, and follows the server to a new
// address.
func (r *Resolver) exchange(query *dns.Msg, server func() string) (got *dns.Msg, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if got, _, err = r.tcp.ExchangeContext(ctx, query, server()); err == nil {
			return got, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}
