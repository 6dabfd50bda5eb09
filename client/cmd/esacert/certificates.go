package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
)

// listCommand is "esacert list".
type listCommand struct {
	SiteID    int64  `name:"site-id" required:"" placeholder:"NUMBER" help:"Site ID, as shown in the console."`
	Keyword   string `placeholder:"TEXT" help:"Only certificates with this text in name, common name or SAN."`
	ValidOnly bool   `help:"Only certificates in force."`
	Type      string `placeholder:"TYPE" help:"Only certificates of this type: free or upload."`

	callFlags
}

// Run prints every page.
func (l *listCommand) Run(ctx context.Context, to streams) error {
	return l.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		certificates := []esaapi.Certificate{}
		input := client.ListCertificatesInput{SiteID: l.SiteID, Keyword: l.Keyword, ValidOnly: l.ValidOnly, Type: l.Type, PageSize: pageSize}
		for certificate, err := range c.ListCertificatesAll(ctx, input, options...) {
			if err != nil {
				return err
			}
			certificates = append(certificates, certificate)
		}
		if l.Output == "json" {
			return printed(printJSON(to.out, certificates))
		}
		lines := [][]string{{"ID", "STATUS", "TYPE", "EXPIRES", "NAMES"}}
		for _, certificate := range certificates {
			lines = append(lines, []string{certificate.ID, certificate.Status, certificate.Type, orDash(certificate.NotAfter), certificate.SAN})
		}
		return printed(printTable(to.out, lines))
	})
}

// pageSize is the largest page that the service returns.
const pageSize = 500

func orDash(s *string) string {
	if s == nil || *s == "" {
		return "-"
	}
	return *s
}

// certificateFlags name one certificate.
type certificateFlags struct {
	SiteID int64  `name:"site-id" required:"" placeholder:"NUMBER" help:"Site ID, as shown in the console."`
	ID     string `arg:"" help:"Certificate ID, as apply and list print it."`

	callFlags
}

func (f *certificateFlags) input() client.GetCertificateInput {
	return client.GetCertificateInput{SiteID: f.SiteID, ID: f.ID}
}

// getCommand is "esacert get".
type getCommand struct{ certificateFlags }

// Run prints the certificate: as a table its fields, then the PEM.
func (g *getCommand) Run(ctx context.Context, to streams) error {
	return g.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		output, err := c.GetCertificate(ctx, g.input(), options...)
		if err != nil {
			return err
		}
		return printed(writeCertificate(to, g.Output, output))
	})
}

func writeCertificate(to streams, form string, output *client.GetCertificateOutput) error {
	if form == "json" {
		return printJSON(to.out, output.GetCertificateResponseBody)
	}
	r := &output.Result
	lines := [][]string{
		{"ID", r.ID}, {"STATUS", r.Status}, {"TYPE", r.Type}, {"NAME", r.Name}, {"NAMES", r.SAN},
		{"ISSUER", orDash(r.IssuerCN)}, {"FROM", orDash(r.NotBefore)}, {"EXPIRES", orDash(r.NotAfter)}, {"SERIAL", orDash(r.SerialNumber)},
	}
	if r.ApplyMessage != nil {
		lines = append(lines, []string{"REASON", *r.ApplyMessage})
	}
	for _, dcv := range r.DCV {
		lines = append(lines, []string{"DCV " + dcv.Type, dcv.Key + " " + dcv.Value + " (" + dcv.Status + ")"})
	}
	if err := printTable(to.out, lines); err != nil || output.Certificate == nil {
		return err
	}
	_, err := fmt.Fprintf(to.out, "\n%s", *output.Certificate)
	return err
}

// waitCommand is "esacert wait".
type waitCommand struct{ certificateFlags }

// Run waits until the certificate is in force, and prints it.
func (w *waitCommand) Run(ctx context.Context, to streams) error {
	return w.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		output, err := c.WaitForCertificate(ctx, w.input(), options...)
		if err != nil {
			return err
		}
		return printed(writeCertificate(to, w.Output, output))
	})
}

// deleteCommand is "esacert delete".
type deleteCommand struct{ certificateFlags }

// Run deletes the certificate.
func (d *deleteCommand) Run(ctx context.Context, to streams) error {
	return d.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		output, err := c.DeleteCertificate(ctx, client.DeleteCertificateInput{SiteID: d.SiteID, ID: d.ID}, options...)
		if err != nil {
			return err
		}
		if d.Output == "json" {
			return printed(printJSON(to.out, output.DeleteCertificateResponseBody))
		}
		_, err = fmt.Fprintf(to.out, "deleted %s of site %s\n", printable(output.ID), printable(output.SiteName))
		return printed(err)
	})
}

// uploadCommand is "esacert upload".
type uploadCommand struct {
	SiteID      int64  `name:"site-id" required:"" placeholder:"NUMBER" help:"Site ID, as shown in the console."`
	Certificate string `required:"" placeholder:"FILE" type:"existingfile" help:"PEM file with the certificate and its chain."`
	Key         string `required:"" placeholder:"FILE" type:"existingfile" help:"PEM file with the private key."`
	Name        string `placeholder:"NAME" help:"Name of the certificate. Default: chosen by the service."`
	ID          string `placeholder:"ID" help:"Replace the uploaded certificate with this ID."`

	callFlags
}

// Run uploads the certificate.
func (u *uploadCommand) Run(ctx context.Context, to streams) error {
	certificate, err := os.ReadFile(u.Certificate)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(u.Key)
	if err != nil {
		return err
	}
	return u.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		output, err := c.SetCertificate(ctx, client.SetCertificateInput{
			SiteID: u.SiteID, Type: esaapi.TypeUpload, Name: u.Name, ID: u.ID, Certificate: string(certificate), PrivateKey: string(key),
		}, options...)
		if err != nil {
			return err
		}
		if u.Output == "json" {
			return printed(printJSON(to.out, output.SetCertificateResponseBody))
		}
		_, err = fmt.Fprintf(to.out, "stored as %s\n", printable(output.ID))
		return printed(err)
	})
}

// quotaCommand is "esacert quota".
type quotaCommand struct {
	SiteID int64 `name:"site-id" required:"" placeholder:"NUMBER" help:"Site ID, as shown in the console."`

	callFlags
}

// Run prints the quota of free certificates.
func (q *quotaCommand) Run(ctx context.Context, to streams) error {
	return q.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		output, err := c.GetCertificateQuota(ctx, client.GetCertificateQuotaInput{SiteID: q.SiteID, Type: "free"}, options...)
		if err != nil {
			return err
		}
		if q.Output == "json" {
			return printed(printJSON(to.out, output.GetCertificateQuotaResponseBody))
		}
		lines := [][]string{{"SITE ID", "SITE", "USED"}}
		for _, site := range output.SiteUsage {
			lines = append(lines, []string{site.SiteID, site.SiteName, strconv.FormatInt(site.SiteUsage, 10)})
		}
		if err := printTable(to.out, lines); err != nil {
			return printed(err)
		}
		_, err = fmt.Fprintf(to.out, "\n%d of %d used\n", output.QuotaUsage, output.Quota)
		return printed(err)
	})
}

// sitesCommand is "esacert sites".
type sitesCommand struct {
	Name string `arg:"" optional:"" help:"Only sites whose name contains this text."`

	callFlags
}

// Run prints every page.
func (s *sitesCommand) Run(ctx context.Context, to streams) error {
	return s.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		input := client.ListSitesInput{PageSize: pageSize}
		if s.Name != "" {
			input.SiteName, input.SiteSearchType = s.Name, esaapi.SearchFuzzy
		}
		sites := []esaapi.Site{}
		for site, err := range c.ListSitesAll(ctx, input, options...) {
			if err != nil {
				return err
			}
			sites = append(sites, site)
		}
		if s.Output == "json" {
			return printed(printJSON(to.out, sites))
		}
		lines := [][]string{{"SITE ID", "STATUS", "ACCESS", "PLAN", "NAME"}}
		for _, site := range sites {
			lines = append(lines, []string{strconv.FormatInt(site.SiteID, 10), site.Status, site.AccessType, site.PlanName, site.SiteName})
		}
		return printed(printTable(to.out, lines))
	})
}
