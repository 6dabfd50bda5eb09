package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Finish implements store.Store.
func (s *database) Finish(ctx context.Context, id int64, to store.Status, at time.Time) error {
	return wrapError("finish", s.writer.write(ctx, &finish{id: id, to: to, at: at}))
}

type finish struct {
	id int64
	to store.Status
	at time.Time
}

func (f *finish) size() int { return 1 }

func (f *finish) run(ctx context.Context, t *tx) (refusal, err error) {
	held, found, err := readReservation(ctx, t.conn, f.id)
	if err != nil {
		return nil, err
	}
	if !found {
		return notFound(f.id), nil
	}
	if !storerules.CanBecome(held.status, f.to) {
		return fmt.Errorf("%w: %d is %s and cannot be %s", store.ErrInvalidTransition, f.id, held.status, f.to), nil
	}
	if _, err := t.conn.exec(ctx, sqlFinish, string(f.to), storerules.NormalizeTime(f.at).UnixMicro(), f.id); err != nil {
		return nil, err
	}
	if _, err := t.conn.exec(ctx, sqlDropOrder, f.id); err != nil {
		return nil, err
	}
	t.moveState(held.status, f.to)
	if f.to != store.Failed {
		return nil, nil
	}
	return nil, t.release(ctx, f.id, held)
}

// release frees the reservation of an application that was Applying or Issued.
func (t *tx) release(ctx context.Context, id int64, held reservation) error {
	if _, err := t.conn.exec(ctx, sqlRetire, id); err != nil {
		return err
	}
	if err := t.addQuota(ctx, held.quota, held.site.site, -1); err != nil {
		return err
	}
	return t.addRecords(ctx, held.site, -held.records)
}

// moveState updates the counts. Those in Applying are not counted: they are the
// rest.
func (t *tx) moveState(from, to store.Status) {
	if from != store.Applying {
		t.countChanges[from]--
	}
	t.countChanges[to]++
}

// reservation is the quota and the records that an application uses while it is
// Applying or Issued.
type reservation struct {
	status   store.Status
	quota    quotaKey
	site     recordsKey
	records  int
	uploaded bool // not an application
}

// inUse reports whether the application uses its quota and records.
func (r reservation) inUse() bool { return r.status == store.Applying || r.status == store.Issued }

func readReservation(ctx context.Context, c *conn, id int64) (h reservation, found bool, err error) {
	err = c.query(ctx, sqlApplication, []any{id}, func(row []driver.Value) error {
		found = true
		r := rowScanner{row: row}
		account := r.text()
		h.site = recordsKey{account: account, site: r.integer()}
		h.quota = quotaKey{account: account, plan: r.text(), family: r.text()}
		h.records = int(r.integer())
		h.status = store.Status(r.text())
		h.uploaded = r.text() == store.Uploaded
		return r.err
	})
	return h, found, err
}
