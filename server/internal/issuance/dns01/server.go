package dns01

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// Server is the DNS server of one zone, and the challenge.Solver of the names that
// point to it. It is safe for concurrent use.
type Server struct {
	zone        string // canonical: lower case, with a trailing dot
	nameservers []string
	addresses   map[string][]netip.Addr
	mailbox     string
	ttl         uint32
	values      *values
	delegation  Resolver
	wait        time.Duration
}

var _ challenge.Solver = (*Server)(nil)

// New returns a server that does not listen yet: see Listen. The error lists every
// invalid option.
func New(o Options) (*Server, error) {
	zone, nameservers, addresses, err := o.names()
	if err != nil {
		return nil, fmt.Errorf("dns01: %w", err)
	}
	if o.TTL == 0 {
		o.TTL = DefaultTTL
	}
	if o.Expiry == 0 {
		o.Expiry = DefaultExpiry
	}
	if o.Wait == 0 {
		o.Wait = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{
		zone:        zone,
		nameservers: nameservers,
		addresses:   addresses,
		mailbox:     o.mailbox(zone),
		ttl:         uint32(o.TTL.Round(time.Second) / time.Second),
		values:      &values{now: o.Now, expiry: o.Expiry, names: make(map[string][]value)},
		delegation:  o.Delegation,
		wait:        o.Wait,
	}, nil
}

// Present serves the value of a challenge, in addition to others of the same name.
//
// It returns an error if the name has too many values, or if Options.Delegation does
// not see the value; the error names the missing record.
func (s *Server) Present(ctx context.Context, c challenge.Challenge) error {
	if err := s.values.add(challengeLabelOf(c.Name), c.RecordValue()); err != nil {
		return fmt.Errorf("dns01: %s: %w", c.Name, err)
	}
	if s.delegation == nil {
		return nil
	}
	if err := s.waitVisible(ctx, c); err != nil {
		return fmt.Errorf("dns01: %w", err)
	}
	return nil
}

// CleanUp stops serving the value of a challenge.
func (s *Server) CleanUp(_ context.Context, c challenge.Challenge) error {
	s.values.remove(challengeLabelOf(c.Name), c.RecordValue())
	return nil
}
