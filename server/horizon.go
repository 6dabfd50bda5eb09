package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/auth"
)

// Nonces is the state of the memory of used nonces.
type Nonces struct {
	Held     int // nonces that are remembered
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

// Nonces returns the state of the memory of used nonces.
func (s *Server) Nonces() Nonces { return noncesAt(s.nonces, s.clock()) }

func noncesAt(memory *auth.NonceCache, now time.Time) Nonces {
	horizon := memory.Horizon()
	earliest := auth.EarliestDate(horizon)
	return Nonces{
		Held: memory.Len(), Capacity: memory.Capacity(), Clock: now.UTC(), Horizon: horizon, EarliestDate: earliest,
		Behind: horizon.After(now), Closed: earliest.After(now),
	}
}

// Warning explains Behind or Closed; "" if it is neither.
func (n Nonces) Warning() string {
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

// horizonLog logs once each time the clock falls behind the horizon, or catches
// up with it.
type horizonLog struct {
	mu           sync.Mutex
	behind, shut bool // as logged last
}

func (l *horizonLog) observe(n Nonces, logger *slog.Logger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.behind == n.Behind && l.shut == n.Closed {
		return
	}
	l.behind, l.shut = n.Behind, n.Closed
	if !n.Behind {
		logger.Info("no requests are rejected for forgotten nonces any longer")
		return
	}
	logger.Warn("requests are rejected for forgotten nonces",
		"dated_before", n.EarliestDate, "all", n.Closed, "horizon", n.Horizon, "reason", n.Warning())
}

// checkHorizon compares the clock with the horizon, for the log.
func (s *Server) checkHorizon() { s.horizonLog.observe(s.Nonces(), s.logger) }

// ErrNotAhead is the error of LowerNonceHorizon if there is nothing to lower.
var ErrNotAhead = errors.New("server: the horizon of forgotten nonces is not later than the present time")

// Lowered is what LowerNonceHorizon has done. Requests dated from DatedFrom on and
// before DatedBefore that were processed before can be sent again: each once, until
// 15 minutes after its date.
type Lowered struct {
	From, To    time.Time // horizon, before and after
	DatedFrom   time.Time // earliest date that is accepted from now on
	DatedBefore time.Time // date from which on no processed request could be sent again
}

// LowerNonceHorizon sets the horizon of forgotten nonces to the present second and
// no further, in memory and in the store, so that requests dated at present are
// accepted again after the clock was ahead.
//
// Errors: ErrNotAhead, and those of the store; then nothing was changed.
func (s *Server) LowerNonceHorizon(ctx context.Context) (Lowered, error) {
	s.saver.saving.Lock() // which forgets, too
	defer s.saver.saving.Unlock()
	now, from := s.clock().UTC().Truncate(time.Second), s.nonces.Horizon()
	if !from.After(now) {
		return Lowered{}, fmt.Errorf("%w: the horizon is %s, the clock says %s", ErrNotAhead, from.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	if err := s.store.LowerNonceHorizon(ctx, now); err != nil {
		return Lowered{}, fmt.Errorf("server: lower the horizon of forgotten nonces: %w", err)
	}
	s.nonces.Lower(now)
	s.logger.Warn("horizon of forgotten nonces lowered: requests from before could be sent again",
		"from", from, "to", now, "dated_from", auth.EarliestDate(now), "dated_before", auth.EarliestDate(from))
	s.checkHorizon()
	return Lowered{From: from, To: now, DatedFrom: auth.EarliestDate(now), DatedBefore: auth.EarliestDate(from)}, nil
}
