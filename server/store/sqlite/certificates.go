package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// ListCertificates implements store.Certificates. Page and total are of the same
// snapshot.
func (s *database) ListCertificates(ctx context.Context, q store.CertificateQuery) (page []store.JobRecord, total int64, err error) {
	pageText, totalText, args := selectCertificates(q)
	err = s.withReader(ctx, func(c *conn) error {
		return c.inSnapshot(ctx, func() (err error) {
			if total, _, err = c.number(ctx, totalText, args...); err != nil || q.Offset >= total {
				return err
			}
			paged := slices.Concat(args, []any{int64(q.Limit), q.Offset})
			return c.query(ctx, pageText, paged, func(row []driver.Value) error {
				record, err := readRecordWithChain(row)
				page = append(page, record)
				return err
			})
		})
	})
	if err != nil {
		return nil, 0, wrapError("list certificates", err)
	}
	return page, total, nil
}

// inSnapshot calls read in a transaction, so that all its queries see the same state
// of the database. The transaction begins and ends even if the context is done: the
// driver may report a done context although BEGIN has succeeded, and the next user of
// the connection would find it in a transaction.
func (c *conn) inSnapshot(ctx context.Context, read func() error) (err error) {
	whole := context.WithoutCancel(ctx)
	if _, err := c.exec(whole, sqlSnapshot); err != nil {
		return err
	}
	defer func() {
		if _, rollbackErr := c.exec(whole, sqlRollback); err == nil {
			err = rollbackErr
		}
	}()
	return read()
}

// FindCertificate implements store.Certificates.
func (s *database) FindCertificate(ctx context.Context, account string, site, id int64) (store.JobRecord, error) {
	var found store.JobRecord
	err := s.withReader(ctx, func(c *conn) (err error) {
		found, err = findCertificate(ctx, c, account, site, id)
		return err
	})
	switch {
	case err != nil:
		return store.JobRecord{}, wrapError("find a certificate", err)
	case found.ID == 0:
		return store.JobRecord{}, notFound(id)
	}
	return found, nil
}

// findCertificate returns the zero record if it does not exist.
func findCertificate(ctx context.Context, c *conn, account string, site, id int64) (found store.JobRecord, err error) {
	err = c.query(ctx, sqlFindCertificate, []any{id, account, site}, func(row []driver.Value) (err error) {
		found, err = readRecordWithChain(row)
		return err
	})
	return found, err
}

func readRecordWithChain(row []driver.Value) (store.JobRecord, error) {
	r := rowScanner{row: row}
	record := store.JobRecord{Application: readApplication(&r), Progress: readProgress(&r)}
	if !r.null() {
		record.Certificate = readCertificate(&r)
		record.Certificate.Chain = r.blob()
	}
	return record, r.err
}

// SiteUsage implements store.Certificates.
func (s *database) SiteUsage(ctx context.Context, account, plan, family string) (map[int64]int64, error) {
	usage := map[int64]int64{}
	err := s.withReader(ctx, func(c *conn) error {
		return c.query(ctx, sqlSiteUsage, []any{account, plan, family}, func(row []driver.Value) error {
			r := rowScanner{row: row}
			site := r.integer()
			usage[site] = r.integer()
			return r.err
		})
	})
	if err != nil {
		return nil, wrapError("count certificates by site", err)
	}
	return usage, nil
}

// DeleteCertificate implements store.Certificates.
func (s *database) DeleteCertificate(ctx context.Context, r store.DeleteRequest) error {
	return wrapError("delete a certificate", s.writer.write(ctx, &deletion{r}))
}

type deletion struct{ store.DeleteRequest }

func (*deletion) size() int { return 2 }

func (d *deletion) run(ctx context.Context, t *tx) (refusal, err error) {
	if refusal := storerules.CheckHorizon(&d.Nonce, t.horizon); refusal != nil {
		return refusal, nil
	}
	held, found, err := readShown(ctx, t.conn, recordsKey{d.Account, d.SiteID}, d.ID)
	if err != nil {
		return nil, err
	}
	if !found {
		return notFound(d.ID), nil
	}
	if d.Deleted != nil {
		record, err := findCertificate(ctx, t.conn, d.Account, d.SiteID, d.ID)
		if err != nil {
			return nil, err
		}
		d.Deleted(record)
	}
	if _, err := t.conn.exec(ctx, sqlFinish, string(store.Deleted), unixMicro(d.At), d.ID); err != nil {
		return nil, err
	}
	for _, statement := range []string{sqlDropOrder, sqlDropCertificate} {
		if _, err := t.conn.exec(ctx, statement, d.ID); err != nil {
			return nil, err
		}
	}
	t.moveState(held.status, store.Deleted)
	t.addNonce(d.Nonce)
	if held.inUse() {
		return nil, t.release(ctx, d.ID, held)
	}
	return nil, nil
}

// readShown returns a record of a site, unless it is deleted.
func readShown(ctx context.Context, c *conn, site recordsKey, id int64) (held reservation, found bool, err error) {
	held, found, err = readReservation(ctx, c, id)
	return held, found && held.site == site && held.status != store.Deleted, err
}

// SetCertificate implements store.Certificates.
func (s *database) SetCertificate(ctx context.Context, r store.UploadRequest) (int64, error) {
	op := &upload{UploadRequest: r}
	if err := s.writer.write(ctx, op); err != nil {
		return 0, wrapError("store an uploaded certificate", err)
	}
	return op.id, nil
}

type upload struct {
	store.UploadRequest
	id int64
}

func (*upload) size() int { return 2 }

// run makes all checks before it writes.
func (u *upload) run(ctx context.Context, t *tx) (refusal, err error) {
	replaced, refusal, err := u.check(ctx, t)
	if refusal != nil || err != nil {
		return refusal, err
	}
	u.id = u.ID
	if u.ID == 0 {
		u.id = t.lastID + 1
	}
	sealed, err := u.Seal(u.id)
	if err != nil {
		return fmt.Errorf("seal the private key: %w", err), nil
	}
	if u.ID == 0 {
		err = u.insert(ctx, t)
	} else {
		err = u.replace(ctx, t, replaced)
	}
	if err != nil {
		return nil, err
	}
	c := &u.Certificate
	_, err = t.conn.exec(ctx, sqlPutCertificate, u.id, c.Authority, blob(c.Chain), blob(sealed), c.Serial, c.Issuer, c.Fingerprint,
		unixMicro(c.NotBefore), unixMicro(c.NotAfter), unixMicro(c.IssuedAt), flag(false), flag(false))
	t.addNonce(u.Nonce)
	return nil, err
}

func (u *upload) insert(ctx context.Context, t *tx) error {
	at := unixMicro(u.At)
	_, err := t.conn.exec(ctx, sqlInsertUpload, u.id, u.Account, u.SiteID, u.Domain, u.Name, u.joinedNames(), u.Region, u.Plan, u.RequestID, at, at, at)
	if err != nil {
		return err
	}
	t.lastID = u.id
	t.countChanges[store.Issued]++
	return t.addQuota(ctx, u.quotaKey(), u.SiteID, 1)
}

func (u *upload) replace(ctx context.Context, t *tx, replaced reservation) error {
	at := unixMicro(u.At)
	if _, err := t.conn.exec(ctx, sqlReplaceUpload, u.Domain, u.Name, u.joinedNames(), u.Region, at, at, u.id); err != nil {
		return err
	}
	if _, err := t.conn.exec(ctx, sqlDropOrder, u.id); err != nil {
		return err
	}
	t.moveState(replaced.status, store.Issued)
	if replaced.inUse() {
		return nil
	}
	return t.addQuota(ctx, replaced.quota, u.SiteID, 1)
}

// check makes the checks in the order of the interface. It returns the reservation
// of the record to replace.
func (u *upload) check(ctx context.Context, t *tx) (replaced reservation, refusal, err error) {
	if refusal := storerules.CheckHorizon(&u.Nonce, t.horizon); refusal != nil {
		return replaced, refusal, nil
	}
	quota := u.quotaKey()
	if u.ID != 0 {
		var found bool
		replaced, found, err = readShown(ctx, t.conn, recordsKey{u.Account, u.SiteID}, u.ID)
		switch {
		case err != nil:
			return replaced, nil, err
		case !found:
			return replaced, notFound(u.ID), nil
		case !replaced.uploaded:
			return replaced, fmt.Errorf("%w: %d", store.ErrNotUploaded, u.ID), nil
		}
		quota = replaced.quota
	}
	other, inUse, err := t.conn.number(ctx, sqlNameInUse, u.Account, u.SiteID, u.Name)
	if err != nil {
		return replaced, nil, err
	}
	if inUse && other != u.ID {
		return replaced, fmt.Errorf("%w: %q is that of %d", store.ErrNameInUse, u.Name, other), nil
	}
	if replaced.inUse() || u.Quota == store.Unlimited {
		return replaced, nil, nil
	}
	used, err := t.quotaUsed(ctx, quota)
	if err == nil && used >= u.Quota {
		return replaced, store.ErrQuotaExceeded, nil
	}
	return replaced, nil, err
}

func (u *upload) quotaKey() quotaKey {
	return quotaKey{account: u.Account, plan: u.Plan, family: store.Uploaded}
}

func (u *upload) joinedNames() string { return strings.Join(u.Names, ",") }

// addNonce stores the nonce of an accepted request with the group.
func (t *tx) addNonce(n store.Nonce) {
	if !n.Expires.IsZero() {
		t.nonces = append(t.nonces, n)
	}
}
