package sqlite

import (
	"context"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Apply implements store.Store.
func (s *database) Apply(ctx context.Context, b store.ApplyRequest) ([]store.Application, error) {
	if err := storerules.CheckApply(&b); err != nil {
		return nil, err
	}
	op := &apply{batch: b}
	if err := s.writer.write(ctx, op); err != nil {
		return nil, wrapError("apply", err)
	}
	return op.made, nil
}

type apply struct {
	batch store.ApplyRequest
	made  []store.Application
}

func (a *apply) size() int { return len(a.batch.Domains) }

// run performs all checks before it writes.
func (a *apply) run(ctx context.Context, t *tx) (refusal, err error) {
	if refusal, err := a.check(ctx, t); refusal != nil || err != nil {
		return refusal, err
	}
	if err := a.insert(ctx, t); err != nil {
		return nil, err
	}
	n := len(a.batch.Domains)
	if err := t.addQuota(ctx, a.quotaKey(), a.batch.SiteID, n); err != nil {
		return nil, err
	}
	if err := t.addRecords(ctx, a.recordsKey(), n*a.batch.DNSRecordsEach); err != nil {
		return nil, err
	}
	t.addNonce(a.batch.Nonce)
	return nil, nil
}

// check performs the checks in the order of the interface.
func (a *apply) check(ctx context.Context, t *tx) (refusal, err error) {
	if refusal := storerules.CheckHorizon(&a.batch.Nonce, t.horizon); refusal != nil {
		return refusal, nil
	}
	for _, domain := range a.batch.Domains {
		id, found, err := t.conn.number(ctx, sqlPending, a.batch.Account, a.batch.SiteID, domain)
		if err != nil {
			return nil, err
		}
		if found {
			return &store.AlreadySubmittedError{Domain: domain, ID: id}, nil
		}
	}
	if full, err := a.recordsFull(ctx, t); err != nil {
		return nil, err
	} else if full {
		return store.ErrRecordLimitExceeded, nil
	}
	if full, err := a.quotaFull(ctx, t); err != nil {
		return nil, err
	} else if full {
		return store.ErrQuotaExceeded, nil
	}
	return nil, nil
}

func (a *apply) recordsFull(ctx context.Context, t *tx) (bool, error) {
	if a.batch.DNSRecordsEach == 0 || a.batch.DNSRecordLimit == store.Unlimited {
		return false, nil
	}
	used, err := t.recordsUsed(ctx, a.recordsKey())
	return a.batch.DNSRecordsInUse+used+len(a.batch.Domains)*a.batch.DNSRecordsEach > a.batch.DNSRecordLimit, err
}

func (a *apply) quotaFull(ctx context.Context, t *tx) (bool, error) {
	if a.batch.Quota == store.Unlimited {
		return false, nil
	}
	used, err := t.quotaUsed(ctx, a.quotaKey())
	return used+len(a.batch.Domains) > a.batch.Quota, err
}

func (a *apply) insert(ctx context.Context, t *tx) error {
	b := &a.batch
	at := storerules.NormalizeTime(b.At)
	a.made = make([]store.Application, 0, len(b.Domains)) // reset: this may be the second run
	var now any = at.UnixMicro()
	args := []any{nil, b.Account, b.SiteID, nil, b.Type, b.AlgType, b.Plan, b.Family, int64(b.DNSRecordsEach), b.RequestID, now, now, now}
	for _, domain := range b.Domains {
		t.lastID++
		args[0], args[3] = t.lastID, domain
		_, err := t.conn.exec(ctx, sqlInsert, args...)
		if err != nil {
			return err
		}
		a.made = append(a.made, store.Application{
			ID: t.lastID, Account: b.Account, SiteID: b.SiteID, Domain: domain, Type: b.Type, AlgType: b.AlgType,
			Plan: b.Plan, Family: b.Family, DNSRecords: b.DNSRecordsEach, Status: store.Applying,
			RequestID: b.RequestID, CreatedAt: at, UpdatedAt: at,
		})
	}
	return nil
}

func (a *apply) quotaKey() quotaKey {
	return quotaKey{account: a.batch.Account, plan: a.batch.Plan, family: a.batch.Family}
}

func (a *apply) recordsKey() recordsKey {
	return recordsKey{account: a.batch.Account, site: a.batch.SiteID}
}
