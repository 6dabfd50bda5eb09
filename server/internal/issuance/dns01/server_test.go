package dns01_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/dns01"
)

const zone = "acme.example.net"

// clock is a clock that can be set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// startServer starts a server of the zone.
func startServer(t *testing.T, change ...func(*dns01.Options)) (*dns01.Server, string) {
	t.Helper()
	o := dns01.Options{
		Zone:        zone,
		Nameservers: []string{"ns1.acme.example.net", "ns2.example.org"},
		Addresses: map[string][]netip.Addr{"ns1.acme.example.net": {
			netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53"),
		}},
	}
	for _, c := range change {
		c(&o)
	}
	s, err := dns01.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, l.Addr
}

// challengeOf returns a challenge of a name, with a value that depends on the token.
func challengeOf(name, token string) challenge.Challenge {
	return challenge.Challenge{Type: challenge.DNS01, Name: name, Token: token, KeyAuthorization: token + ".thumbprint"}
}

func present(t *testing.T, s *dns01.Server, c challenge.Challenge) {
	t.Helper()
	if err := s.Present(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func exchange(t *testing.T, network, addr string, query *dns.Msg) *dns.Msg {
	t.Helper()
	for try := 1; ; try++ {
		reply, _, err := (&dns.Client{Net: network, Timeout: 20 * time.Second}).Exchange(query, addr)
		switch {
		case err == nil:
			return reply
		case try == 3 || !errors.Is(err, io.EOF): // the server closes idle connections
			t.Fatalf("%v over %s: %v", query.Question, network, err)
		}
	}
}

func txtValues(reply *dns.Msg) (values []string) {
	for _, record := range reply.Answer {
		if txt, ok := record.(*dns.TXT); ok {
			values = append(values, strings.Join(txt.Txt, ""))
		}
	}
	slices.Sort(values)
	return values
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	s, addr := startServer(t)
	held := challengeOf("www.example.com", "t")
	present(t, s, held)
	target := dns01.Target(zone, "www.example.com") + "."
	for _, c := range []struct {
		name    string
		typ     uint16
		class   uint16
		rcode   int
		answers string // types and values, in order
		soa     bool   // in the authority section
	}{
		{target, dns.TypeTXT, dns.ClassINET, dns.RcodeSuccess, "TXT " + held.RecordValue(), false},
		{strings.ToUpper(target), dns.TypeTXT, dns.ClassINET, dns.RcodeSuccess, "TXT " + held.RecordValue(), false},
		{target, dns.TypeA, dns.ClassINET, dns.RcodeSuccess, "", true},
		{target, dns.TypeCAA, dns.ClassINET, dns.RcodeSuccess, "", true},
		{target, dns.TypeANY, dns.ClassINET, dns.RcodeSuccess, "HINFO RFC8482", false},
		{"other." + target, dns.TypeTXT, dns.ClassINET, dns.RcodeNameError, "", true},
		{dns01.Target(zone, "blog.example.com") + ".", dns.TypeTXT, dns.ClassINET, dns.RcodeNameError, "", true},
		{"acme.example.net.", dns.TypeSOA, dns.ClassINET, dns.RcodeSuccess, "SOA ns1.acme.example.net. hostmaster.acme.example.net.", false},
		{"Acme.Example.NET.", dns.TypeNS, dns.ClassINET, dns.RcodeSuccess, "NS ns1.acme.example.net. NS ns2.example.org.", false},
		{"acme.example.net.", dns.TypeTXT, dns.ClassINET, dns.RcodeSuccess, "", true},
		{"ns1.acme.example.net.", dns.TypeA, dns.ClassINET, dns.RcodeSuccess, "A 192.0.2.53", false},
		{"ns1.acme.example.net.", dns.TypeAAAA, dns.ClassINET, dns.RcodeSuccess, "AAAA 2001:db8::53", false},
		{"example.net.", dns.TypeSOA, dns.ClassINET, dns.RcodeRefused, "", false},
		{"notacme.example.net.", dns.TypeTXT, dns.ClassINET, dns.RcodeRefused, "", false},
		{".", dns.TypeNS, dns.ClassINET, dns.RcodeRefused, "", false},
		{"acme.example.net.", dns.TypeIXFR, dns.ClassINET, dns.RcodeRefused, "", false},
		{"version.bind.", dns.TypeTXT, dns.ClassCHAOS, dns.RcodeRefused, "", false},
		{"acme.example.net.", dns.TypeSOA, dns.ClassANY, dns.RcodeRefused, "", false},
	} {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(fmt.Sprintf("%s %s %s %s", c.name, dns.TypeToString[c.typ], dns.ClassToString[c.class], network), func(t *testing.T) {
				t.Parallel()
				query := new(dns.Msg).SetQuestion(c.name, c.typ)
				query.Question[0].Qclass = c.class
				reply := exchange(t, network, addr, query)
				if reply.Rcode != c.rcode || reply.RecursionAvailable || reply.Authoritative != (c.rcode != dns.RcodeRefused) {
					t.Errorf("%s, want %s, authoritative unless refused, no recursion", reply, dns.RcodeToString[c.rcode])
				}
				if got := summary(reply.Answer); got != c.answers {
					t.Errorf("answer section %q, want %q", got, c.answers)
				}
				if got := len(reply.Ns) == 1 && reply.Ns[0].Header().Rrtype == dns.TypeSOA && reply.Ns[0].Header().Name == "acme.example.net."; got != c.soa {
					t.Errorf("authority %v, want the SOA record: %v", reply.Ns, c.soa)
				}
				if reply.Question[0].Name != c.name {
					t.Errorf("the question is returned as %q, want the same case as in %q", reply.Question[0].Name, c.name)
				}
				for _, record := range reply.Answer {
					if record.Header().Name != c.name {
						t.Errorf("the record is of %q, want the same case as in %q", record.Header().Name, c.name)
					}
				}
			})
		}
	}
}

func summary(records []dns.RR) string {
	var summaries []string
	for _, record := range records {
		data := ""
		switch r := record.(type) {
		case *dns.TXT:
			data = strings.Join(r.Txt, "")
		case *dns.SOA:
			data = r.Ns + " " + r.Mbox
		case *dns.NS:
			data = r.Ns
		case *dns.A:
			data = r.A.String()
		case *dns.AAAA:
			data = r.AAAA.String()
		case *dns.HINFO:
			data = r.Cpu
		}
		summaries = append(summaries, dns.TypeToString[record.Header().Rrtype]+" "+data)
	}
	return strings.Join(summaries, " ")
}

func TestTransferIsRejected(t *testing.T) {
	t.Parallel()
	s, addr := startServer(t)
	present(t, s, challengeOf("www.example.com", "t"))
	channel, err := (&dns.Transfer{DialTimeout: time.Minute, ReadTimeout: time.Minute}).In(new(dns.Msg).SetAxfr(zone+"."), addr)
	if err != nil {
		t.Fatal(err)
	}
	for envelope := range channel {
		if envelope.Error == nil || len(envelope.RR) > 0 {
			t.Errorf("got %v, %v; want an error and no records", envelope.RR, envelope.Error)
		}
	}
}

// A name and its wildcard can be validated at the same name concurrently.
func TestTwoValuesAtOneName(t *testing.T) {
	t.Parallel()
	s, addr := startServer(t)
	plain, wildcard := challengeOf("example.com", "one"), challengeOf("example.com", "two")
	query := new(dns.Msg).SetQuestion(dns01.Target(zone, "*.example.com")+".", dns.TypeTXT)
	present(t, s, plain)
	present(t, s, wildcard)
	present(t, s, plain) // presented again, like after a crash
	want := []string{plain.RecordValue(), wildcard.RecordValue()}
	slices.Sort(want)
	if got := txtValues(exchange(t, "udp", addr, query)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := s.CleanUp(t.Context(), plain); err != nil {
		t.Error(err)
	}
	if got := txtValues(exchange(t, "udp", addr, query)); !slices.Equal(got, []string{wildcard.RecordValue()}) {
		t.Errorf("%q, want the other one only", got)
	}
	for range 2 { // the second CleanUp does nothing
		if err := s.CleanUp(t.Context(), wildcard); err != nil {
			t.Error(err)
		}
	}
	if got := exchange(t, "udp", addr, query); got.Rcode != dns.RcodeNameError {
		t.Errorf("%s, want NXDOMAIN", got)
	}
}

func TestValuesExpire(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s, addr := startServer(t, func(o *dns01.Options) { o.Now, o.Expiry = c.now, time.Hour })
	present(t, s, challengeOf("example.com", "one"))
	query := new(dns.Msg).SetQuestion(dns01.Target(zone, "example.com")+".", dns.TypeTXT)
	c.move(time.Hour - time.Second)
	if got := txtValues(exchange(t, "udp", addr, query)); len(got) != 1 {
		t.Errorf("%q before it expires", got)
	}
	c.move(time.Second)
	if got := exchange(t, "udp", addr, query); got.Rcode != dns.RcodeNameError {
		t.Errorf("%s, want NXDOMAIN", got)
	}
}

// The number of values and the size of responses are limited.
func TestBounds(t *testing.T) {
	t.Parallel()
	s, addr := startServer(t)
	for i := range 16 {
		present(t, s, challengeOf("example.com", fmt.Sprint(i)))
	}
	if err := s.Present(t.Context(), challengeOf("example.com", "one too many")); err == nil || !strings.Contains(err.Error(), "already has 16 values") {
		t.Errorf("got %v, want the 17th value to be rejected", err)
	}
	query := new(dns.Msg).SetQuestion(dns01.Target(zone, "example.com")+".", dns.TypeTXT)
	for _, c := range []struct {
		edns, maxSize int
	}{{0, 512}, {100, 512}, {512, 512}, {1000, 1000}, {4096, 1232}, {65535, 1232}} {
		q := query.Copy()
		if c.edns > 0 {
			q.SetEdns0(uint16(c.edns), true)
		}
		reply, size := raw(t, addr, q)
		if size > c.maxSize {
			t.Errorf("EDNS size %d: %d bytes, want %d at most", c.edns, size, c.maxSize)
		}
		if (len(txtValues(reply)) < 16) != reply.Truncated {
			t.Errorf("EDNS size %d: %d values, truncated: %v", c.edns, len(txtValues(reply)), reply.Truncated)
		}
		if (reply.IsEdns0() != nil) != (c.edns > 0) {
			t.Errorf("EDNS size %d: the response has %v", c.edns, reply.IsEdns0())
		}
	}
	if got := exchange(t, "tcp", addr, query); len(txtValues(got)) != 16 || got.Truncated {
		t.Errorf("%d values over TCP, want all 16", len(txtValues(got)))
	}
}

// raw returns a response over UDP and its length on the wire.
func raw(t *testing.T, addr string, query *dns.Msg) (*dns.Msg, int) {
	t.Helper()
	packed, err := query.Pack()
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(packed); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 65536)
	n, err := c.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	reply := new(dns.Msg)
	if err := reply.Unpack(buffer[:n]); err != nil {
		t.Fatal(err)
	}
	return reply, n
}

func TestOddQueries(t *testing.T) {
	t.Parallel()
	_, addr := startServer(t)
	soa := func() *dns.Msg { return new(dns.Msg).SetQuestion(zone+".", dns.TypeSOA) }
	t.Run("a later EDNS", func(t *testing.T) {
		q := soa()
		q.SetEdns0(1232, false)
		q.IsEdns0().SetVersion(1)
		if got := exchange(t, "udp", addr, q); got.Rcode != dns.RcodeBadVers || len(got.Answer) != 0 {
			t.Errorf("%s, want BADVERS", got)
		}
	})
	t.Run("an update", func(t *testing.T) {
		q := new(dns.Msg).SetUpdate(zone + ".")
		q.Insert([]dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: "x." + zone + ".", Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: []string{"x"}}})
		if got := exchange(t, "tcp", addr, q); got.Rcode != dns.RcodeNotImplemented {
			t.Errorf("%s, want NOTIMP", got)
		}
	})
	t.Run("two questions", func(t *testing.T) {
		q := soa()
		q.Question = append(q.Question, q.Question[0])
		if got := exchange(t, "udp", addr, q); got.Rcode != dns.RcodeFormatError {
			t.Errorf("%s, want FORMERR", got)
		}
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		o    dns01.Options
		want []string
	}{
		{"no options", dns01.Options{}, []string{`the zone "" is not a domain name`, "at least one nameserver"}},
		{"the root", dns01.Options{Zone: ".", Nameservers: []string{"ns."}}, []string{`the zone "." is not a domain name`}},
		{"labels", dns01.Options{Zone: "a..b", Nameservers: []string{strings.Repeat("a", 64)}}, []string{`"a..b" is not`, "is not a domain name like ns1"}},
		{"too long", dns01.Options{Zone: strings.Repeat("a.", 125) + "b", Nameservers: []string{"ns.test"}}, []string{"is too long"}},
		{"address", dns01.Options{Zone: zone, Nameservers: []string{"ns.test"}, Addresses: map[string][]netip.Addr{"ns.test": nil}}, []string{`address of "ns.test": the name is not in the zone`}},
		{"contact", dns01.Options{Zone: zone, Nameservers: []string{"ns.test"}, Contact: "me"}, []string{`"me" is not a mail address`}},
		{"time", dns01.Options{Zone: zone, Nameservers: []string{"ns.test"}, TTL: -1}, []string{"must not be negative"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := dns01.New(c.o)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

func TestContact(t *testing.T) {
	t.Parallel()
	_, addr := startServer(t, func(o *dns01.Options) { o.Contact = "dns.ops@example.org" })
	got := exchange(t, "udp", addr, new(dns.Msg).SetQuestion(zone+".", dns.TypeSOA))
	if mbox := got.Answer[0].(*dns.SOA).Mbox; mbox != `dns\.ops.example.org.` {
		t.Errorf("mailbox %s", mbox)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	s, addr := startServer(t)
	if _, err := s.Listen(context.Background(), addr); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("got %v, want an error with the address", err)
	}
}
