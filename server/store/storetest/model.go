package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// model is a store in plain Go that keeps only a list of applications and a list of
// nonces, and counts by iterating over them. It is slow and easy to read: an
// executable specification of the interface.
//
// Certificates need what jobsModel adds; the methods of the embedded interface are not
// called.
type model struct {
	store.Certificates

	mu           sync.Mutex
	applications []store.Application
	nonces       []store.Nonce
	horizon      time.Time // of nonces
	closed       bool
}

var _ store.Store = (*model)(nil)

// enter starts a call and locks the model; the caller unlocks it.
func (m *model) enter(ctx context.Context) error {
	m.mu.Lock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.closed {
		return store.ErrClosed
	}
	return nil
}

func (m *model) Apply(ctx context.Context, b store.ApplyRequest) ([]store.Application, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return m.apply(b)
}

func (m *model) apply(b store.ApplyRequest) ([]store.Application, error) {
	if err := storerules.CheckApply(&b); err != nil {
		return nil, err
	}
	if err := storerules.CheckHorizon(&b.Nonce, m.horizon); err != nil {
		return nil, err
	}
	for _, domain := range b.Domains {
		for _, a := range m.applications {
			if a.Account == b.Account && a.SiteID == b.SiteID && a.Domain == domain && a.Status == store.Applying {
				return nil, &store.AlreadySubmittedError{Domain: domain, ID: a.ID}
			}
		}
	}
	usage := m.usage(b.Account, b.Plan, b.Family, b.SiteID)
	records := b.DNSRecordsInUse + usage.DNSRecords + len(b.Domains)*b.DNSRecordsEach
	if b.DNSRecordsEach > 0 && b.DNSRecordLimit != store.Unlimited && records > b.DNSRecordLimit {
		return nil, store.ErrRecordLimitExceeded
	}
	if b.Quota != store.Unlimited && usage.Quota+len(b.Domains) > b.Quota {
		return nil, store.ErrQuotaExceeded
	}
	var made []store.Application
	for i, domain := range b.Domains {
		made = append(made, store.Application{
			ID: store.FirstID + int64(len(m.applications)+i), Account: b.Account, SiteID: b.SiteID, Domain: domain,
			Type: b.Type, AlgType: b.AlgType, Plan: b.Plan, Family: b.Family, DNSRecords: b.DNSRecordsEach, Status: store.Applying,
			RequestID: b.RequestID, CreatedAt: storerules.NormalizeTime(b.At), UpdatedAt: storerules.NormalizeTime(b.At),
		})
	}
	m.applications = append(m.applications, made...)
	m.nonces = append(m.nonces, b.Nonce)
	return made, nil
}

func (m *model) usage(account, plan, family string, site int64) store.QuotaUsage {
	var u store.QuotaUsage
	for _, a := range m.applications {
		if a.Account != account || a.Status != store.Applying && a.Status != store.Issued {
			continue
		}
		if a.Plan == plan && a.Family == family {
			u.Quota++
		}
		if a.SiteID == site {
			u.DNSRecords += a.DNSRecords
		}
	}
	return u
}

func (m *model) Finish(ctx context.Context, id int64, to store.Status, at time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	return m.finish(id, to, at)
}

func (m *model) finish(id int64, to store.Status, at time.Time) error {
	i := slices.IndexFunc(m.applications, func(a store.Application) bool { return a.ID == id })
	if i < 0 {
		return fmt.Errorf("%w: %d", store.ErrNotFound, id)
	}
	a := &m.applications[i]
	if !storerules.CanBecome(a.Status, to) {
		return fmt.Errorf("%w: %d is %s and cannot be %s", store.ErrInvalidTransition, id, a.Status, to)
	}
	a.Status, a.UpdatedAt = to, storerules.NormalizeTime(at)
	return nil
}

func (m *model) Applications(ctx context.Context, q store.Query) ([]store.Application, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return filter(m.applications, q), nil
}

func (m *model) Usage(ctx context.Context, account, plan, family string, site int64) (store.QuotaUsage, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return store.QuotaUsage{}, err
	}
	return m.usage(account, plan, family, site), nil
}

func (m *model) SaveNonces(ctx context.Context, nonces []store.Nonce) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	m.nonces = append(m.nonces, nonces...)
	return nil
}

func (m *model) Nonces(ctx context.Context, now time.Time, yield func(store.Nonce) error) error {
	err := m.enter(ctx)
	nonces := slices.Clone(m.nonces)
	m.mu.Unlock()
	if err != nil {
		return err
	}
	for _, n := range nonces {
		if !n.Expires.After(now) {
			continue
		}
		if err := yield(n); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) DeleteExpiredNonces(ctx context.Context, now time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	m.nonces = slices.DeleteFunc(m.nonces, func(n store.Nonce) bool { return n.Expires.Before(now) })
	if to := storerules.WholeSecond(now); to.After(m.horizon) {
		m.horizon = to
	}
	return nil
}

func (m *model) NonceHorizon(ctx context.Context) (time.Time, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return time.Time{}, err
	}
	return m.horizon, nil
}

func (m *model) LowerNonceHorizon(ctx context.Context, to time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	if to := storerules.WholeSecond(to); to.Before(m.horizon) {
		m.horizon = to
	}
	return nil
}

func (m *model) Ping(ctx context.Context) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	return err
}

func (m *model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
