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
	if q.Covering != "" && !slices.Contains(names, q.Covering) && !slices.Contains(names, wildcardOver(q.Covering)) {
		return false
	}
	if q.Keyword == "" {
		return true
	}
	keyword := strings.ToLower(q.Keyword)
	return slices.ContainsFunc(append(names, r.Name, r.Names), func(s string) bool {
		s = strings.ToLower(s)
		return strings.Contains(s, keyword) || s == wildcardOver(keyword)
	})
}

// wildcardOver returns the wildcard that covers a name; the name itself if none does.
func wildcardOver(name string) string {
	if _, parent, ok := strings.Cut(name, "."); ok && strings.Contains(parent, ".") {
		return "*." + parent
	}
	return name
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
		return 0, err
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
	a.Domain, a.Name, a.Names, a.UpdatedAt = r.Domain, r.Name, strings.Join(r.Names, ","), at
	c := r.Certificate
	c.SealedKey, c.Delivered, c.Superseded, c.Renewals = sealed, false, false, 0
	c.NotBefore, c.NotAfter, c.IssuedAt = storerules.NormalizeTime(c.NotBefore), storerules.NormalizeTime(c.NotAfter), storerules.NormalizeTime(c.IssuedAt)
	if w.certificate != nil {
		c.Renewals = w.certificate.Renewals + 1
	}
	w.certificate, w.leased, w.progress.Due = &c, 0, at
	m.nonces = append(m.nonces, r.Nonce)
	return id, nil
}

func (m *jobsModel) checkUpload(r *store.UploadRequest) error {
	if err := storerules.CheckHorizon(&r.Nonce, m.horizon); err != nil {
		return err
	}
	if r.ID != 0 {
		a := m.shown(r.Account, r.SiteID, r.ID)
		if a == nil {
			return fmt.Errorf("%w: %d", store.ErrNotFound, r.ID)
		}
		if a.Type != store.Uploaded {
			return fmt.Errorf("%w: %d", store.ErrNotUploaded, r.ID)
		}
	}
	for _, a := range m.applications {
		if a.Account == r.Account && a.SiteID == r.SiteID && a.Name == r.Name && a.Name != "" && a.Status == store.Issued && a.ID != r.ID {
			return fmt.Errorf("%w: %q is that of %d", store.ErrNameInUse, r.Name, a.ID)
		}
	}
	if r.ID == 0 && r.Quota != store.Unlimited && m.usage(r.Account, r.Plan, store.Uploaded, r.SiteID).Quota >= r.Quota {
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
