package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/servertest"
)

// eachScheme runs a test with both signature schemes and both methods.
func eachScheme(t *testing.T, test func(t *testing.T, srv *servertest.Server, c *client.Client)) {
	t.Helper()
	for name, options := range map[string][]client.Option{
		"ACS3 POST": nil,
		"ACS3 GET":  {client.WithMethod("GET")},
		"RPC POST":  {client.WithSignature(signature.RPCHMACSHA1)},
		"RPC GET":   {client.WithSignature(signature.RPCHMACSHA1), client.WithMethod("GET")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.New(t)
			test(t, srv, srv.Client(options...))
		})
	}
}

// A certificate from the application to its deletion.
func TestCertificateLifecycle(t *testing.T) {
	t.Parallel()
	eachScheme(t, func(t *testing.T, srv *servertest.Server, c *client.Client) {
		ctx := t.Context()
		id := mustApply(t, c, "www.example.com")
		srv.WaitIssued(ctx, srv.Applications()[0].ID)
		other := mustApply(t, c, "*.example.com")

		list := mustList(t, c, client.ListCertificatesInput{SiteID: servertest.SiteID})
		if list.TotalCount != 2 || list.PageNumber != 1 || list.PageSize != 20 || list.SiteName != "example.com" || len(list.Result) != 2 {
			t.Fatalf("list: %+v", list)
		}
		if first := list.Result[0]; first.ID != other || first.Status != "Applying" || first.CommonName != "*.example.com" ||
			first.SAN != "*.example.com" || first.Type != "free" || first.NotAfter != nil {
			t.Errorf("the newest: %+v", first)
		}
		got, err := c.GetCertificate(ctx, client.GetCertificateInput{SiteID: servertest.SiteID, ID: other})
		if err != nil || got.Status != "Applying" || got.Certificate != nil || got.Result.ID != other {
			t.Fatalf("GetCertificate: %+v, %v", got, err)
		}
		quota, err := c.GetCertificateQuota(ctx, client.GetCertificateQuotaInput{SiteID: servertest.SiteID, Type: "free"})
		if err != nil || quota.QuotaUsage != 2 || quota.Quota < 2 || quota.SiteCount < 1 {
			t.Fatalf("GetCertificateQuota: %+v, %v", quota, err)
		}

		if got, err = c.GetCertificate(ctx, client.GetCertificateInput{SiteID: servertest.SiteID, ID: id}); err != nil {
			t.Fatal(err)
		}
		checkIssued(t, got)
		byRecord, err := c.ListCertificatesByRecord(ctx, client.ListCertificatesByRecordInput{
			SiteID: servertest.SiteID, RecordName: "www.example.com,blog.example.com,example.org", Detail: true,
		})
		if err != nil || byRecord.TotalCount != 3 {
			t.Fatalf("ListCertificatesByRecord: %+v, %v", byRecord, err)
		}
		for i, want := range []struct {
			status          string
			count, applying int64
		}{{"configured", 1, 1}, {"applying", 0, 1}, {"none", 0, 0}} {
			if r := byRecord.Result[i]; r.Status != want.status || r.Count != want.count || r.ApplylingCount != want.applying || int64(len(r.Certificates)) != want.count {
				t.Errorf("record %s: %+v, want %+v", r.RecordName, r, want)
			}
		}
		if valid := mustList(t, c, client.ListCertificatesInput{SiteID: servertest.SiteID, ValidOnly: true}); valid.TotalCount != 1 || valid.Result[0].ID != id {
			t.Errorf("ValidOnly: %+v", valid)
		}

		for _, id := range []string{id, other} {
			if out, err := c.DeleteCertificate(ctx, client.DeleteCertificateInput{SiteID: servertest.SiteID, ID: id}); err != nil || out.ID != id || out.SiteName != "example.com" {
				t.Fatalf("DeleteCertificate: %+v, %v", out, err)
			}
			_, err := c.DeleteCertificate(ctx, client.DeleteCertificateInput{SiteID: servertest.SiteID, ID: id})
			wantRow(t, err, esaerrors.CertificateNotFound)
			_, err = c.GetCertificate(ctx, client.GetCertificateInput{SiteID: servertest.SiteID, ID: id})
			wantRow(t, err, esaerrors.CertificateNotFound)
		}
		if quota, err = c.GetCertificateQuota(ctx, client.GetCertificateQuotaInput{SiteID: servertest.SiteID, Type: "free"}); err != nil || quota.QuotaUsage != 0 {
			t.Errorf("quota after deletion: %+v, %v", quota, err)
		}
		// The names are free again.
		if _, err = c.ApplyCertificate(ctx, client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: []string{"*.example.com"}}); err != nil {
			t.Error(err)
		}
	})
}

func mustApply(t *testing.T, c *client.Client, domain string) (id string) {
	t.Helper()
	out, err := c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: []string{domain}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Applications[0].ID
}

func mustList(t *testing.T, c *client.Client, in client.ListCertificatesInput) *client.ListCertificatesOutput {
	t.Helper()
	list, err := c.ListCertificates(t.Context(), in)
	if err != nil {
		t.Fatalf("ListCertificates: %v", err)
	}
	return list
}

func wantRow(t *testing.T, err error, want *esaerrors.Error) {
	t.Helper()
	var refused *client.ServiceError
	if !errors.As(err, &refused) || refused.Code != want.Code || refused.Message != want.Message || refused.Status != want.Status {
		t.Errorf("got %v, want %d %v", err, want.Status, want)
	}
}

func checkIssued(t *testing.T, got *client.GetCertificateOutput) {
	t.Helper()
	if got.Status != "OK" || got.Certificate == nil || strings.Contains(*got.Certificate, "PRIVATE") {
		t.Fatalf("GetCertificate: %+v", got)
	}
	block, _ := pem.Decode([]byte(*got.Certificate))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	r := got.Result
	if *r.NotAfter != leaf.NotAfter.UTC().Format(time.RFC3339) || *r.SigAlg == "" || *r.PubAlg != "ECDSA" || *r.IssuerCN != leaf.Issuer.CommonName ||
		*r.SerialNumber == "" || len(*r.FingerprintSha256) != 64 || r.SAN != "www.example.com" {
		t.Errorf("certificate %+v", r)
	}
	if _, err := time.Parse(time.DateTime, r.CreateTime); err != nil {
		t.Error(err)
	}
}

// Pages are complete and stable, whatever their size; values out of range are
// rejected.
func TestListPages(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client()
	names := make([]string, 45)
	for i := range names {
		names[i] = "n" + strings.Repeat("x", i+1) + ".example.com"
	}
	if _, err := c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: names}); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1, 7, 44, 45, 500} {
		var got []string
		for item, err := range c.ListCertificatesAll(t.Context(), client.ListCertificatesInput{SiteID: servertest.SiteID, PageSize: size}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, item.CommonName)
		}
		if len(got) != len(names) || got[0] != names[44] || got[44] != names[0] {
			t.Errorf("pages of %d: %d names, %v", size, len(got), got)
		}
	}
	if out := mustList(t, c, client.ListCertificatesInput{SiteID: servertest.SiteID, PageNumber: 1_000_000_000, PageSize: 500}); out.TotalCount != 45 || len(out.Result) != 0 || out.Result == nil {
		t.Errorf("far beyond the last page: %+v", out)
	}
	if out := mustList(t, c, client.ListCertificatesInput{SiteID: servertest.SiteID, Keyword: "NXXX.example"}); out.TotalCount != 1 {
		t.Errorf("keyword: %d found", out.TotalCount)
	}
	for _, in := range []struct {
		number, size int64
		want         *esaerrors.Error
	}{{-1, 0, esaerrors.InvalidPageNumber}, {1, 501, esaerrors.InvalidPageSize}, {1, -1, esaerrors.InvalidPageSize}} {
		_, err := c.ListCertificates(t.Context(), client.ListCertificatesInput{SiteID: servertest.SiteID, PageNumber: in.number, PageSize: in.size})
		wantRow(t, err, in.want)
	}
	_, err := c.ListCertificates(t.Context(), client.ListCertificatesInput{SiteID: 5})
	wantRow(t, err, esaerrors.InvalidParameterSiteID)
}

func TestSites(t *testing.T) {
	t.Parallel()
	eachScheme(t, func(t *testing.T, _ *servertest.Server, c *client.Client) {
		ctx := t.Context()
		all, err := c.ListSites(ctx, client.ListSitesInput{})
		if err != nil || int(all.TotalCount) != len(all.Sites) || len(all.Sites) < 3 || all.PageSize != 500 {
			t.Fatalf("ListSites: %+v, %v", all, err)
		}
		for name, tc := range map[string]struct {
			in   client.ListSitesInput
			want int
		}{
			"exact":        {client.ListSitesInput{SiteName: "example.com"}, 1},
			"exact, none":  {client.ListSitesInput{SiteName: "xample.com"}, 0},
			"suffix":       {client.ListSitesInput{SiteName: "ample.com", SiteSearchType: esaapi.SearchSuffix}, len(all.Sites)},
			"CNAME":        {client.ListSitesInput{AccessType: "CNAME"}, 1},
			"another plan": {client.ListSitesInput{PlanSubscribeType: "basicplan"}, 0},
			"tag":          {client.ListSitesInput{TagFilter: `[{"Key":"a","Value":"b"}]`}, 0},
		} {
			out, err := c.ListSites(ctx, tc.in)
			if err != nil || name != "suffix" && len(out.Sites) != tc.want || name == "suffix" && len(out.Sites) == 0 {
				t.Errorf("%s: %+v, %v", name, out, err)
			}
		}
		_, err = c.ListSites(ctx, client.ListSitesInput{SiteSearchType: "regexp"})
		wantRow(t, err, esaerrors.InvalidSiteSearchType)
		_, err = c.ListSites(ctx, client.ListSitesInput{TagFilter: "{"})
		wantRow(t, err, esaerrors.InvalidTagFilter)
		site, err := c.GetSite(ctx, client.GetSiteInput{SiteID: servertest.SiteID})
		if err != nil || site.SiteModel.SiteName != "example.com" || site.SiteModel.Status != "active" || site.SiteModel.AccessType != "NS" {
			t.Errorf("GetSite: %+v, %v", site, err)
		}
		_, err = c.GetSite(ctx, client.GetSiteInput{SiteID: 5})
		wantRow(t, err, esaerrors.SiteNotFoundWebsite)
		delegation, err := c.GetDcvDelegation(ctx, client.GetDcvDelegationInput{SiteID: servertest.SiteID})
		if err != nil || delegation.DelegationDomain != "1234567890123.dcv.aliyun-esa.com" {
			t.Errorf("GetDcvDelegation: %+v, %v", delegation, err)
		}
	})
}

// keyPair returns a self-signed certificate for the names and its key, as PEM.
func keyPair(t testing.TB, notAfter time.Time, names ...string) (certificate, key string) {
	t.Helper()
	return selfSigned(t, notAfter, &x509.Certificate{Subject: pkix.Name{CommonName: names[0]}, DNSNames: names})
}

// selfSigned completes and signs a template, and returns the certificate and its key
// as PEM.
func selfSigned(t testing.TB, notAfter time.Time, template *x509.Certificate) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(7), notAfter.AddDate(-1, 0, 0), notAfter
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", pkcs8)
}

func TestUploads(t *testing.T) {
	t.Parallel()
	eachScheme(t, func(t *testing.T, srv *servertest.Server, c *client.Client) {
		ctx, later := t.Context(), srv.Clock.Now().AddDate(1, 0, 0)
		certificate, key := keyPair(t, later, "shop.example.com", "*.example.com")
		in := client.SetCertificateInput{SiteID: servertest.SiteID, Type: esaapi.TypeUpload, Name: "shop", Certificate: certificate, PrivateKey: key}
		out, err := c.SetCertificate(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.GetCertificate(ctx, client.GetCertificateInput{SiteID: servertest.SiteID, ID: out.ID})
		if err != nil || got.Status != "OK" || got.Result.Region != "cn-hangzhou" || got.Result.Type != "upload" || got.Result.Name != "shop" || got.Result.SAN != "shop.example.com,*.example.com" || *got.Certificate != certificate {
			t.Fatalf("uploaded: %+v, %v", got, err)
		}
		_, err = c.SetCertificate(ctx, in)
		wantRow(t, err, esaerrors.CertificateDuplicated)
		in.ID, in.Region = out.ID, "cn-beijing"
		if again, err := c.SetCertificate(ctx, in); err != nil || again.ID != out.ID {
			t.Errorf("update: %+v, %v", again, err)
		}
		if got, err = c.GetCertificate(ctx, client.GetCertificateInput{SiteID: servertest.SiteID, ID: out.ID}); err != nil || got.Result.Region != "cn-beijing" {
			t.Errorf("updated: %+v, %v", got, err)
		}
		if list := mustList(t, c, client.ListCertificatesInput{SiteID: servertest.SiteID, Type: "upload", Keyword: "w.example.com"}); list.TotalCount != 1 {
			t.Errorf("uploaded wildcards that cover a name: %+v", list)
		}
		if list := mustList(t, c, client.ListCertificatesInput{SiteID: servertest.SiteID, Type: "free"}); list.TotalCount != 0 {
			t.Errorf("free: %+v", list)
		}
		if _, err := c.DeleteCertificate(ctx, client.DeleteCertificateInput{SiteID: servertest.SiteID, ID: out.ID}); err != nil {
			t.Error(err)
		}
		if journal := srv.Journal(); bytes.Contains(fmtJournal(t, journal), []byte("PRIVATE")) {
			t.Error("the journal has the private key")
		}
	})
}

func fmtJournal(t *testing.T, entries []servertest.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, e := range entries {
		b.WriteString(e.Detail + e.Path + strings.Join(e.Domains, " "))
	}
	return b.Bytes()
}

// A certificate is read back as it was uploaded, so that Terraform plans no change,
// unless it has other lines than certificates.
func TestUploadReadBack(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client()
	certificate, key := keyPair(t, srv.Clock.Now().AddDate(1, 0, 0), "shop.example.com")
	for name, tc := range map[string]struct{ upload, want string }{
		"one line end":      {certificate, certificate},
		"no line end":       {strings.TrimSpace(certificate), strings.TrimSpace(certificate)},
		"two line ends":     {certificate + "\n", certificate + "\n"},
		"Windows line ends": {strings.ReplaceAll(certificate, "\n", "\r\n"), strings.ReplaceAll(certificate, "\n", "\r\n")},
		"other lines":       {"subject=CN = shop.example.com\n" + certificate, certificate},
		"two certificates":  {strings.TrimSpace(certificate + certificate), strings.TrimSpace(certificate + certificate)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := c.SetCertificate(t.Context(), client.SetCertificateInput{
				SiteID: servertest.SiteID, Type: esaapi.TypeUpload, Name: name, Certificate: tc.upload, PrivateKey: key,
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.GetCertificate(t.Context(), client.GetCertificateInput{SiteID: servertest.SiteID, ID: out.ID})
			if err != nil || *got.Certificate != tc.want || *got.Result.IssuerCN != "shop.example.com" {
				t.Errorf("read back %+v, %v, want %q", got, err, tc.want)
			}
		})
	}
}

// The common name is the name of a certificate whose SAN has no DNS name, or only an
// empty one.
func TestUploadWithCommonNameOnly(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client()
	emptySAN := pkix.Extension{Id: []int{2, 5, 29, 17}, Value: []byte{0x30, 2, 0x82, 0}}
	for name, tc := range map[string]struct {
		template *x509.Certificate
		want     *esaerrors.Error
	}{
		"without SAN":         {&x509.Certificate{Subject: pkix.Name{CommonName: "shop.example.com"}}, nil},
		"empty name in SAN":   {&x509.Certificate{Subject: pkix.Name{CommonName: "shop.example.com"}, ExtraExtensions: []pkix.Extension{emptySAN}}, nil},
		"another site's name": {&x509.Certificate{Subject: pkix.Name{CommonName: "example.org"}}, esaerrors.InvalidCertificateNotFound},
		"not a domain name":   {&x509.Certificate{Subject: pkix.Name{CommonName: "Shop"}}, esaerrors.InvalidCertificateNotFound},
		"no name":             {&x509.Certificate{Subject: pkix.Name{Organization: []string{"Shop"}}}, esaerrors.InvalidCertificateNotFound},
		"SAN of another site": {&x509.Certificate{Subject: pkix.Name{CommonName: "shop.example.com"}, DNSNames: []string{"example.org"}}, esaerrors.InvalidCertificateNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate, key := selfSigned(t, srv.Clock.Now().AddDate(1, 0, 0), tc.template)
			out, err := c.SetCertificate(t.Context(), client.SetCertificateInput{
				SiteID: servertest.SiteID, Type: esaapi.TypeUpload, Name: name, Certificate: certificate, PrivateKey: key,
			})
			if tc.want != nil {
				wantRow(t, err, tc.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.GetCertificate(t.Context(), client.GetCertificateInput{SiteID: servertest.SiteID, ID: out.ID})
			if err != nil || got.Result.CommonName != "shop.example.com" || got.Result.SAN != "shop.example.com" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// Every row of SetCertificate that a state or an input causes.
func TestUploadRows(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client(client.WithoutValidation())
	later := srv.Clock.Now().AddDate(1, 0, 0)
	certificate, key := keyPair(t, later, "shop.example.com")
	_, otherKey := keyPair(t, later, "shop.example.com")
	foreign, foreignKey := keyPair(t, later, "example.org")
	mixed, mixedKey := keyPair(t, later, "a.example.com", "example.org")
	expired, expiredKey := keyPair(t, srv.Clock.Now().AddDate(0, 0, -1), "shop.example.com")
	applied, err := c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: []string{"www.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(in *client.SetCertificateInput)
		want   *esaerrors.Error
	}{
		"no site":              {func(in *client.SetCertificateInput) { in.SiteID = 5 }, esaerrors.InvalidParameterSiteID},
		"no type":              {func(in *client.SetCertificateInput) { in.Type = "" }, esaerrors.MissingType},
		"other type":           {func(in *client.SetCertificateInput) { in.Type = "free" }, esaerrors.InvalidParameter},
		"long name":            {func(in *client.SetCertificateInput) { in.Name = strings.Repeat("é", 129) }, esaerrors.InvalidParameter},
		"not a region":         {func(in *client.SetCertificateInput) { in.Region = "cn_hangzhou" }, esaerrors.InvalidParameter},
		"cas without id":       {func(in *client.SetCertificateInput) { in.Type = esaapi.TypeCas }, esaerrors.CasIDMissingParameter},
		"cas":                  {func(in *client.SetCertificateInput) { in.Type, in.CasID = esaapi.TypeCas, 7 }, esaerrors.CertificateNotFound},
		"no certificate":       {func(in *client.SetCertificateInput) { in.Certificate = "" }, esaerrors.CertificateMissingParameter},
		"no key":               {func(in *client.SetCertificateInput) { in.PrivateKey = "" }, esaerrors.PrivateKeyMissingParameter},
		"certificate not PEM":  {func(in *client.SetCertificateInput) { in.Certificate = "x" }, esaerrors.InvalidSSLPub},
		"a key as certificate": {func(in *client.SetCertificateInput) { in.Certificate = key }, esaerrors.InvalidSSLPub},
		"huge certificate":     {func(in *client.SetCertificateInput) { in.Certificate = strings.Repeat(certificate, 400) }, esaerrors.InvalidSSLPub},
		"expired":              {func(in *client.SetCertificateInput) { in.Certificate, in.PrivateKey = expired, expiredKey }, esaerrors.InvalidSSLPub},
		"key not PEM":          {func(in *client.SetCertificateInput) { in.PrivateKey = "x" }, esaerrors.InvalidSSLPri},
		"other key":            {func(in *client.SetCertificateInput) { in.PrivateKey = otherKey }, esaerrors.CertificateNotMatchPrivateKey},
		"other site's names":   {func(in *client.SetCertificateInput) { in.Certificate, in.PrivateKey = foreign, foreignKey }, esaerrors.InvalidCertificateNotFound},
		"some other names":     {func(in *client.SetCertificateInput) { in.Certificate, in.PrivateKey = mixed, mixedKey }, esaerrors.CertificateDomainNotMatchSite},
		"a free one":           {func(in *client.SetCertificateInput) { in.ID = applied.Applications[0].ID }, esaerrors.UpdateFreeCertificateNotSupport},
		"an unknown one":       {func(in *client.SetCertificateInput) { in.ID = "1" }, esaerrors.CertificateNotFound},
		"an id of any form":    {func(in *client.SetCertificateInput) { in.ID = "nope" }, esaerrors.CertificateNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := client.SetCertificateInput{SiteID: servertest.SiteID, Type: esaapi.TypeUpload, Name: name, Certificate: certificate, PrivateKey: key}
			tc.change(&in)
			_, err := c.SetCertificate(t.Context(), in)
			wantRow(t, err, tc.want)
		})
	}
	t.Cleanup(func() {
		if list := srv.Applications(); len(list) != 1 {
			t.Errorf("rejected uploads left %+v", list)
		}
	})
}

// Every documented row of every operation with a SiteId can be had on demand.
func TestScenarioSitesOfEveryOperation(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client(client.WithoutRetry())
	call := func(action string, site int64) error {
		var err error
		switch action {
		case "ApplyCertificate":
			_, err = c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: site, Domains: []string{"www.example.com"}})
		case "DeleteCertificate":
			_, err = c.DeleteCertificate(t.Context(), client.DeleteCertificateInput{SiteID: site, ID: "1"})
		case "GetCertificate":
			_, err = c.GetCertificate(t.Context(), client.GetCertificateInput{SiteID: site, ID: "1"})
		case "GetCertificateQuota":
			_, err = c.GetCertificateQuota(t.Context(), client.GetCertificateQuotaInput{SiteID: site, Type: "free"})
		case "GetDcvDelegation":
			_, err = c.GetDcvDelegation(t.Context(), client.GetDcvDelegationInput{SiteID: site})
		case "GetSite":
			_, err = c.GetSite(t.Context(), client.GetSiteInput{SiteID: site})
		case "ListCertificates":
			_, err = c.ListCertificates(t.Context(), client.ListCertificatesInput{SiteID: site})
		case "ListCertificatesByRecord":
			_, err = c.ListCertificatesByRecord(t.Context(), client.ListCertificatesByRecordInput{SiteID: site, RecordName: "a.example.com"})
		case "SetCertificate":
			_, err = c.SetCertificate(t.Context(), client.SetCertificateInput{SiteID: site, Type: esaapi.TypeCas})
		default:
			t.Errorf("%s is not called", action)
		}
		return err
	}
	rows := 0
	for _, op := range esaops.All() {
		if _, ok := op.Parameter("SiteId"); !ok {
			continue
		}
		for i, want := range op.Errors {
			rows++
			wantRow(t, call(op.Action, 4000000000000+int64(i+1)), want)
		}
	}
	if rows < 60 {
		t.Errorf("%d rows", rows)
	}
}

// With revoke_on_delete, a deletion is passed on to the authority, whose refusal is
// logged and does not fail the call; without it, nothing is.
func TestRevokeOnDelete(t *testing.T) {
	t.Parallel()
	example := string(config.Example())
	on := strings.Replace(example, "  # revoke_on_delete: true", "  revoke_on_delete: true", 1)
	if on == example {
		t.Fatal("the example has no revoke_on_delete")
	}
	for yaml, want := range map[string]int{example: 0, on: 1} {
		var log strings.Builder
		t.Run(fmt.Sprint("revocations=", want), func(t *testing.T) { // at the end, the server waits for revocations
			srv := servertest.New(t, servertest.WithConfig(yaml), servertest.WithLogger(debugLogger(&log)))
			c := srv.Client()
			issued := mustApply(t, c, "www.example.com")
			srv.WaitIssued(t.Context(), srv.Applications()[0].ID)
			for _, id := range []string{issued, mustApply(t, c, "shop.example.com"), mustUpload(t, srv, c, "mine.example.com")} {
				if _, err := c.DeleteCertificate(t.Context(), client.DeleteCertificateInput{SiteID: servertest.SiteID, ID: id}); err != nil {
					t.Error(err)
				}
			}
		})
		if got := strings.Count(log.String(), "deleted certificate not revoked: the authority does not revoke certificates"); got != want {
			t.Errorf("%d revocations, want %d: %s", got, want, log.String())
		}
	}
}

func mustUpload(t *testing.T, srv *servertest.Server, c *client.Client, name string) (id string) {
	t.Helper()
	certificate, key := keyPair(t, srv.Clock.Now().AddDate(1, 0, 0), name)
	out, err := c.SetCertificate(t.Context(), client.SetCertificateInput{SiteID: servertest.SiteID, Type: esaapi.TypeUpload, Certificate: certificate, PrivateKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return out.ID
}
