package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// NonceState is the state of the cache of used nonces.
type NonceState struct {
	Held     int // stored nonces
	Capacity int // places

	Clock time.Time // present time of the server

	// Horizon is the latest time up to which nonces were forgotten. Signed
	// requests dated before EarliestDate, 15 minutes earlier, are rejected,
	// because they may have been processed before.
	Horizon      time.Time
	EarliestDate time.Time

	// Behind reports that the clock was set back past the horizon, so requests are
	// rejected that the 15 minutes around the clock would allow. Closed reports
	// that this is so for requests dated at present too, until EarliestDate.
	Behind, Closed bool
}

// State returns the state of the nonce cache.
func (n *DurableNonces) State() NonceState {
	now, horizon := n.clock(), n.cache.Horizon()
	earliest := EarliestDate(horizon)
	return NonceState{
		Held: n.cache.Len(), Capacity: n.cache.Capacity(), Clock: now.UTC(), Horizon: horizon, EarliestDate: earliest,
		Behind: horizon.After(now), Closed: earliest.After(now),
	}
}

// Warning explains Behind or Closed. It returns "" if neither is set.
func (n NonceState) Warning() string {
	earliest, horizon := n.EarliestDate.Format(time.RFC3339), n.Horizon.Format(time.RFC3339)
	const why = "the clock was ahead and was set back; nonces that expire before %s are forgotten, so a request from before could be sent again"
	switch {
	case n.Closed:
		return fmt.Sprintf("every signed request is rejected until %s: "+why+"; 'esacertd nonces lower' accepts that and ends it", earliest, horizon)
	case n.Behind:
		return fmt.Sprintf("signed requests dated before %s are rejected: "+why, earliest, horizon)
	default:
		return ""
	}
}

// horizonLog logs when the clock falls behind the horizon or catches up with it.
type horizonLog struct {
	mu           sync.Mutex
	behind, shut bool // as logged last
}

func (l *horizonLog) observe(n NonceState, logger *slog.Logger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.behind == n.Behind && l.shut == n.Closed {
		return
	}
	l.behind, l.shut = n.Behind, n.Closed
	if !n.Behind {
		logger.Info("no more requests are rejected for forgotten nonces")
		return
	}
	logger.Warn("requests are rejected for forgotten nonces",
		"dated_before", n.EarliestDate, "all", n.Closed, "horizon", n.Horizon, "reason", n.Warning())
}

// CheckHorizon logs if the clock has fallen behind the horizon or caught up with it
// since the last check.
func (n *DurableNonces) CheckHorizon() { n.horizonLog.observe(n.State(), n.logger) }

// ErrNotAhead is the error of LowerHorizon if there is nothing to lower.
var ErrNotAhead = errors.New("auth: the horizon of forgotten nonces is not later than the present time")

// Lowered is the result of LowerHorizon. Requests dated from DatedFrom on and
// before DatedBefore that were processed before can be sent again: each once, until
// 15 minutes after its date.
type Lowered struct {
	From, To    time.Time // horizon, before and after
	DatedFrom   time.Time // earliest date that is accepted from now on
	DatedBefore time.Time // date from which on no processed request could be sent again
}

// LowerHorizon sets the horizon of forgotten nonces to the present second and
// no further, in memory and in the store, so that requests dated at present are
// accepted again after the clock was ahead.
//
// Errors: ErrNotAhead, and those of the store; then nothing was changed.
func (n *DurableNonces) LowerHorizon(ctx context.Context) (Lowered, error) {
	n.saving.Lock() // Save forgets nonces, too
	defer n.saving.Unlock()
	now, from := n.clock().UTC().Truncate(time.Second), n.cache.Horizon()
	if !from.After(now) {
		return Lowered{}, fmt.Errorf("%w: the horizon is %s, the clock says %s", ErrNotAhead, from.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	if err := n.store.LowerNonceHorizon(ctx, now); err != nil {
		return Lowered{}, fmt.Errorf("auth: lower the horizon of forgotten nonces: %w", err)
	}
	n.cache.Lower(now)
	n.logger.Warn("horizon of forgotten nonces lowered: requests from before could be sent again",
		"from", from, "to", now, "dated_from", EarliestDate(now), "dated_before", EarliestDate(from))
	n.CheckHorizon()
	return Lowered{From: from, To: now, DatedFrom: EarliestDate(now), DatedBefore: EarliestDate(from)}, nil
}

// EarliestDate returns the earliest date that a request may have, given the time
// up to which nonces were forgotten.
func EarliestDate(horizon time.Time) time.Time { return horizon.Add(-signature.MaxClockSkew) }

// forgottenDetail returns the journal detail of a date that is rejected although it
// is within the window.
func forgottenDetail(date string, horizon, now time.Time) string {
	return fmt.Sprintf("signed at %s, the clock says %s, but requests dated before %s are rejected: "+
		"the clock was ahead and was set back, and nonces that expire before %s are forgotten, so a request from before could be sent again "+
		"('esacertd nonces lower' accepts that)",
		date, now.UTC().Format(time.RFC3339), EarliestDate(horizon).Format(time.RFC3339), horizon.Format(time.RFC3339))
}
