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

// PrimaryOptions says which zone a Primary has, and what goes wrong with it.
type PrimaryOptions struct {
	Zone      string // canonical, like "example.com."
	Key       string // of TSIG, canonical
	Secret    string // Base64
	Algorithm string // as the dns package names it; HMAC-SHA256 if empty

	Refuse      int               // a response code for every update; 0 to take them
	Alias       map[string]string // CNAME records
	Lag         time.Duration     // until an update is served
	Lame        bool              // it is not authoritative for anything
	Unsigned    bool              // its answers to updates are not signed
	ClockOffset time.Duration     // how much its clock is ahead
}

// Primary is the primary server of a zone, which takes signed updates (RFC 2136)
// of TXT records.
type Primary struct {
	Addr string

	o  PrimaryOptions
	mu sync.Mutex

	records map[string]map[string]time.Time // since when values are there, by name
	updates int
}

// StartPrimary runs a primary server until the test ends.
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

// Values lists the TXT records of a name.
func (p *Primary) Values(name string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.records[dns.CanonicalName(name)]))
}

// Updates counts the updates that were taken.
func (p *Primary) Updates() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.updates
}

// Add puts a record of somebody else's there.
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

// ServeDNS is the server at work.
func (p *Primary) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	answer := new(dns.Msg).SetReply(r)
	if r.Opcode != dns.OpcodeUpdate {
		p.resolve(answer, r.Question[0])
		_ = w.WriteMsg(answer)
		return
	}
	signature := r.IsTsig()
	now := time.Now().Add(p.o.ClockOffset)
	wrong := 0
	switch {
	case signature == nil:
		answer.Rcode = dns.RcodeRefused
	case signature.Hdr.Name != p.o.Key || signature.Algorithm != p.o.Algorithm:
		wrong = dns.RcodeBadKey
	case now.Sub(time.Unix(int64(signature.TimeSigned), 0)).Abs() > time.Duration(signature.Fudge)*time.Second:
		wrong = dns.RcodeBadTime
	case w.TsigStatus() != nil:
		wrong = dns.RcodeBadSig
	default:
		answer.Rcode = p.update(r)
	}
	if wrong != 0 {
		p.refuseSignature(w, answer, signature, wrong)
		return
	}
	if signature != nil && !p.o.Unsigned {
		answer.SetTsig(signature.Hdr.Name, signature.Algorithm, signature.Fudge, now.Unix())
	}
	_ = w.WriteMsg(answer)
}

// refuseSignature answers without a signature. Source: RFC 8945, section 5.2.
func (p *Primary) refuseSignature(w dns.ResponseWriter, answer *dns.Msg, signature *dns.TSIG, code int) {
	answer.Rcode = dns.RcodeNotAuth
	answer.Extra = append(answer.Extra, &dns.TSIG{
		Hdr:       dns.RR_Header{Name: signature.Hdr.Name, Rrtype: dns.TypeTSIG, Class: dns.ClassANY},
		Algorithm: signature.Algorithm, TimeSigned: signature.TimeSigned, Fudge: signature.Fudge,
		OrigId: answer.Id, Error: uint16(code),
	})
	if packed, err := answer.Pack(); err == nil {
		_, _ = w.Write(packed)
	}
}

// update does an update, or gives the code that it is refused with.
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

func (p *Primary) resolve(answer *dns.Msg, q dns.Question) {
	name := dns.CanonicalName(q.Name)
	if !dns.IsSubDomain(p.o.Zone, name) {
		answer.Rcode = dns.RcodeRefused
		return
	}
	answer.Authoritative = !p.o.Lame
	header := func(typ uint16) dns.RR_Header {
		return dns.RR_Header{Name: q.Name, Rrtype: typ, Class: dns.ClassINET, Ttl: 60}
	}
	soa := &dns.SOA{Hdr: dns.RR_Header{Name: p.o.Zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET}, Ns: "ns." + p.o.Zone, Mbox: "ops." + p.o.Zone}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch alias := p.o.Alias[name]; {
	case alias != "":
		answer.Answer = []dns.RR{&dns.CNAME{Hdr: header(dns.TypeCNAME), Target: alias}}
	case q.Qtype == dns.TypeSOA && name == p.o.Zone:
		answer.Answer = []dns.RR{soa}
	case q.Qtype == dns.TypeTXT:
		for value, since := range p.records[name] {
			if time.Since(since) >= p.o.Lag {
				answer.Answer = append(answer.Answer, &dns.TXT{Hdr: header(dns.TypeTXT), Txt: []string{value}})
			}
		}
	}
	if len(answer.Answer) == 0 {
		answer.Ns = []dns.RR{soa}
		if len(p.records[name]) == 0 && name != p.o.Zone {
			answer.Rcode = dns.RcodeNameError
		}
	}
}
