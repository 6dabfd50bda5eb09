package sqlite

import (
	"context"
	"slices"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// TakeRates implements store.Jobs.
//
// A rate is stored as the time when it is full again (the theoretical arrival
// time of GCRA). The time until then is what is used up, and a rate that has not
// been used for long needs no row.
func (s *database) TakeRates(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	merged, err := storerules.MergeRates(rates)
	if err != nil {
		return 0, err
	}
	op := &takeRates{now: now.UnixMicro(), rates: merged}
	if err := s.writer.write(ctx, op); err != nil {
		return 0, wrapError("take rates", err)
	}
	return time.Duration(op.wait) * time.Microsecond, nil
}

type takeRates struct {
	now   int64
	rates []store.Rate // each key once
	wait  int64
}

func (s *takeRates) size() int { return len(s.rates) }

func (s *takeRates) run(ctx context.Context, t *tx) (refusal, err error) {
	s.wait = 0
	after := make([]int64, len(s.rates))
	var late []int // rates that a clock which was set back since has left behind
	for i, r := range s.rates {
		full, found, err := t.conn.number(ctx, sqlRate, r.Key)
		if err != nil {
			return nil, err
		}
		if !found {
			full = s.now
		}
		if isFromFuture(r, s.now, full) {
			late = append(late, i)
		}
		var wait int64
		after[i], wait = take(r, s.now, full)
		s.wait = max(s.wait, wait)
	}
	for i, r := range s.rates {
		at := after[i]
		switch {
		case s.wait == 0 && r.Cost != 0:
		case slices.Contains(late, i):
			// Otherwise it would be as far ahead at the next check, and no event
			// would be granted until the clock has caught up.
			at = s.now + refillTime(r)
		default:
			continue // a look leaves no row
		}
		if _, err := t.conn.exec(ctx, sqlSetRate, r.Key, at); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// interval returns the interval of a rate in microseconds, rounded up, so that
// the rate never grants too much.
func interval(r store.Rate) int64 {
	return int64((r.Interval + time.Microsecond - 1) / time.Microsecond)
}

// refillTime is the time an empty rate takes to be full.
func refillTime(r store.Rate) int64 { return interval(r) * int64(r.Burst) }

// isFromFuture reports whether the time when the rate is full was written by a
// clock that has since been set back.
func isFromFuture(r store.Rate, now, full int64) bool {
	return full > now+refillTime(r)+storerules.MaxClockSkew.Microseconds()
}

// take returns the time when the rate is full again after the cost is taken, or
// how long to wait until it can be. Times are in microseconds.
func take(r store.Rate, now, full int64) (after, wait int64) {
	interval, end := interval(r), now+refillTime(r)
	if isFromFuture(r, now, full) {
		full = end
	}
	full = max(full, now)
	cost := int64(r.Cost)
	if cost < 0 {
		return max(full+cost*interval, now), 0
	}
	if late := full + max(cost, 1)*interval - end; late > 0 {
		return full, late
	}
	return full + cost*interval, 0
}

// DeleteFullRates implements store.Jobs.
func (s *database) DeleteFullRates(ctx context.Context, now time.Time) error {
	for {
		op := &deleteFullRates{now: now.UnixMicro()}
		if err := s.writer.write(ctx, op); err != nil {
			return wrapError("forget rates", err)
		}
		if op.gone < forgetRows {
			return nil
		}
	}
}

type deleteFullRates struct{ now, gone int64 }

func (*deleteFullRates) size() int { return forgetRows }

func (f *deleteFullRates) run(ctx context.Context, t *tx) (refusal, err error) {
	f.gone, err = t.conn.exec(ctx, sqlDeleteFullRates, f.now, int64(forgetRows))
	return nil, err
}
