package operations

import (
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

const defaultCertificatesPage = 20

// maxKeyword is the longest Keyword in bytes. It bounds the work of a search, and is
// longer than every name.
const maxKeyword = 1024

// ListCertificates lists the certificates and the applications of a site.
func (s *Service) ListCertificates(call *Call, in esaapi.ListCertificatesParams) (*esaapi.ListCertificatesResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.InvalidParameterSiteID)
	if err != nil {
		return nil, err
	}
	page, err := newPage(in.PageNumber, in.PageSize, defaultCertificatesPage)
	if err != nil {
		return nil, err
	}
	if keyword := value(in.Keyword); len(keyword) > maxKeyword || !storable(keyword) {
		return nil, refusal.New(esaerrors.InvalidKeyword, "Keyword has %d bytes, want at most %d of UTF-8 without NUL", len(keyword), maxKeyword)
	}
	body := &esaapi.ListCertificatesResponseBody{
		RequestID: call.RequestID, PageNumber: page.number, PageSize: page.size,
		SiteID: site.ID, SiteName: site.Name, Result: []esaapi.Certificate{},
	}
	query := store.CertificateQuery{
		Account: call.Account, SiteID: site.ID, Keyword: value(in.Keyword), Offset: page.before(), Limit: int(page.size),
	}
	if in.ValidOnly != nil && *in.ValidOnly {
		query.ValidAt = call.At
	}
	switch value(in.Type) {
	case "":
	case "free":
		query.Uploaded = new(false)
	case store.Uploaded:
		query.Uploaded = new(true)
	default:
		return body, nil // no certificate has another type
	}
	records, total, err := s.store.ListCertificates(call.Context, query)
	if err != nil {
		return nil, internal("list certificates", err)
	}
	body.TotalCount = total
	for i := range records {
		body.Result = append(body.Result, s.certificateOf(&records[i], call.At))
	}
	return body, nil
}
