package main

import (
	"context"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
)

// applyCommand is "esacert apply".
type applyCommand struct {
	SiteID  int64    `name:"site-id" required:"" placeholder:"NUMBER" help:"Site ID, as shown in the console."`
	Domains []string `required:"" placeholder:"NAME" help:"Domain names, comma-separated; repeatable."`
	Type    string   `placeholder:"TYPE" help:"Certificate type: lets_encrypt (up to 50 names), digicert_single (up to 10, no wildcards) or digicert_wildcard (one wildcard). Default: lets_encrypt."`
	AlgType string   `placeholder:"ALG" help:"Key algorithm of the certificate: RSA or ECC; other values are sent with a warning. Default: chosen by the service."`

	Wait bool `help:"Wait until every certificate is issued. Set --timeout high enough, for example 10m."`

	callFlags
}

// Run calls the service and prints the result.
func (a *applyCommand) Run(ctx context.Context, to streams) error {
	return a.run(ctx, to, func(ctx context.Context, c *client.Client, options []client.Option) error {
		input := client.ApplyCertificateInput{SiteID: a.SiteID, Domains: a.Domains, Type: client.CertificateType(a.Type), AlgType: a.AlgType}
		output, err := c.ApplyCertificate(ctx, input, options...)
		if err != nil {
			return err
		}
		a.warn(to)
		if a.Wait {
			if err := a.wait(ctx, c, output, options); err != nil {
				return err
			}
		}
		if a.Output == "json" {
			return printed(writeJSON(to.out, output))
		}
		return printed(writeTable(to.out, output))
	})
}

// wait waits for every certificate and updates its status.
func (a *applyCommand) wait(ctx context.Context, c *client.Client, output *client.ApplyCertificateOutput, options []client.Option) error {
	for i := range output.Applications {
		application := &output.Applications[i]
		issued, err := c.WaitForCertificate(ctx, client.GetCertificateInput{SiteID: a.SiteID, ID: application.ID}, options...)
		if err != nil {
			return err
		}
		application.Status = issued.Status
	}
	return nil
}

// warn reports what was accepted but has no effect.
func (a *applyCommand) warn(to streams) {
	if _, known := esaapi.KnownAlgorithmType(a.AlgType); a.AlgType != "" && !known {
		to.warnf("esacert: warning: --alg-type %q is neither %s; known servers ignore it and choose the key\n",
			a.AlgType, strings.Join(esaapi.AlgorithmTypes(), " nor "))
	}
}
