package operations

import (
	"errors"
	"strconv"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

// GetCertificate returns one certificate or application.
func (s *Service) GetCertificate(call *Call, in esaapi.GetCertificateParams) (*esaapi.GetCertificateResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.CertificateNotFound)
	if err != nil {
		return nil, err
	}
	record, err := s.record(call, &site, in.ID)
	if err != nil {
		return nil, err
	}
	detail := esaapi.CertificateDetail(s.certificateOf(&record, call.At))
	body := &esaapi.GetCertificateResponseBody{
		SiteID: site.ID, SiteName: site.Name, Status: detail.Status, RequestID: call.RequestID,
	}
	if c := record.Certificate; c != nil {
		body.Certificate = new(string(c.Chain))
		// The times of this operation have another form than those of lists.
		detail.NotBefore, detail.NotAfter = new(formatISO(c.NotBefore)), new(formatISO(c.NotAfter))
	}
	body.Result = detail
	return body, nil
}

// record finds a record of a site by the Id that the caller sent. An Id is opaque:
// one of another form is not found either.
func (s *Service) record(call *Call, site *Site, raw string) (store.JobRecord, error) {
	id, ok := parseID(raw)
	if !ok {
		return store.JobRecord{}, notFound(site, raw)
	}
	record, err := s.store.FindCertificate(call.Context, call.Account, site.ID, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.JobRecord{}, notFound(site, raw)
	case err != nil:
		return store.JobRecord{}, internal("find certificate "+raw, err)
	}
	return record, nil
}

// parseID parses an Id in the form that formatID writes.
func parseID(raw string) (int64, bool) {
	id, err := strconv.ParseInt(raw, 10, 64)
	return id, err == nil && id > 0 && formatID(id) == raw
}

func notFound(site *Site, raw string) error {
	return refusal.New(esaerrors.CertificateNotFound, "site %d has no certificate %q", site.ID, truncate(raw))
}
