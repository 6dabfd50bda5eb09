package operations

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/store"
)

// Statuses of a certificate as the operations show them. The store keeps the first
// three as Applying, Issued and Failed.
const (
	statusApplying    = "Applying"
	statusOK          = "OK"
	statusApplyFailed = "ApplyFailed"
	statusCanceled    = "Canceled"
	statusExpiring    = "Expiring"
	statusExpired     = "Expired"
)

// expiringWithin is the time left at which a certificate begins to be Expiring.
const expiringWithin = 30 * 24 * time.Hour

// ApplyCode of a record without a certificate. The page has one example, 2 with the
// message "canceled"; the other code is ours.
const (
	applyCodeFailed   = 1
	applyCodeCanceled = 2
)

// StatusOf returns the status of a record as the operations show it.
func StatusOf(r *store.JobRecord, now time.Time) string {
	switch r.Status {
	case store.Applying:
		return statusApplying
	case store.Failed:
		return statusApplyFailed
	case store.Canceled, store.Deleted:
		return statusCanceled
	case store.Issued:
	}
	switch {
	case r.Certificate == nil:
		return statusOK
	case !now.Before(r.Certificate.NotAfter):
		return statusExpired
	case !now.Add(expiringWithin).Before(r.Certificate.NotAfter):
		return statusExpiring
	}
	return statusOK
}

// certificateOf returns a record as ListCertificates shows it. Every other view is
// a part of it.
func (s *Service) certificateOf(r *store.JobRecord, now time.Time) esaapi.Certificate {
	c := esaapi.Certificate{
		ID: formatID(r.ID), Name: r.Domain, Region: s.region, Status: StatusOf(r, now), Type: "free",
		CommonName: r.Domain, SAN: r.Domain, CreateTime: formatTime(r.CreatedAt), UpdateTime: formatTime(r.UpdatedAt),
	}
	if r.Type == store.Uploaded {
		c.Type, c.Name, c.SAN = store.Uploaded, r.Name, r.Names
		if r.Region != "" {
			c.Region = r.Region
		}
	}
	switch c.Status {
	case statusApplyFailed:
		c.ApplyCode, c.ApplyMessage = new(int64(applyCodeFailed)), new(problemMessage(r.Progress.Problem))
	case statusCanceled:
		c.ApplyCode, c.ApplyMessage = new(int64(applyCodeCanceled)), new("canceled")
	}
	if r.Certificate == nil {
		return c
	}
	c.NotBefore, c.NotAfter = new(formatTime(r.Certificate.NotBefore)), new(formatTime(r.Certificate.NotAfter))
	c.SerialNumber, c.FingerprintSha256 = &r.Certificate.Serial, &r.Certificate.Fingerprint
	if leaf := parseLeaf(r.Certificate.Chain); leaf != nil {
		c.Issuer, c.IssuerCN = new(issuerOf(leaf)), &leaf.Issuer.CommonName
		c.SigAlg, c.PubAlg = new(leaf.SignatureAlgorithm.String()), new(leaf.PublicKeyAlgorithm.String())
		if r.Type != store.Uploaded {
			c.SAN = strings.Join(leaf.DNSNames, ",")
		}
	}
	return c
}

// issuerOf returns the organization of the issuer, as in the documented example, or
// its common name.
func issuerOf(leaf *x509.Certificate) string {
	if len(leaf.Issuer.Organization) > 0 {
		return leaf.Issuer.Organization[0]
	}
	return leaf.Issuer.CommonName
}

func parseLeaf(chain []byte) *x509.Certificate {
	block, _ := pem.Decode(chain)
	if block == nil {
		return nil
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return leaf
}

func problemMessage(p *store.Problem) string {
	switch {
	case p == nil:
		return "failed"
	case p.Detail != "":
		return p.Detail
	}
	return p.Type
}

// formatTime returns a time as 2006-01-02 15:04:05, in UTC.
func formatTime(t time.Time) string { return t.UTC().Format(time.DateTime) }
