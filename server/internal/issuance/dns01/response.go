package dns01

import (
	"strings"

	"github.com/miekg/dns"
)

// maxUDP is the maximum size of a response over UDP, which fits every path without
// fragmentation. Source: DNS flag day 2020.
const maxUDP = 1232

// ServeDNS implements dns.Handler. The package comment lists the responses.
func (s *Server) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	_ = w.WriteMsg(s.reply(query, w.RemoteAddr().Network() == "udp"))
}

// reply returns the response to a query.
func (s *Server) reply(query *dns.Msg, udp bool) *dns.Msg {
	reply := new(dns.Msg)
	reply.SetReply(query)
	reply.RecursionAvailable = false
	size := dns.MinMsgSize
	opt := query.IsEdns0()
	if opt != nil {
		size = min(max(int(opt.UDPSize()), dns.MinMsgSize), maxUDP)
		reply.SetEdns0(maxUDP, false)
	}
	switch {
	case opt != nil && opt.Version() != 0:
		reply.Rcode = dns.RcodeBadVers
	case query.Opcode != dns.OpcodeQuery:
		reply.Rcode = dns.RcodeNotImplemented
	case len(query.Question) != 1:
		reply.Rcode = dns.RcodeFormatError
	default:
		s.resolve(reply, query.Question[0])
	}
	if udp {
		reply.Truncate(size)
	}
	return reply
}

// resolve adds the response to one question.
func (s *Server) resolve(reply *dns.Msg, q dns.Question) {
	name := dns.CanonicalName(q.Name)
	if q.Qclass != dns.ClassINET || !dns.IsSubDomain(s.zone, name) {
		reply.Rcode = dns.RcodeRefused
		return
	}
	if q.Qtype == dns.TypeAXFR || q.Qtype == dns.TypeIXFR {
		reply.Rcode = dns.RcodeRefused
		return
	}
	reply.Authoritative = true
	records, exists := s.records(name, q.Name)
	switch {
	case !exists:
		reply.Rcode = dns.RcodeNameError
	case q.Qtype == dns.TypeANY:
		reply.Answer = []dns.RR{&dns.HINFO{Hdr: s.header(q.Name, dns.TypeHINFO), Cpu: "RFC8482"}}
	default:
		for _, record := range records {
			if record.Header().Rrtype == q.Qtype {
				reply.Answer = append(reply.Answer, record)
			}
		}
	}
	if len(reply.Answer) == 0 {
		// It sets how long the absence may be cached. Source: RFC 2308, section 3.
		reply.Ns = []dns.RR{s.soa(s.zone)}
	}
}

// records returns the records of a name in the zone, and whether the name exists.
// They carry the name in the case of the question, which resolvers compare (0x20).
func (s *Server) records(name, question string) (records []dns.RR, exists bool) {
	if name == s.zone {
		records = append(records, s.soa(question))
		for _, server := range s.nameservers {
			records = append(records, &dns.NS{Hdr: s.header(question, dns.TypeNS), Ns: server})
		}
		exists = true
	}
	for _, address := range s.addresses[name] {
		exists = true
		if address.Is4() || address.Is4In6() {
			records = append(records, &dns.A{Hdr: s.header(question, dns.TypeA), A: address.Unmap().AsSlice()})
		} else {
			records = append(records, &dns.AAAA{Hdr: s.header(question, dns.TypeAAAA), AAAA: address.AsSlice()})
		}
	}
	label, below := strings.CutSuffix(name, "."+s.zone)
	if !below {
		return records, exists
	}
	for _, txt := range s.values.of(label) {
		exists = true
		records = append(records, &dns.TXT{Hdr: s.header(question, dns.TypeTXT), Txt: []string{txt}})
	}
	// A name between the zone and a name with an address exists without records.
	for server := range s.addresses {
		exists = exists || dns.IsSubDomain(name, server)
	}
	return records, exists
}

func (s *Server) header(name string, typ uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: typ, Class: dns.ClassINET, Ttl: s.ttl}
}

func (s *Server) soa(name string) *dns.SOA {
	return &dns.SOA{
		Hdr: s.header(name, dns.TypeSOA), Ns: s.nameservers[0], Mbox: s.mailbox,
		// No secondaries exist: the values are in the memory of this process.
		Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: s.ttl,
	}
}
