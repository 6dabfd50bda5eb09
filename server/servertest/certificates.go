package servertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strconv"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
)

const (
	day = 24 * time.Hour

	// timeLeft is what an Expiring certificate has left: half of the 30 days, so that
	// tests can move the clock a little.
	timeLeft = 15 * day

	// renewalStep is short enough that every other certificate is renewed in time.
	renewalStep = 12 * time.Hour

	uploadLifetime = 90 * day
	shortUpload    = time.Minute // time left of an upload that will be Expired
)

// AddCertificate applies for a free certificate for a domain name of one of the
// account's sites, brings it to a status, and returns its ID for calls of the SDK.
// Status is one of these:
//
//   - client.StatusApplying: the server has accepted the application. It is issued
//     when the clock is advanced, unless AddAuthorityFault prevents that.
//   - client.StatusOK: the embedded authority has issued it, as in WaitIssued. The
//     clock advances by the delay of the authority, 5 seconds in the built-in example.
//   - client.StatusExpiring: 15 days are left. The clock advances by the rest of its
//     life, 75 days by default.
//   - client.StatusExpired: the clock advances to its end, 90 days by default.
//   - client.StatusApplyFailed: the authority has rejected it. ApplyCode is 1 and
//     ApplyMessage "rejected by servertest". The clock does not advance.
//   - client.StatusCanceled: the operator has canceled it. ApplyCode is 2 and
//     ApplyMessage "canceled". The clock does not advance.
//
// Certificates added as Expiring and Expired are not renewed, so that they keep
// their status until the test advances the clock. All others continue to be issued
// and renewed while the clock advances. To have certificates in several statuses at
// the same time, add them in the order Expired, Expiring, OK, Applying.
//
// The helper calls the server as the client of Client does: its calls are in the
// journal, and errors of RespondWith and faults of InjectFault apply to them. A name
// outside the account's sites, another status, and a rejected call fail the test.
func (s *Server) AddCertificate(ctx context.Context, status, domain string) (id string) {
	s.t.Helper()
	switch status {
	case client.StatusApplying, client.StatusOK, client.StatusExpiring, client.StatusExpired, client.StatusApplyFailed, client.StatusCanceled:
	default:
		s.t.Fatalf("servertest: AddCertificate: unknown status %q: want Applying, OK, Expiring, Expired, ApplyFailed or Canceled", status)
	}
	s.issue.get() // fails the test if issuing is disabled
	c := s.Client()
	site, name := s.siteOf(ctx, c, "AddCertificate", domain)
	if status == client.StatusApplyFailed {
		s.AddAuthorityFault(AuthorityFault{Name: name, Refuse: "rejectedIdentifier", Detail: "rejected by servertest", OnNewOrder: true, Times: 1})
	}
	out, err := c.ApplyCertificate(ctx, client.ApplyCertificateInput{SiteID: site, Domains: []string{name}})
	if err != nil {
		s.t.Fatalf("servertest: AddCertificate: apply for %s: %v", name, err)
	}
	id = out.Applications[0].ID
	n := s.parseID(id)
	switch status {
	case client.StatusOK:
		s.WaitIssued(ctx, n)
	case client.StatusExpiring, client.StatusExpired:
		end := s.WaitIssued(ctx, n).Certificate.NotAfter
		if err := s.issue.stopRenewal(ctx, n, s.Clock.Now()); err != nil {
			s.t.Fatalf("servertest: AddCertificate: stop the renewal of %s: %v", id, err)
		}
		if status == client.StatusExpiring {
			end = end.Add(-timeLeft)
		}
		s.AdvanceInSteps(end.Sub(s.Clock.Now()), renewalStep)
	case client.StatusApplyFailed:
		s.issue.runDue(ctx)
	case client.StatusCanceled:
		if err := issuance.Cancel(ctx, s.issue.jobs, n, s.Clock.Now()); err != nil {
			s.t.Fatalf("servertest: AddCertificate: cancel %s: %v", id, err)
		}
	}
	s.checkStatus(ctx, "AddCertificate", n, status)
	return id
}

// UploadCertificate uploads a self-signed certificate for a domain name of one of
// the account's sites and returns its ID for calls of the SDK. Its Name is the domain
// name, which must be unique among the uploaded certificates of the site. Status is
// one of these:
//
//   - client.StatusOK: 90 days are left.
//   - client.StatusExpiring: 15 days are left.
//   - client.StatusExpired: the clock advances by a minute, because the server
//     rejects uploads that are expired.
//
// Nothing renews it: add it after the certificates for which the clock advances.
// Calls and failures are as those of AddCertificate.
func (s *Server) UploadCertificate(ctx context.Context, status, domain string) (id string) {
	s.t.Helper()
	lifetimes := map[string]time.Duration{
		client.StatusOK: uploadLifetime, client.StatusExpiring: timeLeft, client.StatusExpired: shortUpload,
	}
	left, known := lifetimes[status]
	if !known {
		s.t.Fatalf("servertest: UploadCertificate: unknown status %q: want OK, Expiring or Expired", status)
	}
	c := s.Client()
	site, name := s.siteOf(ctx, c, "UploadCertificate", domain)
	certificate, key := s.selfSigned(name, s.Clock.Now().Add(left))
	out, err := c.SetCertificate(ctx, client.SetCertificateInput{
		SiteID: site, Type: esaapi.TypeUpload, Name: name, Certificate: certificate, PrivateKey: key,
	})
	if err != nil {
		s.t.Fatalf("servertest: UploadCertificate: upload for %s: %v", name, err)
	}
	if status == client.StatusExpired {
		s.Clock.Advance(left)
	}
	s.checkStatus(ctx, "UploadCertificate", s.parseID(out.ID), status)
	return out.ID
}

// siteOf returns the account's site that a domain name belongs to, the one with the
// longest name, and the normal form of the domain name.
func (s *Server) siteOf(ctx context.Context, c *client.Client, caller, domain string) (site int64, name string) {
	s.t.Helper()
	parsed, err := operations.ParseName(domain)
	if err != nil {
		s.t.Fatalf("servertest: %s: %q is not a domain name: %v", caller, domain, err)
	}
	longest := ""
	for candidate, err := range c.ListSitesAll(ctx, client.ListSitesInput{}) {
		if err != nil {
			s.t.Fatalf("servertest: %s: list the account's sites: %v", caller, err)
		}
		if parsed.In(candidate.SiteName) && len(candidate.SiteName) > len(longest) {
			site, longest = candidate.SiteID, candidate.SiteName
		}
	}
	if longest == "" {
		s.t.Fatalf("servertest: %s: %s is not a name of one of the account's sites", caller, parsed)
	}
	return site, string(parsed)
}

func (s *Server) parseID(id string) int64 {
	s.t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		s.t.Fatalf("servertest: the ID of a certificate: %v", err)
	}
	return n
}

// checkStatus fails the test if a certificate does not have the status, for example
// because the configuration sets a short lifetime or the test has added faults.
func (s *Server) checkStatus(ctx context.Context, caller string, id int64, want string) {
	s.t.Helper()
	r := s.issue.record(ctx, id)
	if got := operations.StatusOf(&r, s.Clock.Now()); got != want {
		s.t.Fatalf("servertest: %s: certificate %d for %s is %s, want %s (%s)", caller, id, r.Domain, got, want, problem(r.Progress.Problem))
	}
}

// stopRenewal makes nothing due for an issued certificate.
func (f *issuer) stopRenewal(ctx context.Context, id int64, now time.Time) error {
	f.working.Lock()
	defer f.working.Unlock()
	// The one that is due longest is leased first.
	if err := f.jobs.Expedite(ctx, id, time.Unix(0, 0)); err != nil {
		return err
	}
	leased, err := f.jobs.Lease(ctx, now, now.Add(time.Minute), 1)
	if err != nil {
		return err
	}
	if len(leased) == 0 || leased[0].ID != id {
		return store.ErrFenced
	}
	return f.jobs.Retire(ctx, leased[0].Lease)
}

// selfSigned returns a certificate and its key as PEM.
func (s *Server) selfSigned(name string, notAfter time.Time) (certificate, key string) {
	s.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(notAfter.Unix()),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    notAfter.Add(-uploadLifetime),
		NotAfter:     notAfter,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		s.t.Fatalf("servertest: %v", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}
