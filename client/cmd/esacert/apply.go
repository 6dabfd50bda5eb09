package main

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/credentials"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
)

// applyCommand is "esacert apply".
type applyCommand struct {
	SiteID  int64    `name:"site-id" required:"" placeholder:"NUMBER" help:"Site ID, as shown in the console."`
	Domains []string `required:"" placeholder:"NAME" help:"Domain names, comma-separated; repeatable."`
	Type    string   `placeholder:"TYPE" help:"Certificate type: lets_encrypt (up to 50 names), digicert_single (up to 10, no wildcards) or digicert_wildcard (one wildcard). Default: lets_encrypt."`
	AlgType string   `placeholder:"ALG" help:"Key algorithm of the certificate: RSA or ECC; other values are sent with a warning. Default: chosen by the service."`

	Region   *string `placeholder:"REGION" help:"Region, for example ap-southeast-1. Default: cn-hangzhou."`
	Endpoint *string `placeholder:"URL" help:"Endpoint URL instead of the region's, for example http://127.0.0.1:8080. Without a scheme: http for loopback, else https."`
	Profile  string  `placeholder:"NAME" help:"Read credentials from this aliyun CLI profile."`

	Output       string        `enum:"table,json" default:"table" help:"Output format: table or json."`
	Signature    string        `enum:"acs3,rpc,rpc-sha256" default:"acs3" help:"Signature scheme: acs3 (ACS3-HMAC-SHA256), rpc (version 1.0, HMAC-SHA1) or rpc-sha256 (version 1.0, HMAC-SHA256)."`
	Method       string        `enum:"POST,GET" default:"POST" help:"HTTP method: POST or GET."`
	Timeout      time.Duration `default:"1m" help:"Total timeout for all attempts; 0 disables it."`
	NoRetry      bool          `help:"Do not retry."`
	NoInputCheck bool          `help:"Skip client-side validation."`
	Debug        bool          `help:"Print signed strings and attempts to stderr; secrets and tokens are redacted."`
}

// Run calls the service and prints the result.
func (a *applyCommand) Run(ctx context.Context, to streams) error {
	if a.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.Timeout)
		defer cancel()
	}
	output, err := a.call(ctx, to)
	if err != nil {
		if failed := printError(to.err, a.Output, err, a.Debug); failed != nil {
			return failed
		}
		return &exitError{exitCode(err)}
	}
	a.warn(to)
	if a.Output == "json" {
		return writeJSON(to.out, output)
	}
	return writeTable(to.out, output)
}

// warn reports what was accepted but has no effect.
func (a *applyCommand) warn(to streams) {
	if _, known := esaapi.KnownAlgorithmType(a.AlgType); a.AlgType != "" && !known {
		to.warnf("esacert: warning: --alg-type %q is neither %s; known servers ignore it and choose the key\n",
			a.AlgType, strings.Join(esaapi.AlgorithmTypes(), " nor "))
	}
}

func (a *applyCommand) call(ctx context.Context, to streams) (*client.ApplyCertificateOutput, error) {
	c, err := client.New()
	if err != nil {
		return nil, err
	}
	defer c.CloseIdleConnections()
	input := client.ApplyCertificateInput{SiteID: a.SiteID, Domains: a.Domains, Type: client.CertificateType(a.Type), AlgType: a.AlgType}
	// Options of the call, not of the client, so that invalid options are
	// reported together with invalid input.
	return c.ApplyCertificate(ctx, input, a.options(to)...)
}

func (a *applyCommand) options(to streams) []client.Option {
	options := []client.Option{
		client.WithCredentials(a.credentials()),
		client.WithMethod(a.Method),
		client.WithUserAgent("esacert-cli"),
	}
	// An empty value is usually an unset variable of a script, so it is passed
	// on and rejected.
	if a.Region != nil {
		options = append(options, client.WithRegion(*a.Region))
	}
	if a.Endpoint != nil {
		options = append(options, client.WithEndpoint(*a.Endpoint))
	}
	switch a.Signature {
	case "rpc":
		options = append(options, client.WithSignature(signature.RPCHMACSHA1))
	case "rpc-sha256":
		options = append(options, client.WithSignature(signature.RPCHMACSHA256))
	}
	if a.NoRetry {
		options = append(options, client.WithoutRetry())
	}
	if a.NoInputCheck {
		options = append(options, client.WithoutValidation())
	}
	if a.Debug {
		options = append(options, a.debug(to)...)
	}
	return options
}

// credentials returns the credentials provider. An incomplete access key in the
// environment is an error, not a reason to try other sources.
func (a *applyCommand) credentials() client.CredentialsProvider {
	switch {
	case a.Profile != "":
		return credentials.Profile(a.Profile)
	case os.Getenv(envAccessKeyID)+os.Getenv(envAccessKeySecret) != "":
		return client.EnvironmentCredentials()
	}
	return credentials.Default()
}

// debug returns options that print each attempt and its result.
func (a *applyCommand) debug(to streams) []client.Option {
	level := &slog.HandlerOptions{Level: slog.LevelDebug}
	return []client.Option{
		client.WithLogger(slog.New(slog.NewTextHandler(to.err, level))),
		client.WithDebug(func(attempt client.Attempt) {
			to.warnf("attempt %d: %s %s\n", attempt.Number, attempt.Method, attempt.URL)
			if attempt.CanonicalRequest != "" {
				to.warnf("canonical request:\n%s\n", indent(attempt.CanonicalRequest))
			}
			if attempt.StringToSign != "" {
				to.warnf("string to sign:\n%s\n", indent(attempt.StringToSign))
			}
		}),
	}
}

// indent prefixes every line.
func indent(s string) string {
	return "  | " + strings.ReplaceAll(s, "\n", "\n  | ")
}
