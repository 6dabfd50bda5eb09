package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/esacert/esacert/server/store"
)

// ListRecords implements store.Jobs.
func (s *database) ListRecords(ctx context.Context, q store.Query) ([]store.JobRecord, error) {
	var found []store.JobRecord
	stmt, args := selectRecords(q)
	err := s.withReader(ctx, func(c *conn) error {
		return c.query(ctx, stmt, args, func(row []driver.Value) error {
			r := rowScanner{row: row}
			record := store.JobRecord{Application: readApplication(&r), Progress: readProgress(&r)}
			if r.null() {
				r.skip(10)
			} else {
				record.Certificate = readCertificate(&r)
			}
			found = append(found, record)
			return r.err
		})
	})
	if err != nil {
		return nil, wrapError("list records", err)
	}
	return found, nil
}

// Certificate implements store.Jobs.
func (s *database) Certificate(ctx context.Context, id int64) (store.Certificate, error) {
	var found *store.Certificate
	exists := false
	err := s.withReader(ctx, func(c *conn) (err error) {
		if _, exists, err = c.number(ctx, sqlExists, id); err != nil {
			return err
		}
		return c.query(ctx, sqlCertificate, []any{id}, func(row []driver.Value) error {
			r := rowScanner{row: row}
			found = readCertificate(&r)
			found.Chain, found.SealedKey = r.blob(), r.blob()
			return r.err
		})
	})
	switch {
	case err != nil:
		return store.Certificate{}, wrapError("read a certificate", err)
	case !exists:
		return store.Certificate{}, notFound(id)
	case found == nil:
		return store.Certificate{}, fmt.Errorf("%w: %d", store.ErrNoCertificate, id)
	}
	return *found, nil
}

func notFound(id int64) error { return fmt.Errorf("%w: %d", store.ErrNotFound, id) }

// PendingOrderAuthorities implements store.Jobs.
func (s *database) PendingOrderAuthorities(ctx context.Context, domain string) ([]string, error) {
	var names []string
	err := s.withReader(ctx, func(c *conn) error {
		return c.query(ctx, sqlPendingOrderAuthorities, []any{domain}, func(row []driver.Value) error {
			r := rowScanner{row: row}
			if name := r.text(); !slices.Contains(names, name) {
				names = append(names, name)
			}
			return r.err
		})
	})
	return names, wrapError("read the authorities of orders", err)
}

// Counts implements store.Jobs.
func (s *database) Counts(ctx context.Context) (store.Counts, error) {
	counts := store.Counts{ByStatus: map[store.Status]int64{}}
	err := s.withReader(ctx, func(c *conn) error {
		err := c.query(ctx, sqlStates, nil, func(row []driver.Value) error {
			r := rowScanner{row: row}
			status := store.Status(r.text())
			if n := r.integer(); n > 0 {
				counts.ByStatus[status] = n
			}
			return r.err
		})
		if err != nil {
			return err
		}
		at, found, err := c.number(ctx, sqlNextExpiry)
		if found {
			counts.NextExpiry = time.UnixMicro(at).UTC()
		}
		return err
	})
	if err != nil {
		return store.Counts{}, wrapError("count", err)
	}
	return counts, nil
}

func readJob(row []driver.Value) (store.Job, error) {
	r := rowScanner{row: row}
	job := store.Job{Application: readApplication(&r), Progress: readProgress(&r)}
	job.LeaseEnd = job.Progress.Due
	job.Lease = store.Lease{ApplicationID: job.ID, Attempt: job.Progress.Attempt}
	if r.null() {
		r.skip(4)
	} else {
		job.Order = &store.Order{Authority: r.text(), URL: r.text(), SealedKey: r.blob(), CreatedAt: r.instant()}
	}
	if !r.null() {
		job.Certificate = readCertificate(&r)
		job.Certificate.Chain, job.Certificate.SealedKey = r.blob(), r.blob()
	}
	return job, r.err
}

func readProgress(r *rowScanner) store.Progress {
	var p store.Progress
	if r.null() {
		r.skip(1)
	} else {
		p.Due = r.instant()
	}
	p.Attempt, p.Failures, p.Retries = r.integer(), int(r.integer()), int(r.integer())
	if r.null() {
		r.skip(1)
		return p
	}
	p.Problem = &store.Problem{}
	if err := json.Unmarshal([]byte(r.text()), p.Problem); err != nil && r.err == nil {
		r.err = fmt.Errorf("%w: a problem cannot be read: %w", ErrCorrupt, err)
	}
	return p
}

func readCertificate(r *rowScanner) *store.Certificate {
	return &store.Certificate{
		Authority: r.text(), Serial: r.text(), Issuer: r.text(), Fingerprint: r.text(),
		NotBefore: r.instant(), NotAfter: r.instant(), IssuedAt: r.instant(), Renewals: int(r.integer()),
		Delivered: r.integer() != 0, Superseded: r.integer() != 0,
	}
}
