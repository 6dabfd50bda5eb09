package pebbletest

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Zones tells where the TXT records of a name are: the name that it is an alias
// of, if it is one, and the address of the server of that zone. Without an
// address there is no such name.
type Zones func(name string) (alias, server string)

// Resolver looks names up for Pebble, over UDP and TCP: every address is
// 127.0.0.1, and TXT records are asked of the zone's server, aliases followed.
type Resolver struct {
	Addr string

	zones Zones
	tcp   dns.Client
}

// StartResolver runs a resolver until the test ends.
func StartResolver(t testing.TB, zones Zones) *Resolver {
	t.Helper()
	r := &Resolver{zones: zones, tcp: dns.Client{Net: "tcp", Timeout: dnsTimeout}}
	r.Addr = Serve(t, r)
	return r
}

// Serve runs a DNS server for a handler, over UDP and TCP, until the test ends,
// and gives its address.
func Serve(t testing.TB, handler dns.Handler, setup ...func(*dns.Server)) string {
	t.Helper()
	var tcp net.Listener
	var udp net.PacketConn
	var err error
	for range 20 { // a port that is free for both
		if tcp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil { //nolint:noctx // a test's
			t.Fatal(err)
		}
		if udp, err = net.ListenPacket("udp", tcp.Addr().String()); err == nil { //nolint:noctx // a test's
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

// ServeDNS is the resolver at work.
func (r *Resolver) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	answer := new(dns.Msg).SetReply(query)
	answer.RecursionAvailable = true
	if len(query.Question) == 1 {
		r.resolve(answer, query.Question[0])
	}
	_ = w.WriteMsg(answer)
}

func (r *Resolver) resolve(answer *dns.Msg, q dns.Question) {
	header := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET}
	challenge := strings.HasPrefix(q.Name, "_acme-challenge.")
	switch {
	case q.Qtype == dns.TypeA && !challenge:
		answer.Answer = []dns.RR{&dns.A{Hdr: header, A: net.IPv4(127, 0, 0, 1)}}
	case challenge:
		r.follow(answer, q)
	}
}

// follow asks the server of a zone, as a resolver does after an alias.
func (r *Resolver) follow(answer *dns.Msg, q dns.Question) {
	alias, server := r.zones(strings.ToLower(strings.TrimSuffix(q.Name, ".")))
	if alias == "" && server == "" {
		answer.Rcode = dns.RcodeNameError
		return
	}
	name := q.Name
	if alias != "" {
		name = dns.Fqdn(alias)
		answer.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET}, Target: name}}
	}
	if q.Qtype == dns.TypeCNAME || server == "" {
		return
	}
	got, err := r.exchange(new(dns.Msg).SetQuestion(name, q.Qtype), func() string {
		_, server := r.zones(strings.ToLower(strings.TrimSuffix(q.Name, ".")))
		return server
	})
	if err != nil {
		answer.Rcode, answer.Answer = dns.RcodeServerFailure, nil
		return
	}
	answer.Rcode = got.Rcode
	answer.Answer = append(answer.Answer, got.Answer...)
}

// ask tries for some seconds, as resolvers do, also when the server comes back
// at another address.
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
