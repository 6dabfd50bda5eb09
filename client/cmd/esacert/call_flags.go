package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/credentials"
	"github.com/esacert/esacert/client/signature"
)

// callFlags are the flags of every command that calls the service.
type callFlags struct {
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

// run calls do with a client and the options of the flags, and prints its error.
func (f *callFlags) run(ctx context.Context, to streams, do func(context.Context, *client.Client, []client.Option) error) error {
	if f.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.Timeout)
		defer cancel()
	}
	c, err := client.New()
	if err == nil {
		defer c.CloseIdleConnections()
		// Options of the call, not of the client, so that invalid options are
		// reported together with invalid input.
		err = do(ctx, c, f.options(to))
	}
	if output, ok := errors.AsType[*outputError](err); ok {
		return output.error
	}
	if err != nil {
		if failed := printError(to.err, f.Output, err, f.Debug); failed != nil {
			return failed
		}
		return &exitError{exitCode(err)}
	}
	return nil
}

// outputError is an error of writing the output, not of the call.
type outputError struct{ error }

// printed marks an error of writing the output.
func printed(err error) error {
	if err == nil {
		return nil
	}
	return &outputError{err}
}

func (f *callFlags) options(to streams) []client.Option {
	options := []client.Option{
		client.WithCredentials(f.credentials()),
		client.WithMethod(f.Method),
		client.WithUserAgent("esacert-cli"),
	}
	// An empty value is usually an unset variable of a script, so it is passed
	// on and rejected.
	if f.Region != nil {
		options = append(options, client.WithRegion(*f.Region))
	}
	if f.Endpoint != nil {
		options = append(options, client.WithEndpoint(*f.Endpoint))
	}
	switch f.Signature {
	case "rpc":
		options = append(options, client.WithSignature(signature.RPCHMACSHA1))
	case "rpc-sha256":
		options = append(options, client.WithSignature(signature.RPCHMACSHA256))
	}
	if f.NoRetry {
		options = append(options, client.WithoutRetry())
	}
	if f.NoInputCheck {
		options = append(options, client.WithoutValidation())
	}
	if f.Debug {
		options = append(options, f.debug(to)...)
	}
	return options
}

// credentials returns the credentials provider. An incomplete access key in the
// environment is an error, not a reason to try other sources.
func (f *callFlags) credentials() client.CredentialsProvider {
	switch {
	case f.Profile != "":
		return credentials.Profile(f.Profile)
	case os.Getenv(envAccessKeyID)+os.Getenv(envAccessKeySecret) != "":
		return client.EnvironmentCredentials()
	}
	return credentials.Default()
}

// debug returns options that print each attempt and its result.
func (f *callFlags) debug(to streams) []client.Option {
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
