package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/esacert/esacert/server/internal/admin"
)

type noncesCmd struct {
	Show  showNoncesCmd  `cmd:"" help:"Show how many nonces a running server remembers, and up to when it has forgotten them."`
	Lower lowerNoncesCmd `cmd:"" help:"Let a running server accept requests of the present again after its clock was ahead. Requests processed before could then be sent again."`
}

type showNoncesCmd struct{ adminFlag }

// Run prints the state of the nonce memory.
func (c showNoncesCmd) Run(ctx context.Context, s streams) error {
	var n admin.Nonces
	if err := c.getJSON(ctx, http.MethodGet, "/nonces", &n); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "nonces remembered    %d of %d\nclock of the server  %s\nforgotten up to      %s (the expiry of the nonce)\nearliest date        %s (of a signed request)\n",
		n.Held, n.Capacity, instant(n.Clock), instant(n.Horizon), instant(n.EarliestDate))
	if err == nil && n.Warning != "" {
		_, err = fmt.Fprintf(s.out, "warning              %s\n", n.Warning)
	}
	return err
}

type lowerNoncesCmd struct {
	adminFlag
	confirmFlag
}

// Run lowers the horizon of a running server to the present time after the
// operator confirms. If the horizon is not ahead, Run fails without a question.
func (c lowerNoncesCmd) Run(ctx context.Context, s streams) error {
	var n admin.Nonces
	if err := c.getJSON(ctx, http.MethodGet, "/nonces", &n); err != nil {
		return err
	}
	if !n.Horizon.After(n.Clock) {
		return fmt.Errorf("the horizon is %s, not ahead of the server's clock (%s); nothing to lower", instant(n.Horizon), instant(n.Clock))
	}
	if err := c.confirm(s, lowerQuestion(n)); err != nil {
		return err
	}
	var l admin.LoweredHorizon
	if err := c.getJSON(ctx, http.MethodPost, "/nonces/lower", &l); err != nil {
		return errors.Join(errors.New("the horizon was not lowered"), err)
	}
	_, err := fmt.Fprintf(s.out, "Requests dated from %s on are accepted. Those dated before %s that were processed before could be sent again, the last one until %s.\n",
		instant(l.DatedFrom), instant(l.DatedBefore), instant(l.From))
	return err
}

// lowerQuestion describes what an attacker gains.
func lowerQuestion(n admin.Nonces) string {
	return fmt.Sprintf(`The clock of the server says %s. Check first that it is right.
The clock was ahead, and the nonces that expire before %s are forgotten, so requests dated before %s are rejected.
After lowering, an attacker who has recorded a request with a date from 15 minutes ago to %s can send it again: once, until 15 minutes after its date, the last one until %s.
This includes requests that were dated ahead. The server then applies again for the same names, and uses quota again, unless an application for them is pending.
Lower the horizon to the present time?`,
		instant(n.Clock), instant(n.Horizon), instant(n.EarliestDate), instant(n.EarliestDate), instant(n.Horizon))
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
