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
	body := &esaapi.ListCertificatesByRecordResponseBody{
		RequestID: call.RequestID, TotalCount: int64(len(names)), SiteID: site.ID, SiteName: site.Name,
	}
	for _, name := range names {
		record, err := s.recordCertificates(call, &site, strings.ToLower(strings.TrimSpace(name)), isTrue(in.ValidOnly))
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

func (s *Service) recordCertificates(call *Call, site *Site, name string, validOnly bool) (esaapi.RecordCertificates, error) {
	found, _, err := s.store.ListCertificates(call.Context, store.CertificateQuery{
		Account: call.Account, SiteID: site.ID, Covering: name, Limit: maxPageSize,
	})
	if err != nil {
		return esaapi.RecordCertificates{}, internal("list certificates of a record", err)
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
