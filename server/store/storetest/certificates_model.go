package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// record returns an application that is not deleted, with its progress and its
// certificate without the key.
func (m *jobsModel) record(a *store.Application) store.JobRecord {
	w := m.states[a.ID]
	r := store.JobRecord{Application: *a, Progress: w.progress}
	if w.certificate != nil {
		public := *w.certificate
		public.SealedKey = nil
		r.Certificate = &public
	}
	return r
}

func (m *jobsModel) ListCertificates(ctx context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, 0, err
	}
	var found []store.JobRecord
	for i := range slices.Backward(m.applications) {
		if r := m.record(&m.applications[i]); matchesCertificate(&r, q) {
			found = append(found, r)
		}
	}
	total := int64(len(found))
	from := min(q.Offset, total)
	return found[from:min(from+int64(q.Limit), total)], total, nil
}

func matchesCertificate(r *store.JobRecord, q store.CertificateQuery) bool {
	switch {
	case r.Account != q.Account || r.SiteID != q.SiteID || r.Status == store.Deleted:
		return false
	case q.Uploaded != nil && *q.Uploaded != (r.Type == store.Uploaded):
		return false
	}
	if c := r.Certificate; !q.ValidAt.IsZero() && (r.Status != store.Issued || c == nil || q.ValidAt.Before(c.NotBefore) || !q.ValidAt.Before(c.NotAfter)) {
		return false
	}
	names := append([]string{r.Domain}, strings.Split(r.Names, ",")...)
	if q.Covering != "" && !slices.Contains(names, q.Covering) && !slices.Contains(names, storerules.CoveringWildcard(q.Covering)) {
		return false
	}
	if q.Keyword == "" {
		return true
	}
	keyword := lowerASCII(q.Keyword)
	contains := func(s string) bool { return strings.Contains(lowerASCII(s), keyword) }
	covers := func(name string) bool { return lowerASCII(name) == storerules.CoveringWildcard(keyword) }
	return contains(r.Domain) || contains(r.Name) || contains(r.Names) || slices.ContainsFunc(names, covers)
}

// lowerASCII converts ASCII letters to lower case.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// shown returns an application of a site that is not deleted, or nil.
func (m *jobsModel) shown(account string, site, id int64) *store.Application {
	a := m.find(id)
	if a == nil || a.Account != account || a.SiteID != site || a.Status == store.Deleted {
		return nil
	}
	return a
}

func (m *jobsModel) FindCertificate(ctx context.Context, account string, site, id int64) (store.JobRecord, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return store.JobRecord{}, err
	}
	a := m.shown(account, site, id)
	if a == nil {
		return store.JobRecord{}, fmt.Errorf("%w: %d", store.ErrNotFound, id)
	}
	return m.record(a), nil
}

func (m *jobsModel) DeleteCertificate(ctx context.Context, r store.DeleteRequest) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	if err := storerules.CheckHorizon(&r.Nonce, m.horizon); err != nil {
		return err
	}
	a := m.shown(r.Account, r.SiteID, r.ID)
	if a == nil {
		return fmt.Errorf("%w: %d", store.ErrNotFound, r.ID)
	}
	if r.Deleted != nil {
		r.Deleted(m.record(a))
	}
	a.Status, a.UpdatedAt = store.Deleted, storerules.NormalizeTime(r.At)
	w := m.states[r.ID]
	w.end(store.Deleted)
	w.certificate = nil
	m.nonces = append(m.nonces, r.Nonce)
	return nil
}

func (m *jobsModel) SetCertificate(ctx context.Context, r store.UploadRequest) (int64, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return 0, err
	}
	if err := m.checkUpload(&r); err != nil {
		return 0, err
	}
	id := r.ID
	if id == 0 {
		id = store.FirstID + int64(len(m.applications))
	}
	sealed, err := r.Seal(id)
	if err != nil {
		return 0, fmt.Errorf("seal the private key: %w", err)
	}
	at := storerules.NormalizeTime(r.At)
	if r.ID == 0 {
		m.applications = append(m.applications, store.Application{
			ID: id, Account: r.Account, SiteID: r.SiteID, Type: store.Uploaded, Plan: r.Plan, Family: store.Uploaded,
			Status: store.Issued, RequestID: r.RequestID, CreatedAt: at,
		})
		m.states[id] = &jobState{}
	}
	a, w := m.find(id), m.states[id]
	a.Domain, a.Name, a.Names, a.Region = r.Domain, r.Name, strings.Join(r.Names, ","), r.Region
	a.UpdatedAt, a.Status = at, store.Issued
	c := r.Certificate
	c.SealedKey, c.Delivered, c.Superseded, c.Renewals = sealed, false, false, 0
	c.NotBefore, c.NotAfter, c.IssuedAt = storerules.NormalizeTime(c.NotBefore), storerules.NormalizeTime(c.NotAfter), storerules.NormalizeTime(c.IssuedAt)
	if w.certificate != nil {
		c.Renewals = w.certificate.Renewals + 1
	}
	w.certificate, w.order, w.leased = &c, nil, 0
	w.progress.Failures, w.progress.Retries, w.progress.Problem, w.progress.Due = 0, 0, nil, at
	m.nonces = append(m.nonces, r.Nonce)
	return id, nil
}

func (m *jobsModel) checkUpload(r *store.UploadRequest) error {
	if err := storerules.CheckHorizon(&r.Nonce, m.horizon); err != nil {
		return err
	}
	plan, used := r.Plan, false // the plan whose quota it uses, and whether it does already
	if r.ID != 0 {
		a := m.shown(r.Account, r.SiteID, r.ID)
		if a == nil {
			return fmt.Errorf("%w: %d", store.ErrNotFound, r.ID)
		}
		if a.Type != store.Uploaded {
			return fmt.Errorf("%w: %d", store.ErrNotUploaded, r.ID)
		}
		plan, used = a.Plan, a.Status == store.Applying || a.Status == store.Issued
	}
	for _, a := range m.applications {
		if a.Account == r.Account && a.SiteID == r.SiteID && a.Name == r.Name && a.Name != "" && a.Status == store.Issued && a.ID != r.ID {
			return fmt.Errorf("%w: %q is that of %d", store.ErrNameInUse, r.Name, a.ID)
		}
	}
	if !used && r.Quota != store.Unlimited && m.usage(r.Account, plan, store.Uploaded, r.SiteID).Quota >= r.Quota {
		return store.ErrQuotaExceeded
	}
	return nil
}

func (m *jobsModel) SiteUsage(ctx context.Context, account, plan, family string) (map[int64]int64, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	usage := map[int64]int64{}
	for _, a := range m.applications {
		if a.Account == account && a.Plan == plan && a.Family == family && (a.Status == store.Applying || a.Status == store.Issued) {
			usage[a.SiteID]++
		}
	}
	return usage, nil
}
