package sqlite

import (
	"context"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Spend implements store.Jobs.
//
// A rate is kept as the time when all of it is there again (the theoretical
// arrival time of GCRA). So much of it is used up as lies between now and then,
// and a rate that nobody has used for long needs no row.
func (s *Store) Spend(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	merged, err := store.MergeRates(rates)
	if err != nil {
		return 0, err
	}
	op := &spend{now: now.UnixMicro(), rates: merged}
	if err := s.writer.write(ctx, op); err != nil {
		return 0, outcome("spend", err)
	}
	return time.Duration(op.wait) * time.Microsecond, nil
}

type spend struct {
	now   int64
	rates []store.Rate // each key once
	wait  int64
}

func (s *spend) size() int { return len(s.rates) }

func (s *spend) run(ctx context.Context, t *tx) (refusal, err error) {
	s.wait = 0
	after := make([]int64, len(s.rates))
	for i, r := range s.rates {
		full, _, err := t.conn.number(ctx, sqlRate, r.Key)
		if err != nil {
			return nil, err
		}
		var wait int64
		after[i], wait = take(r, s.now, full)
		s.wait = max(s.wait, wait)
	}
	if s.wait > 0 {
		return nil, nil
	}
	for i, r := range s.rates {
		// A look leaves no row, and nothing of a clock that was set back.
		if r.Cost == 0 {
			continue
		}
		if _, err := t.conn.exec(ctx, sqlSetRate, r.Key, after[i]); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// take gives when the rate is full again after it has paid, or how long to wait
// until it can pay. Times are microseconds.
func take(r store.Rate, now, full int64) (after, wait int64) {
	// Rounded up, so that it never grants more than it should.
	interval := int64((r.Interval + time.Microsecond - 1) / time.Microsecond)
	whole := interval * int64(r.Burst)
	// Later than this is what a clock has left behind that was set back.
	full = min(max(full, now), now+whole)
	cost := int64(r.Cost)
	if cost < 0 {
		return max(full+cost*interval, now), 0
	}
	needed := max(cost, 1)
	if late := full + needed*interval - (now + whole); late > 0 {
		return full, late
	}
	return full + cost*interval, 0
}

// ForgetRates implements store.Jobs.
func (s *Store) ForgetRates(ctx context.Context, now time.Time) error {
	for {
		op := &forgetRates{now: now.UnixMicro()}
		if err := s.writer.write(ctx, op); err != nil {
			return outcome("forget rates", err)
		}
		if op.gone < forgetRows {
			return nil
		}
	}
}

type forgetRates struct{ now, gone int64 }

func (*forgetRates) size() int { return forgetRows }

func (f *forgetRates) run(ctx context.Context, t *tx) (refusal, err error) {
	f.gone, err = t.conn.exec(ctx, sqlForgetRates, f.now, int64(forgetRows))
	return nil, err
}
