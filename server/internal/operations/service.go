package operations

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

// Service implements the rules of the operations. It is stateless and safe for concurrent use.
type Service struct {
	sites   SiteSource
	quotas  QuotaSource
	store   Store
	region  string
	sealer  KeySealer // nil: private keys of uploaded certificates are not stored
	revoker Revoker   // nil: deleted certificates are not revoked
}

// New returns a Service. The region is that of the certificates in its responses. If
// sealer is nil, private keys of uploaded certificates are checked and not stored. If
// revoker is nil, deleted certificates are not revoked.
func New(sites SiteSource, quotas QuotaSource, store Store, region string, sealer KeySealer, revoker Revoker) *Service {
	return &Service{sites: sites, quotas: quotas, store: store, region: region, sealer: sealer, revoker: revoker}
}

// Request is one call, after the caller was identified and allowed.
type Request struct {
	Account   string // account of the site
	SiteID    int64
	Domains   string // parameter as received
	Type      string // parameter as received; "" means esaapi.DefaultType
	AlgType   string // parameter as received; "" if omitted
	RequestID string
	At        time.Time
	Nonce     store.Nonce // used in the transaction that stores the applications
}

// Result is the result of an accepted request.
type Result struct {
	SiteName     string
	Applications []store.Application // one per name, in the order of the names
}

// Apply checks the rules in order and stores one application per domain name, or
// none. Every error is a *refusal.Error.
func (s *Service) Apply(ctx context.Context, req Request) (Result, error) {
	site, err := s.activeSite(ctx, req.Account, req.SiteID)
	if err != nil {
		return Result{}, err
	}
	typ, limits, err := certificateType(req.Type)
	if err != nil {
		return Result{}, err
	}
	names, err := checkedNames(req.Domains, typ, limits, &site)
	if err != nil {
		return Result{}, err
	}
	applications, err := s.submit(ctx, &req, &site, typ, limits.Family, names)
	if err != nil {
		return Result{}, err
	}
	return Result{SiteName: site.Name, Applications: applications}, nil
}

// activeSite returns the site if the account has it and it is activated.
func (s *Service) activeSite(ctx context.Context, account string, id int64) (Site, error) {
	site, err := s.sites.Site(ctx, account, id)
	switch {
	case errors.Is(err, ErrNoSite):
		return Site{}, &refusal.Error{
			Row:    esaerrors.SiteNotFound,
			Detail: "account " + account + " has no site " + strconv.FormatInt(id, 10),
		}
	case err != nil:
		return Site{}, internal(fmt.Sprintf("find site %d", id), err)
	case !site.activated():
		return Site{}, &refusal.Error{
			Row:    esaerrors.SiteNotActivated,
			Detail: fmt.Sprintf("site %d is %s, not %s", id, site.Status, Active),
		}
	}
	return site, nil
}

// submit passes the names to the ledger, which checks the remaining rules.
//
// The quota must be known before the ledger's transaction begins, but two earlier
// rules can only be checked in the transaction. So if the quota query fails, the
// batch has quota 0 and the ledger always refuses it: by one of the two earlier
// rules if the batch breaks them, otherwise by the quota. ledgerRefusal then
// reports the failed query.
func (s *Service) submit(ctx context.Context, req *Request, site *Site, typ esaapi.CertificateType, family string, names []Name) ([]store.Application, error) {
	quota, quotaErr := s.quota(ctx, req.Account, site.Plan, family)
	applications, err := s.store.Apply(ctx, batch(req, site, typ, family, quota, names))
	if err != nil {
		return nil, ledgerRefusal(err, quotaErr, site, family)
	}
	return applications, nil
}

// quota returns the quota, or 0 and an error.
func (s *Service) quota(ctx context.Context, account, plan, family string) (int, error) {
	quota, err := s.quotas.Quota(ctx, account, plan, family)
	if err != nil {
		return 0, err
	}
	if quota < 0 && quota != store.Unlimited {
		return 0, fmt.Errorf("quota source returned %d", quota)
	}
	return quota, nil
}

// batch returns the ledger's request: the applications and their limits.
func batch(req *Request, site *Site, typ esaapi.CertificateType, family string, quota int, names []Name) store.ApplyRequest {
	domains := make([]string, len(names))
	for i, name := range names {
		domains[i] = string(name)
	}
	b := store.ApplyRequest{
		Account:   req.Account,
		SiteID:    site.ID,
		Domains:   domains,
		Type:      string(typ),
		AlgType:   req.AlgType,
		RequestID: req.RequestID,
		At:        req.At,

		Plan:   site.Plan,
		Family: family,
		Quota:  quota,

		DNSRecordLimit: store.Unlimited,

		Nonce: req.Nonce,
	}
	// In other access modes the service cannot add records to the zone.
	if site.Access == NS {
		b.DNSRecordsEach = 1 // the TXT record of the validation
		b.DNSRecordsInUse = site.DNSRecordsInUse
		b.DNSRecordLimit = site.DNSRecordLimit
	}
	return b
}

// ledgerRefusal converts an error of the ledger to a refusal.
func ledgerRefusal(err, quotaErr error, site *Site, family string) *refusal.Error {
	var already *store.AlreadySubmittedError
	switch {
	case errors.As(err, &already):
		return &refusal.Error{
			Row:    esaerrors.InvalidParameterDomainsAlreadySubmitted,
			Domain: already.Domain,
			Detail: fmt.Sprintf("application %d for %s is pending", already.ID, already.Domain),
		}
	case errors.Is(err, store.ErrRecordLimitExceeded):
		return &refusal.Error{
			Row:    esaerrors.QuotaExceedRecordCount,
			Detail: fmt.Sprintf("plan %s allows site %d %d DNS records", site.Plan, site.ID, site.DNSRecordLimit),
		}
	case errors.Is(err, store.ErrQuotaExceeded) && quotaErr != nil:
		return &refusal.Error{
			Row:    esaerrors.QuotaCheckFailed,
			Detail: fmt.Sprintf("query %s quota of plan %s", family, site.Plan),
			Err:    quotaErr,
		}
	case errors.Is(err, store.ErrQuotaExceeded):
		return &refusal.Error{
			Row:    esaerrors.QuotaExceeded,
			Detail: fmt.Sprintf("plan %s has too few %s certificates left", site.Plan, family),
		}
	}
	return failedWrite("store applications", err)
}
