package dns01

import (
	"net"
	"testing"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// responseRecorder records the responses of a handler.
type responseRecorder struct {
	dns.ResponseWriter
	replies []*dns.Msg
}

func (w *responseRecorder) RemoteAddr() net.Addr { return &net.UDPAddr{} }

func (w *responseRecorder) WriteMsg(m *dns.Msg) error {
	w.replies = append(w.replies, m)
	return nil
}

// FuzzQuery sends arbitrary packets. Each that parses as a query gets one
// well-formed response within the size limit.
func FuzzQuery(f *testing.F) {
	s, err := New(Options{Zone: "acme.example.net", Nameservers: []string{"ns.acme.example.net"}})
	if err != nil {
		f.Fatal(err)
	}
	for _, token := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		if err := s.Present(f.Context(), challenge.Challenge{Name: "example.com", KeyAuthorization: token}); err != nil {
			f.Fatal(err)
		}
	}
	for _, q := range []*dns.Msg{
		new(dns.Msg).SetQuestion(Target("acme.example.net", "example.com")+".", dns.TypeTXT),
		new(dns.Msg).SetQuestion("acme.example.net.", dns.TypeANY),
		new(dns.Msg).SetQuestion(".", dns.TypeNS).SetEdns0(65535, true),
		new(dns.Msg).SetAxfr("acme.example.net."),
		new(dns.Msg).SetUpdate("acme.example.net."),
		new(dns.Msg).SetNotify("acme.example.net."),
		{},
	} {
		packed, err := q.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		query := new(dns.Msg)
		if query.Unpack(data) != nil {
			return
		}
		w := new(responseRecorder)
		s.ServeDNS(w, query.Copy())
		if len(w.replies) != 1 {
			t.Fatalf("%d responses, want 1", len(w.replies))
		}
		packed, err := w.replies[0].Pack()
		if err != nil {
			t.Fatalf("%v\nto %v\ncannot be packed: %v", w.replies[0], query, err)
		}
		if len(packed) > maxUDP {
			t.Errorf("%d bytes over UDP", len(packed))
		}
		reply := new(dns.Msg)
		if err := reply.Unpack(packed); err != nil {
			t.Fatalf("%v cannot be unpacked: %v", w.replies[0], err)
		}
		if !reply.Response || reply.Id != query.Id || reply.RecursionAvailable {
			t.Errorf("%v is not a response to %v", reply, query)
		}
		if len(reply.Answer) > 0 && len(query.Question) != 1 {
			t.Errorf("%v has an answer section for %v", reply, query)
		}
	})
}
