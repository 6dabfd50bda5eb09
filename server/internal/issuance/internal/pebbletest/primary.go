package pebbletest

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// PrimaryOptions configures the zone and the faults of a Primary.
type PrimaryOptions struct {
	Zone      string // canonical, like "example.com."
	Key       string // TSIG key name, canonical
	Secret    string // Base64
	Algorithm string // name of the dns package; HMAC-SHA256 if empty

	Refuse      int               // response code for every update; 0 to accept updates
	Alias       map[string]string // CNAME records
	Lag         time.Duration     // delay until an update is served
	Lame        bool              // whether responses are not authoritative
	Unsigned    bool              // whether responses to updates are unsigned
	ClockOffset time.Duration     // how far its clock is ahead
}

// Primary is the primary server of a zone. It accepts signed updates (RFC 2136) of
// TXT records.
type Primary struct {
	Addr string

	o  PrimaryOptions
	mu sync.Mutex

	records map[string]map[string]time.Time // time of addition by name and value
	updates int
}

// StartPrimary runs a primary server until the test is complete.
func StartPrimary(t testing.TB, o PrimaryOptions) *Primary {
	t.Helper()
	if o.Algorithm == "" {
		o.Algorithm = dns.HmacSHA256
	}
	p := &Primary{o: o, records: map[string]map[string]time.Time{}}
	p.Addr = Serve(t, p, func(s *dns.Server) {
		s.TsigSecret = map[string]string{o.Key: o.Secret}
		s.MsgAcceptFunc = func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept }
	})
	return p
}

// Values returns the TXT records of a name.
func (p *Primary) Values(name string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.records[dns.CanonicalName(name)]))
}

// Updates returns the number of accepted updates.
func (p *Primary) Updates() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.updates
}

// Add adds a TXT record of another client. It is served immediately.
func (p *Primary) Add(name, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(dns.CanonicalName(name), value, time.Now().Add(-time.Hour))
}

func (p *Primary) add(name, value string, since time.Time) {
	if p.records[name] == nil {
		p.records[name] = map[string]time.Time{}
	}
	p.records[name][value] = since
}

// ServeDNS processes a query or an update.
func (p *Primary) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	response := new(dns.Msg).SetReply(r)
	if r.Opcode != dns.OpcodeUpdate {
		p.resolve(response, r.Question[0])
		_ = w.WriteMsg(response)
		return
	}
	signature := r.IsTsig()
	now := time.Now().Add(p.o.ClockOffset)
	wrong := 0
	switch {
	case signature == nil:
		response.Rcode = dns.RcodeRefused
	case signature.Hdr.Name != p.o.Key || signature.Algorithm != p.o.Algorithm:
		wrong = dns.RcodeBadKey
	case now.Sub(time.Unix(int64(signature.TimeSigned), 0)).Abs() > time.Duration(signature.Fudge)*time.Second:
		wrong = dns.RcodeBadTime
	case w.TsigStatus() != nil:
		wrong = dns.RcodeBadSig
	default:
		response.Rcode = p.update(r)
	}
	if wrong != 0 {
		p.refuseSignature(w, response, signature, wrong)
		return
	}
	if signature != nil && !p.o.Unsigned {
		response.SetTsig(signature.Hdr.Name, signature.Algorithm, signature.Fudge, now.Unix())
	}
	_ = w.WriteMsg(response)
}

// refuseSignature sends an unsigned TSIG error. Source: RFC 8945, section 5.2.
func (p *Primary) refuseSignature(w dns.ResponseWriter, response *dns.Msg, signature *dns.TSIG, code int) {
	response.Rcode = dns.RcodeNotAuth
	response.Extra = append(response.Extra, &dns.TSIG{
		Hdr:       dns.RR_Header{Name: signature.Hdr.Name, Rrtype: dns.TypeTSIG, Class: dns.ClassANY},
		Algorithm: signature.Algorithm, TimeSigned: signature.TimeSigned, Fudge: signature.Fudge,
		OrigId: response.Id, Error: uint16(code),
	})
	if packed, err := response.Pack(); err == nil {
		_, _ = w.Write(packed)
	}
}

// update applies an update and returns the response code.
func (p *Primary) update(r *dns.Msg) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.Refuse != 0 {
		return p.o.Refuse
	}
	if len(r.Question) != 1 || r.Question[0].Name != p.o.Zone {
		return dns.RcodeNotAuth
	}
	for _, record := range r.Ns {
		if !dns.IsSubDomain(p.o.Zone, record.Header().Name) {
			return dns.RcodeNotZone
		}
		txt, ok := record.(*dns.TXT)
		if !ok {
			return dns.RcodeRefused
		}
		name, value := dns.CanonicalName(txt.Hdr.Name), strings.Join(txt.Txt, "")
		switch txt.Hdr.Class {
		case dns.ClassINET:
			p.add(name, value, time.Now())
		case dns.ClassNONE:
			delete(p.records[name], value)
		default:
			return dns.RcodeRefused
		}
	}
	p.updates++
	return dns.RcodeSuccess
}

func (p *Primary) resolve(response *dns.Msg, q dns.Question) {
	name := dns.CanonicalName(q.Name)
	if !dns.IsSubDomain(p.o.Zone, name) {
		response.Rcode = dns.RcodeRefused
		return
	}
	response.Authoritative = !p.o.Lame
	header := func(typ uint16) dns.RR_Header {
		return dns.RR_Header{Name: q.Name, Rrtype: typ, Class: dns.ClassINET, Ttl: 60}
	}
	soa := &dns.SOA{Hdr: dns.RR_Header{Name: p.o.Zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET}, Ns: "ns." + p.o.Zone, Mbox: "ops." + p.o.Zone}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch alias := p.o.Alias[name]; {
	case alias != "":
		response.Answer = []dns.RR{&dns.CNAME{Hdr: header(dns.TypeCNAME), Target: alias}}
	case q.Qtype == dns.TypeSOA && name == p.o.Zone:
		response.Answer = []dns.RR{soa}
	case q.Qtype == dns.TypeTXT:
		for value, since := range p.records[name] {
			if time.Since(since) >= p.o.Lag {
				response.Answer = append(response.Answer, &dns.TXT{Hdr: header(dns.TypeTXT), Txt: []string{value}})
			}
		}
	}
	if len(response.Answer) == 0 {
		response.Ns = []dns.RR{soa}
		if len(p.records[name]) == 0 && name != p.o.Zone {
			response.Rcode = dns.RcodeNameError
		}
	}
}
