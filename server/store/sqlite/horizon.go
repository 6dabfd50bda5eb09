package sqlite

import (
	"context"
	"time"
)

// NonceHorizon implements store.Store.
func (s *database) NonceHorizon(ctx context.Context) (horizon time.Time, err error) {
	err = s.withReader(ctx, func(c *conn) error {
		horizon, err = readHorizon(ctx, c)
		return err
	})
	return horizon, wrapError("read the horizon of nonces", err)
}

func readHorizon(ctx context.Context, c *conn) (time.Time, error) {
	second, found, err := c.number(ctx, sqlHorizon)
	if err != nil || !found {
		return time.Time{}, err
	}
	return time.Unix(second, 0).UTC(), nil
}

// raiseHorizon sets the horizon to a second, if it is earlier.
func (t *tx) raiseHorizon(ctx context.Context, second int64) error {
	horizon := time.Unix(second, 0).UTC()
	if !t.horizon.Before(horizon) {
		return nil
	}
	if _, err := t.conn.exec(ctx, sqlRaiseHorizon, second); err != nil {
		return err
	}
	t.horizon = horizon
	return nil
}

// LowerNonceHorizon implements store.Store.
func (s *database) LowerNonceHorizon(ctx context.Context, to time.Time) error {
	return wrapError("lower the horizon of nonces", s.writer.write(ctx, lowerHorizon{second: roundUp(to)}))
}

type lowerHorizon struct{ second int64 }

func (lowerHorizon) size() int { return 1 }

func (l lowerHorizon) run(ctx context.Context, t *tx) (refusal, err error) {
	horizon := time.Unix(l.second, 0).UTC()
	if !horizon.Before(t.horizon) {
		return nil, nil
	}
	if _, err := t.conn.exec(ctx, sqlLowerHorizon, l.second); err != nil {
		return nil, err
	}
	t.horizon = horizon
	return nil, nil
}
