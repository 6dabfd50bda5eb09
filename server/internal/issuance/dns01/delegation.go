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

// Resolver queries the DNS like a certificate authority, and follows aliases.
// *net.Resolver implements it.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupCNAME(ctx context.Context, name string) (string, error)
}

const pollInterval = time.Second

// waitVisible waits until a lookup of the challenge name returns its value.
func (s *Server) waitVisible(ctx context.Context, c challenge.Challenge) error {
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	var last error
	for first := true; ; first = false {
		values, err := s.delegation.LookupTXT(waiting, c.RecordName()+".")
		if slices.Contains(values, c.RecordValue()) {
			return nil
		}
		if first || ctxerr.Err(waiting) == nil { // a later lookup that the deadline stops has no useful error
			last = err
		}
		select {
		case <-time.After(pollInterval):
		case <-waiting.Done():
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("wait until %s is visible: %w", c.RecordName(), err)
			}
			return s.notVisibleError(ctx, c, last)
		}
	}
}

// notVisibleError returns an error with the missing record.
func (s *Server) notVisibleError(ctx context.Context, c challenge.Challenge, last error) error {
	zone := strings.TrimSuffix(s.zone, ".")
	because := "it has other values"
	if last != nil {
		because = last.Error()
	}
	alias, err := s.delegation.LookupCNAME(ctx, c.RecordName()+".")
	if err == nil && strings.EqualFold(strings.TrimSuffix(alias, "."), Target(zone, c.Name)) {
		return fmt.Errorf("%s points to this zone, but its value is not visible after %v (%s): delegate %s to this server",
			c.RecordName(), s.wait, because, zone)
	}
	return fmt.Errorf("%s not visible after %v (%s): add the DNS record %q",
		c.RecordName(), s.wait, because, Delegation(zone, c.Name))
}
