package operations

import (
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

// maxRecordNames is the largest number of names in RecordName, each of which costs
// a query.
const maxRecordNames = 100

// Statuses of a record.
const (
	recordNone       = "none"
	recordConfigured = "configured"
	recordApplying   = "applying"
	recordFailed     = "failed"
)

// ListCertificatesByRecord lists, for each record name, the certificates that cover
// it.
func (s *Service) ListCertificatesByRecord(call *Call, in esaapi.ListCertificatesByRecordParams) (*esaapi.ListCertificatesByRecordResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.InvalidParameterSiteID)
	if err != nil {
		return nil, err
	}
	names := strings.Split(in.RecordName, ",")
	if len(names) > maxRecordNames {
		return nil, refusal.New(esaerrors.InvalidRecordName, "RecordName has %d names, more than %d", len(names), maxRecordNames)
	}
	covering := make([]string, len(names)) // names in the form of the store
	body := &esaapi.ListCertificatesByRecordResponseBody{
		RequestID: call.RequestID, TotalCount: int64(len(names)), SiteID: site.ID, SiteName: site.Name,
	}
	for i, raw := range names {
		name := strings.Trim(raw, spaces)
		covered, ok := parseRecordName(name)
		if !ok {
			return nil, refusal.New(esaerrors.InvalidRecordName, "name %d %q in RecordName is empty, not text or too long", i+1, truncate(name))
		}
		names[i], covering[i] = name, covered
	}
	for i, name := range names {
		record, err := s.recordCertificates(call, &site, name, covering[i], isTrue(in.ValidOnly))
		if err != nil {
			return nil, err
		}
		if !isTrue(in.Detail) {
			record.Certificates = nil
		}
		body.Result = append(body.Result, record)
	}
	return body, nil
}

func isTrue(b *bool) bool { return b != nil && *b }

// parseRecordName returns the name of a record in the form that certificates are
// searched by. A record, such as _dmarc.example.com, need not have a name that a
// certificate can have.
func parseRecordName(raw string) (string, bool) {
	if name, err := ParseName(raw); err == nil {
		return string(name), true
	}
	return strings.ToLower(raw), raw != "" && len(raw) <= maxNameBytes && storable(raw)
}

// covering returns all certificates and applications that cover a name, the newest
// first.
func (s *Service) covering(call *Call, site *Site, name string) ([]store.JobRecord, error) {
	var all []store.JobRecord
	for {
		found, total, err := s.store.ListCertificates(call.Context, store.CertificateQuery{
			Account: call.Account, SiteID: site.ID, Covering: name, Offset: int64(len(all)), Limit: maxPageSize,
		})
		if err != nil {
			return nil, internal("list certificates of a record", err)
		}
		if all = append(all, found...); len(found) == 0 || int64(len(all)) >= total {
			return all, nil
		}
	}
}

func (s *Service) recordCertificates(call *Call, site *Site, name, covered string, validOnly bool) (esaapi.RecordCertificates, error) {
	found, err := s.covering(call, site, covered)
	if err != nil {
		return esaapi.RecordCertificates{}, err
	}
	record := esaapi.RecordCertificates{RecordName: name, Status: recordNone, Certificates: []esaapi.RecordCertificate{}}
	inForce, lastFailed := false, false
	for i := range found {
		c := s.certificateOf(&found[i], call.At)
		valid := c.Status == statusOK || c.Status == statusExpiring
		inForce = inForce || valid
		switch c.Status {
		case statusApplying:
			record.ApplylingCount++
			continue
		case statusApplyFailed, statusCanceled:
			lastFailed = lastFailed || i == 0
			continue
		}
		if valid || !validOnly {
			record.Count++
			record.Certificates = append(record.Certificates, recordCertificateOf(&c))
		}
	}
	switch {
	case inForce:
		record.Status = recordConfigured
	case record.ApplylingCount > 0:
		record.Status = recordApplying
	case lastFailed:
		record.Status = recordFailed
	}
	return record, nil
}

func recordCertificateOf(c *esaapi.Certificate) esaapi.RecordCertificate {
	return esaapi.RecordCertificate{
		ID: c.ID, Name: c.Name, Region: c.Region, Status: c.Status, Type: c.Type, CommonName: c.CommonName,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Issuer: c.Issuer, IssuerCN: c.IssuerCN, SAN: c.SAN,
		SigAlg: c.SigAlg, PubAlg: c.PubAlg, CreateTime: c.CreateTime, UpdateTime: c.UpdateTime,
		SerialNumber: c.SerialNumber, FingerprintSha256: c.FingerprintSha256,
	}
}
