package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// leaseRows is the number of applications leased in one transaction. Each is read
// with its certificate, and the writer is busy meanwhile.
const leaseRows = 256

// Lease implements store.Jobs.
func (s *database) Lease(ctx context.Context, now, until time.Time, limit int) ([]store.Job, error) {
	now, until = storerules.NormalizeTime(now), storerules.NormalizeTime(until)
	// With another end, the leased steps would be due again immediately.
	endsLater := until.After(now) && !until.After(now.Add(storerules.MaxPostponement))
	var leased []store.Job
	for {
		op := &lease{now: now, until: until, limit: max(min(limit-len(leased), leaseRows), 0)}
		switch err := s.writer.write(ctx, op); {
		case err != nil && len(leased) > 0:
			return leased, nil // the next call meets the error
		case err != nil:
			return nil, wrapError("lease", err)
		}
		leased = append(leased, op.leased...)
		if len(op.leased) < leaseRows || len(leased) >= limit || !endsLater {
			return leased, nil
		}
	}
}

type lease struct {
	now, until time.Time
	limit      int
	leased     []store.Job
}

func (l *lease) size() int { return l.limit }

func (l *lease) run(ctx context.Context, t *tx) (refusal, err error) {
	l.leased = nil // reset: this may be the second run
	ids, err := l.due(ctx, t.conn)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, err := t.conn.exec(ctx, sqlLease, l.until.UnixMicro(), id); err != nil {
			return nil, err
		}
		err := t.conn.query(ctx, sqlJob, []any{id}, func(row []driver.Value) error {
			job, err := readJob(row)
			l.leased = append(l.leased, job)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// due returns the applications to lease: the longest due first, then those due so
// late that only a clock that was set back can have written it.
func (l *lease) due(ctx context.Context, c *conn) (ids []int64, err error) {
	collect := func(row []driver.Value) error {
		r := rowScanner{row: row}
		ids = append(ids, r.integer())
		return r.err
	}
	if err := c.query(ctx, sqlDue, []any{l.now.UnixMicro(), int64(l.limit)}, collect); err != nil {
		return nil, err
	}
	if rest := l.limit - len(ids); rest > 0 {
		far := l.now.Add(storerules.MaxPostponement).UnixMicro()
		if err := c.query(ctx, sqlFarAhead, []any{far, int64(rest)}, collect); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// NextDue implements store.Jobs.
func (s *database) NextDue(ctx context.Context) (time.Time, error) {
	var due time.Time
	err := s.withReader(ctx, func(c *conn) error {
		at, found, err := c.number(ctx, sqlNextDue)
		if found {
			due = time.UnixMicro(at).UTC()
		}
		return err
	})
	return due, wrapError("read the next due time", err)
}

// Expedite implements store.Jobs.
func (s *database) Expedite(ctx context.Context, id int64, due time.Time) error {
	if due.IsZero() {
		return fmt.Errorf("%w: expediting application %d", store.ErrNoDueTime, id)
	}
	return wrapError("expedite", s.writer.write(ctx, expedite{id: id, due: storerules.NormalizeTime(due)}))
}

type expedite struct {
	id  int64
	due time.Time
}

func (expedite) size() int { return 1 }

func (h expedite) run(ctx context.Context, t *tx) (refusal, err error) {
	_, found, err := t.conn.number(ctx, sqlExists, h.id)
	if err != nil {
		return nil, err
	}
	if !found {
		return notFound(h.id), nil
	}
	_, err = t.conn.exec(ctx, sqlExpedite, h.due.UnixMicro(), h.id)
	return nil, err
}
