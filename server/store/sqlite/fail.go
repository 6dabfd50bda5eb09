package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Cancel implements store.Jobs.
func (s *database) Cancel(ctx context.Context, id int64, p store.Problem, at time.Time) error {
	problem, err := encodeProblem(&p)
	if err != nil {
		return wrapError("cancel", err)
	}
	return wrapError("cancel", s.writer.write(ctx, &cancel{id: id, problem: problem, at: at}))
}

// cancel is a write that needs no lease.
type cancel struct {
	id      int64
	problem any // as encodeProblem returns it
	at      time.Time
}

func (*cancel) size() int { return 1 }

func (c *cancel) run(ctx context.Context, t *tx) (refusal, err error) {
	held, found, err := readReservation(ctx, t.conn, c.id)
	if err != nil {
		return nil, err
	}
	if !found {
		return notFound(c.id), nil
	}
	return t.fail(ctx, c.id, held, store.Canceled, c.problem, c.at)
}

// fail moves an application from Applying to Failed or Canceled, with the reason. The lease
// on it is used up or fenced off.
func (t *tx) fail(ctx context.Context, id int64, held reservation, to store.Status, problem any, at time.Time) (refusal, err error) {
	if held.status != store.Applying {
		return fmt.Errorf("%w: %d is %s and cannot be %s", store.ErrInvalidTransition, id, held.status, to), nil
	}
	if _, err := t.conn.exec(ctx, sqlFail, string(to), unixMicro(at), problem, id); err != nil {
		return nil, err
	}
	if _, err := t.conn.exec(ctx, sqlDropOrder, id); err != nil {
		return nil, err
	}
	t.moveState(held.status, to)
	return nil, t.release(ctx, id, held)
}
