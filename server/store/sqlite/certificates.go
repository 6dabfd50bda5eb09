package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// ListCertificates implements store.Certificates. Page and total are of the same
// snapshot.
func (s *database) ListCertificates(ctx context.Context, q store.CertificateQuery) (page []store.JobRecord, total int64, err error) {
	text, args := certificateConditions(q)
	err = s.withReader(ctx, func(c *conn) (err error) {
		if err := c.script(ctx, sqlSnapshot); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.script(context.WithoutCancel(ctx), sqlRollback)) }()
		if total, _, err = c.number(ctx, sqlCountCertificates+text, args...); err != nil || q.Offset >= total {
			return err
		}
		paged := append(args, int64(q.Limit), q.Offset)
		return c.query(ctx, sqlListCertificates+text+` ORDER BY a.id DESC LIMIT ? OFFSET ?`, paged, func(row []driver.Value) error {
			record, err := readRecordWithChain(row)
			page = append(page, record)
			return err
		})
	})
	if err != nil {
		return nil, 0, wrapError("list certificates", err)
	}
	return page, total, nil
}

// FindCertificate implements store.Certificates.
func (s *database) FindCertificate(ctx context.Context, account string, site, id int64) (store.JobRecord, error) {
	var found store.JobRecord
	err := s.withReader(ctx, func(c *conn) error {
		return c.query(ctx, sqlFindCertificate, []any{id, account, site}, func(row []driver.Value) (err error) {
			found, err = readRecordWithChain(row)
			return err
		})
	})
	switch {
	case err != nil:
		return store.JobRecord{}, wrapError("find a certificate", err)
	case found.ID == 0:
		return store.JobRecord{}, notFound(id)
	}
	return found, nil
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
	held, found, err := readReservation(ctx, t.conn, d.ID)
	if err != nil {
		return nil, err
	}
	if !found || held.status == store.Deleted || held.site != (recordsKey{d.Account, d.SiteID}) {
		return notFound(d.ID), nil
	}
	if _, err := t.conn.exec(ctx, sqlFinish, string(store.Deleted), storerules.NormalizeTime(d.At).UnixMicro(), d.ID); err != nil {
		return nil, err
	}
	for _, statement := range []string{sqlDropOrder, sqlDropCertificate} {
		if _, err := t.conn.exec(ctx, statement, d.ID); err != nil {
			return nil, err
		}
	}
	t.moveState(held.status, store.Deleted)
	t.addNonce(d.Nonce)
	if held.status == store.Applying || held.status == store.Issued {
		return nil, t.release(ctx, d.ID, held)
	}
	return nil, nil
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
	u.id = u.ID // reset: this may be the second run
	if refusal, err := u.check(ctx, t); refusal != nil || err != nil {
		return refusal, err
	}
	isNew := u.id == 0
	if isNew {
		u.id = t.lastID + 1
	}
	sealed, err := u.Seal(u.id)
	if err != nil {
		return fmt.Errorf("seal the private key: %w", err), nil
	}
	if err := u.putApplication(ctx, t, isNew); err != nil {
		return nil, err
	}
	c := &u.Certificate
	_, err = t.conn.exec(ctx, sqlPutCertificate, u.id, c.Authority, blob(c.Chain), blob(sealed), c.Serial, c.Issuer, c.Fingerprint,
		unixMicro(c.NotBefore), unixMicro(c.NotAfter), unixMicro(c.IssuedAt), flag(false), flag(false))
	t.addNonce(u.Nonce)
	return nil, err
}

func (u *upload) putApplication(ctx context.Context, t *tx, isNew bool) error {
	at, names := storerules.NormalizeTime(u.At).UnixMicro(), strings.Join(u.Names, ",")
	if !isNew {
		_, err := t.conn.exec(ctx, sqlReplaceUpload, u.Domain, u.Name, names, at, at, u.id)
		return err
	}
	_, err := t.conn.exec(ctx, sqlInsertUpload, u.id, u.Account, u.SiteID, u.Domain, u.Name, names, u.Plan, u.RequestID, at, at, at)
	if err != nil {
		return err
	}
	t.lastID = u.id
	t.countChanges[store.Issued]++
	return t.addQuota(ctx, u.quotaKey(), 1)
}

// check makes the checks in the order of the interface.
func (u *upload) check(ctx context.Context, t *tx) (refusal, err error) {
	if refusal := storerules.CheckHorizon(&u.Nonce, t.horizon); refusal != nil {
		return refusal, nil
	}
	if u.ID != 0 {
		uploaded, found, err := t.conn.number(ctx, sqlIsUpload, u.ID, u.Account, u.SiteID)
		switch {
		case err != nil:
			return nil, err
		case !found:
			return notFound(u.ID), nil
		case uploaded == 0:
			return fmt.Errorf("%w: %d", store.ErrNotUploaded, u.ID), nil
		}
	}
	other, inUse, err := t.conn.number(ctx, sqlNameInUse, u.Account, u.SiteID, u.Name)
	if err != nil {
		return nil, err
	}
	if inUse && other != u.ID {
		return fmt.Errorf("%w: %q is that of %d", store.ErrNameInUse, u.Name, other), nil
	}
	if u.ID != 0 || u.Quota == store.Unlimited {
		return nil, nil
	}
	used, err := t.quotaUsed(ctx, u.quotaKey())
	if err != nil {
		return nil, err
	}
	if used >= u.Quota {
		return store.ErrQuotaExceeded, nil
	}
	return nil, nil
}

func (u *upload) quotaKey() quotaKey {
	return quotaKey{account: u.Account, plan: u.Plan, family: store.Uploaded}
}

// addNonce stores the nonce of an accepted request with the group.
func (t *tx) addNonce(n store.Nonce) {
	if !n.Expires.IsZero() {
		t.nonces = append(t.nonces, n)
	}
}
