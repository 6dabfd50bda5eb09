package operations_test

import (
	"context"
	"errors"
	"sync"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

// ledger is a small store in memory that keeps the promises of
// store.Store.Apply.
type ledger struct {
	store.Certificates // not called

	mu           sync.Mutex
	applications []store.Application
	nonces       []store.Nonce
	batches      []store.ApplyRequest // all requests, refused ones included
	failure      error                // returned instead of anything else
}

func (l *ledger) Apply(_ context.Context, b store.ApplyRequest) ([]store.Application, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches = append(l.batches, b)
	if l.failure != nil {
		return nil, l.failure
	}
	if err := l.check(b); err != nil {
		return nil, err
	}
	var made []store.Application
	for _, domain := range b.Domains {
		made = append(made, store.Application{
			ID:      store.FirstID + int64(len(l.applications)+len(made)),
			Account: b.Account, SiteID: b.SiteID, Domain: domain, Type: b.Type, AlgType: b.AlgType,
			Plan: b.Plan, Family: b.Family, DNSRecords: b.DNSRecordsEach, Status: store.Applying,
			RequestID: b.RequestID, CreatedAt: b.At, UpdatedAt: b.At,
		})
	}
	l.applications = append(l.applications, made...)
	l.nonces = append(l.nonces, b.Nonce)
	return made, nil
}

// check checks the three rules in the documented order.
func (l *ledger) check(b store.ApplyRequest) error {
	quota, records := len(b.Domains), b.DNSRecordsInUse+len(b.Domains)*b.DNSRecordsEach
	for _, domain := range b.Domains {
		for _, a := range l.applications {
			if a.Account == b.Account && a.SiteID == b.SiteID && a.Domain == domain && a.Status == store.Applying {
				return &store.AlreadySubmittedError{Domain: domain, ID: a.ID}
			}
		}
	}
	for _, a := range l.applications {
		if a.Account != b.Account || a.Status == store.Failed {
			continue
		}
		if a.SiteID == b.SiteID {
			records += a.DNSRecords
		}
		if a.Plan == b.Plan && a.Family == b.Family {
			quota++
		}
	}
	switch {
	case b.DNSRecordLimit != store.Unlimited && records > b.DNSRecordLimit:
		return store.ErrRecordLimitExceeded
	case b.Quota != store.Unlimited && quota > b.Quota:
		return store.ErrQuotaExceeded
	}
	return nil
}

const (
	account = "1000000000000001"
	siteID  = int64(1234567890123)
)

// fixture provides the dependencies of a service, set up to accept a call.
type fixture struct {
	site     operations.Site
	siteErr  error
	quotas   map[string]int // by family
	quotaErr error
	ledger   ledger
	request  operations.Request

	queried []string // families whose quota was queried
}

func newWorld() *fixture {
	return &fixture{
		site: operations.Site{
			ID: siteID, Name: "example.com", Access: operations.NS, Status: operations.Active,
			Plan: "standard", DNSRecordLimit: 200,
		},
		quotas: map[string]int{"lets_encrypt": 100, "digicert": 20},
		request: operations.Request{
			Account: account, SiteID: siteID, Domains: "www.example.com,blog.example.com", RequestID: "R-1",
		},
	}
}

func (w *fixture) Site(_ context.Context, who string, id int64) (operations.Site, error) {
	if w.siteErr != nil {
		return operations.Site{}, w.siteErr
	}
	if who != account || id != w.site.ID {
		return operations.Site{}, operations.ErrNoSite
	}
	return w.site, nil
}

func (w *fixture) Sites(context.Context, string) ([]operations.Site, error) {
	return []operations.Site{w.site}, w.siteErr
}

func (w *fixture) Quota(_ context.Context, who, plan, family string) (int, error) {
	w.queried = append(w.queried, family)
	if w.quotaErr != nil {
		return 7, w.quotaErr // the number must not count if an error is returned
	}
	quota, ok := w.quotas[family]
	if who != account || plan != w.site.Plan || !ok {
		return 0, errors.New("unexpected quota query")
	}
	return quota, nil
}

func (w *fixture) apply(ctx context.Context) (operations.Result, error) {
	return operations.New(w, w, &w.ledger, "cn-hangzhou", nil, nil).Apply(ctx, w.request)
}
