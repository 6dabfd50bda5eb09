package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// fenced is a write that needs the latest lease of an application.
type fenced struct {
	lease store.Lease
	do    func(ctx context.Context, t *tx, held leasedRow) (refusal, err error)
}

// leasedRow is the state of the application that a fenced write uses.
type leasedRow struct {
	reservation
	id     int64
	domain string
}

func (s *database) fenced(ctx context.Context, doing string, l store.Lease, do func(context.Context, *tx, leasedRow) (refusal, err error)) error {
	return wrapError(doing, s.writer.write(ctx, &fenced{lease: l, do: do}))
}

func (*fenced) size() int { return 2 }

func (f *fenced) run(ctx context.Context, t *tx) (refusal, err error) {
	held, attempt, err := readLeased(ctx, t.conn, f.lease.ApplicationID)
	if err != nil {
		return nil, err
	}
	if attempt == 0 || attempt != f.lease.Attempt {
		return fmt.Errorf("%w: application %d, attempt %d", store.ErrFenced, f.lease.ApplicationID, f.lease.Attempt), nil
	}
	return f.do(ctx, t, held)
}

// readLeased returns the attempt that holds a lease on an application, 0 if none
// does or the application does not exist.
func readLeased(ctx context.Context, c *conn, id int64) (held leasedRow, attempt int64, err error) {
	err = c.query(ctx, sqlLeased, []any{id}, func(row []driver.Value) error {
		r := rowScanner{row: row}
		attempt = r.integer()
		held.id, held.status = id, store.Status(r.text())
		account := r.text()
		held.site = recordsKey{account: account, site: r.integer()}
		held.quota = quotaKey{account: account, plan: r.text(), family: r.text()}
		held.records = int(r.integer())
		held.domain = r.text()
		return r.err
	})
	return held, attempt, err
}

// SaveOrder implements store.Jobs.
func (s *database) SaveOrder(ctx context.Context, l store.Lease, o store.Order) error {
	return s.fenced(ctx, "save order", l, func(ctx context.Context, t *tx, held leasedRow) (refusal, err error) {
		_, err = t.conn.exec(ctx, sqlSaveOrder, held.id, held.domain, o.Authority, o.URL, blob(o.SealedKey), unixMicro(o.CreatedAt))
		return nil, err
	})
}

// Reschedule implements store.Jobs.
func (s *database) Reschedule(ctx context.Context, l store.Lease, n store.Rescheduling) error {
	if n.Due.IsZero() {
		return fmt.Errorf("%w: rescheduling application %d", store.ErrNoDueTime, l.ApplicationID)
	}
	problem, err := encodeProblem(n.Problem)
	if err != nil {
		return wrapError("reschedule", err)
	}
	return s.fenced(ctx, "reschedule", l, func(ctx context.Context, t *tx, held leasedRow) (refusal, err error) {
		if _, err := t.conn.exec(ctx, sqlReschedule, unixMicro(n.Due), int64(n.Failures), int64(n.Retries), problem, held.id); err != nil {
			return nil, err
		}
		if n.DropOrder {
			if _, err := t.conn.exec(ctx, sqlDropOrder, held.id); err != nil {
				return nil, err
			}
		}
		if n.Delivered {
			if _, err := t.conn.exec(ctx, sqlDelivered, held.id); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// Complete implements store.Jobs.
func (s *database) Complete(ctx context.Context, l store.Lease, c store.Certificate, due, at time.Time) error {
	return s.fenced(ctx, "complete", l, func(ctx context.Context, t *tx, held leasedRow) (refusal, err error) {
		if held.status == store.Failed {
			return fmt.Errorf("%w: %d is %s and cannot be %s", store.ErrInvalidTransition, held.id, held.status, store.Issued), nil
		}
		if _, err := t.conn.exec(ctx, sqlIssued, unixMicro(at), dueOrNever(due), held.id); err != nil {
			return nil, err
		}
		_, err = t.conn.exec(ctx, sqlPutCertificate, held.id, c.Authority, blob(c.Chain), blob(c.SealedKey), c.Serial, c.Issuer, c.Fingerprint,
			unixMicro(c.NotBefore), unixMicro(c.NotAfter), unixMicro(c.IssuedAt), flag(c.Delivered), flag(c.Superseded))
		if err != nil {
			return nil, err
		}
		if _, err := t.conn.exec(ctx, sqlDropOrder, held.id); err != nil {
			return nil, err
		}
		t.moveState(held.status, store.Issued)
		return nil, nil
	})
}

// Fail implements store.Jobs.
func (s *database) Fail(ctx context.Context, l store.Lease, p store.Problem, at time.Time) error {
	problem, err := encodeProblem(&p)
	if err != nil {
		return wrapError("fail", err)
	}
	return s.fenced(ctx, "fail", l, func(ctx context.Context, t *tx, held leasedRow) (refusal, err error) {
		return t.fail(ctx, held.id, held.reservation, store.Failed, problem, at)
	})
}

// Retire implements store.Jobs.
func (s *database) Retire(ctx context.Context, l store.Lease) error {
	return s.fenced(ctx, "retire", l, func(ctx context.Context, t *tx, held leasedRow) (refusal, err error) {
		if held.status != store.Issued {
			return fmt.Errorf("%w: %d is %s and cannot be retired", store.ErrInvalidTransition, held.id, held.status), nil
		}
		if _, err := t.conn.exec(ctx, sqlNothingDue, held.id); err != nil {
			return nil, err
		}
		if _, err := t.conn.exec(ctx, sqlDropOrder, held.id); err != nil {
			return nil, err
		}
		_, err = t.conn.exec(ctx, sqlRetire, held.id)
		return nil, err
	})
}

func encodeProblem(p *store.Problem) (any, error) {
	if p == nil {
		return nil, nil
	}
	kept := *p
	kept.At = storerules.NormalizeTime(p.At)
	data, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("write a problem down: %w", err)
	}
	return string(data), nil
}

func unixMicro(t time.Time) int64 { return t.UnixMicro() }

func dueOrNever(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// blob is never NULL, to which the driver converts a nil slice.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
