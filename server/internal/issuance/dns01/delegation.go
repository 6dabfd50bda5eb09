package dns01

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/ctxerr"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// Resolver asks the DNS as an authority would, aliases followed. A *net.Resolver
// is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupCNAME(ctx context.Context, name string) (string, error)
}

const pollInterval = time.Second

// waitVisible waits until the value of a challenge is seen under its own name.
func (s *Server) waitVisible(ctx context.Context, c challenge.Challenge) error {
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	var last error
	for first := true; ; first = false {
		values, err := s.delegation.LookupTXT(waiting, c.RecordName()+".")
		if slices.Contains(values, c.RecordValue()) {
			return nil
		}
		if first || ctxerr.Err(waiting) == nil { // a later question that the end cuts off says nothing
			last = err
		}
		select {
		case <-time.After(pollInterval):
		case <-waiting.Done():
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("waiting for %s to be seen: %w", c.RecordName(), err)
			}
			return s.notVisibleError(ctx, c, last)
		}
	}
}

// notVisibleError says which record is missing.
func (s *Server) notVisibleError(ctx context.Context, c challenge.Challenge, last error) error {
	zone := strings.TrimSuffix(s.zone, ".")
	because := "it has other values"
	if last != nil {
		because = last.Error()
	}
	alias, err := s.delegation.LookupCNAME(ctx, c.RecordName()+".")
	if err == nil && strings.EqualFold(strings.TrimSuffix(alias, "."), Target(zone, c.Name)) {
		return fmt.Errorf("%s leads to this zone, but its value is not seen after %v (%s): is %s delegated to this server?",
			c.RecordName(), s.wait, because, zone)
	}
	return fmt.Errorf("%s not visible after %v (%s): add the DNS record %q",
		c.RecordName(), s.wait, because, Delegation(zone, c.Name))
}
