package storetest

import (
	"context"
	"maps"
	"runtime"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/store"
)

// TestFaultyCertificates is TestFaultyStores for store.Certificates.
func TestFaultyCertificates(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	detectsFaults(t, jobGroups(), map[string]func(m *jobsModel) store.JobStore{
		"a keyword occurs in Name, Domain or Names, in any case of ASCII letters": queryFault(func(q *store.CertificateQuery) {
			q.Keyword = strings.ToLower(q.Keyword)
		}),
		"a keyword is not a pattern": queryFault(func(q *store.CertificateQuery) {
			q.Keyword = strings.Trim(q.Keyword, "%")
		}),
		"a keyword also finds the wildcard that covers it": queryFault(func(q *store.CertificateQuery) {
			if name, _, ok := strings.Cut(q.Keyword, ".example.com"); ok && name == "w" {
				q.Keyword = ".example.com"
			}
		}),
		"ValidAt selects certificates in force then": queryFault(func(q *store.CertificateQuery) {
			if !q.ValidAt.IsZero() {
				q.ValidAt = q.ValidAt.Add(-1)
			}
		}),
		"page and total are of the same moment": func(m *jobsModel) store.JobStore {
			return faultyCertificates{jobsModel: m, list: func(ctx context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error) {
				_, total, err := m.ListCertificates(ctx, q)
				if err != nil {
					return nil, 0, err
				}
				for range 100 {
					runtime.Gosched()
				}
				page, _, err := m.ListCertificates(ctx, q)
				return page, total, err
			}}
		},
		"a context done at any moment leaves the store usable": func(m *jobsModel) store.JobStore {
			var open error // of a transaction that nobody rolls back
			return faultyCertificates{jobsModel: m, list: func(ctx context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error) {
				if open != nil {
					return nil, 0, open
				}
				page, total, err := m.ListCertificates(ctx, q)
				open = err
				return page, total, err
			}}
		},
		"checks are in the order of the documentation, and Seal is last": setFault(func(m *jobsModel, r store.UploadRequest) (int64, error) {
			if _, err := r.Seal(r.ID); err != nil {
				return m.SetCertificate(ctx, r)
			}
			return m.SetCertificate(ctx, r)
		}),
		"a replacement fences off the current lease": setFault(func(m *jobsModel, r store.UploadRequest) (int64, error) {
			var leased int64
			m.withState(r.ID, func(w *jobState) { leased = w.leased })
			id, err := m.SetCertificate(ctx, r)
			if err == nil {
				m.withState(r.ID, func(w *jobState) { w.leased = leased })
			}
			return id, err
		}),
		"a deletion fences off the current lease": deleteFault(func(m *jobsModel, r store.DeleteRequest) error {
			var leased int64
			m.withState(r.ID, func(w *jobState) { leased = w.leased })
			err := m.DeleteCertificate(ctx, r)
			if err == nil {
				m.withState(r.ID, func(w *jobState) { w.leased = leased })
			}
			return err
		}),
		"a deletion reports the record as it was, and a rejected one reports nothing": deleteFault(func(m *jobsModel, r store.DeleteRequest) error {
			report := r.Deleted
			r.Deleted = nil
			err := m.DeleteCertificate(ctx, r)
			if err == nil && report != nil {
				m.withState(r.ID, func(*jobState) { report(m.record(m.find(r.ID))) })
			}
			return err
		}),
		"a deletion stores its nonce in the same transaction": deleteFault(func(m *jobsModel, r store.DeleteRequest) error {
			nonces := m.nonces
			err := m.DeleteCertificate(ctx, r)
			m.nonces = nonces
			return err
		}),
		"an unknown ID, another site or account is ErrNotFound and writes nothing": deleteFault(func(m *jobsModel, r store.DeleteRequest) error {
			if a := m.find(r.ID); a != nil {
				r.SiteID = a.SiteID
			}
			return m.DeleteCertificate(ctx, r)
		}),
		"a second time is ErrNotFound and writes nothing": deleteFault(func(m *jobsModel, r store.DeleteRequest) error {
			err := m.DeleteCertificate(ctx, r)
			if err != nil {
				m.nonces = append(m.nonces, r.Nonce)
			}
			return err
		}),
	}, newJobsModel)
}

// TestModelDetectsFaultyCertificates runs the comparison with the model against
// stores that violate store.Certificates.
func TestModelDetectsFaultyCertificates(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short, rapid makes too few checks to find every fault")
	}
	t.Parallel()
	ctx := context.Background()
	for name, fault := range map[string]func(m *jobsModel) store.JobStore{
		"a deleted record keeps its order": deleteFault(func(m *jobsModel, r store.DeleteRequest) error {
			var order *store.Order
			m.withState(r.ID, func(w *jobState) { order = w.order })
			err := m.DeleteCertificate(ctx, r)
			if err == nil {
				m.withState(r.ID, func(w *jobState) { w.order = order })
			}
			return err
		}),
		"a replacement keeps the problem": setFault(func(m *jobsModel, r store.UploadRequest) (int64, error) {
			var problem *store.Problem
			m.withState(r.ID, func(w *jobState) { problem = w.progress.Problem })
			id, err := m.SetCertificate(ctx, r)
			if err == nil {
				m.withState(r.ID, func(w *jobState) { w.progress.Problem = problem })
			}
			return id, err
		}),
		"names are compared without case": setFault(func(m *jobsModel, r store.UploadRequest) (int64, error) {
			r.Name = strings.ToLower(r.Name)
			return m.SetCertificate(ctx, r)
		}),
		"a replacement needs quota": setFault(func(m *jobsModel, r store.UploadRequest) (int64, error) {
			if r.ID != 0 && m.find(r.ID) != nil && m.find(r.ID).Type == store.Uploaded && r.Quota == 2 {
				return 0, store.ErrQuotaExceeded
			}
			return m.SetCertificate(ctx, r)
		}),
		"Seal gets another ID": setFault(func(m *jobsModel, r store.UploadRequest) (int64, error) {
			seal := r.Seal
			r.Seal = func(id int64) ([]byte, error) { return seal(id + 1) }
			return m.SetCertificate(ctx, r)
		}),
		"the offset is ignored": queryFault(func(q *store.CertificateQuery) { q.Offset = 0 }),
		"Covering is ignored":   queryFault(func(q *store.CertificateQuery) { q.Covering = "" }),
		"the usage of a site counts all plans": func(m *jobsModel) store.JobStore {
			return faultyCertificates{jobsModel: m, usage: func(account, _, family string) (map[int64]int64, error) {
				sum := map[int64]int64{}
				for _, plan := range append(somePlans(), "p") {
					usage, err := m.SiteUsage(ctx, account, plan, family)
					if err != nil {
						return nil, err
					}
					maps.Copy(sum, usage)
				}
				return sum, nil
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !fails(t, jobModelTests()[0], func(testing.TB) store.JobStore { return fault(newJobsModel()) }) {
				t.Error("the comparison passes")
			}
		})
	}
}

// faultyCertificates is the model of jobs with some methods of store.Certificates
// replaced.
type faultyCertificates struct {
	*jobsModel
	list   func(ctx context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error)
	remove func(r store.DeleteRequest) error
	set    func(r store.UploadRequest) (int64, error)
	usage  func(account, plan, family string) (map[int64]int64, error)
}

func (s faultyCertificates) ListCertificates(ctx context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error) {
	if s.list == nil {
		return s.jobsModel.ListCertificates(ctx, q)
	}
	return s.list(ctx, q)
}

func (s faultyCertificates) DeleteCertificate(ctx context.Context, r store.DeleteRequest) error {
	if s.remove == nil {
		return s.jobsModel.DeleteCertificate(ctx, r)
	}
	return s.remove(r)
}

func (s faultyCertificates) SetCertificate(ctx context.Context, r store.UploadRequest) (int64, error) {
	if s.set == nil {
		return s.jobsModel.SetCertificate(ctx, r)
	}
	return s.set(r)
}

func (s faultyCertificates) SiteUsage(ctx context.Context, account, plan, family string) (map[int64]int64, error) {
	if s.usage == nil {
		return s.jobsModel.SiteUsage(ctx, account, plan, family)
	}
	return s.usage(account, plan, family)
}

func queryFault(change func(q *store.CertificateQuery)) func(m *jobsModel) store.JobStore {
	return func(m *jobsModel) store.JobStore {
		return faultyCertificates{jobsModel: m, list: func(ctx context.Context, q store.CertificateQuery) ([]store.JobRecord, int64, error) {
			change(&q)
			return m.ListCertificates(ctx, q)
		}}
	}
}

func deleteFault(remove func(m *jobsModel, r store.DeleteRequest) error) func(m *jobsModel) store.JobStore {
	return func(m *jobsModel) store.JobStore {
		return faultyCertificates{jobsModel: m, remove: func(r store.DeleteRequest) error { return remove(m, r) }}
	}
}

func setFault(set func(m *jobsModel, r store.UploadRequest) (int64, error)) func(m *jobsModel) store.JobStore {
	return func(m *jobsModel) store.JobStore {
		return faultyCertificates{jobsModel: m, set: func(r store.UploadRequest) (int64, error) { return set(m, r) }}
	}
}
