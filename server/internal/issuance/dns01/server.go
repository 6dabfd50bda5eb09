package dns01

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// Server is the DNS server of one zone, and the challenge.Solver of the names
// that lead there. It is used from many goroutines.
type Server struct {
	zone        string // canonical: lower case, with a dot at its end
	nameservers []string
	addresses   map[string][]netip.Addr
	mailbox     string
	ttl         uint32
	values      *values
	delegation  Resolver
	wait        time.Duration
}

var _ challenge.Solver = (*Server)(nil)

// New makes a server. It listens to nothing yet, see Listen. The error lists
// all that is wrong with the options.
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

// Present serves the value of a challenge, beside others of the same name.
//
// Errors: too many values; with Options.Delegation also that the challenge name
// does not lead here, with the record that is missing.
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

// CleanUp serves the value of a challenge no longer.
func (s *Server) CleanUp(_ context.Context, c challenge.Challenge) error {
	s.values.remove(challengeLabelOf(c.Name), c.RecordValue())
	return nil
}
