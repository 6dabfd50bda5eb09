// Package sdk makes calls with this project's own SDK, package client, for
// whoever tests it from outside: the adapter gosdk, and tests that call it as a
// Go func.
package sdk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
)

// Call makes one call with the SDK. It leaves the judgement of the input to the
// service, as client.WithoutValidation does, and retries only when the request
// asks for it.
func Call(ctx context.Context, request adapters.Request) adapters.Result {
	return With()(ctx, request)
}

// With gives a Call whose client has these options too, after those that the
// request asks for.
func With(more ...client.Option) adapters.Handler {
	return func(ctx context.Context, request adapters.Request) adapters.Result {
		return call(ctx, request, more)
	}
}

func call(ctx context.Context, request adapters.Request, more []client.Option) adapters.Result {
	input, err := input(request)
	if err != nil {
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported, Raw: err.Error()}}
	}
	c, err := client.New(append(options(request), more...)...)
	if err != nil {
		return adapters.Result{Error: explain(err)}
	}
	output, err := c.ApplyCertificate(ctx, input)
	if err != nil {
		return adapters.Result{Error: explain(err)}
	}
	return adapters.Result{Response: answer(output)}
}

// input gives the parameters as the SDK has them, or says why it cannot: it is
// typed, and sends the documented parameters in the query.
func input(request adapters.Request) (client.ApplyCertificateInput, error) {
	var in client.ApplyCertificateInput
	if request.Placement != adapters.PlacementQuery {
		return in, fmt.Errorf("the SDK sends parameters in the query, not as a %s", request.Placement)
	}
	for name, value := range request.Parameters {
		switch name {
		case "SiteId":
			id, err := strconv.ParseInt(value, 10, 64)
			if err != nil || strconv.FormatInt(id, 10) != value {
				return in, fmt.Errorf("the SDK has a 64-bit number for SiteId, which %q is not", value)
			}
			in.SiteID = id
		case "Domains":
			in.Domains = strings.Split(value, ",")
		case "Type":
			in.Type = client.CertificateType(value)
			if value == "" {
				return in, fmt.Errorf("the SDK leaves an empty Type out")
			}
		case "AlgType":
			in.AlgType = value
			if value == "" {
				return in, fmt.Errorf("the SDK leaves an empty AlgType out")
			}
		default:
			return in, fmt.Errorf("the SDK has no parameter %q", name)
		}
	}
	for _, name := range []string{"SiteId", "Domains"} {
		if _, given := request.Parameters[name]; !given {
			return in, fmt.Errorf("the SDK always sends %s", name)
		}
	}
	return in, nil
}

func options(request adapters.Request) []client.Option {
	scheme := signature.ACS3HMACSHA256
	if request.Signature == adapters.SignatureHMACSHA1 {
		scheme = signature.RPCHMACSHA1
	}
	return []client.Option{
		client.WithEndpoint(request.Endpoint),
		client.WithCredentials(credentials(request)),
		client.WithSignature(scheme),
		client.WithMethod(request.Method),
		client.WithRetry(client.RetryPolicy{MaxAttempts: request.MaxAttempts}),
		client.WithoutValidation(),
	}
}

func credentials(request adapters.Request) client.CredentialsProvider {
	switch {
	case request.BearerToken != "":
		return client.BearerCredentials(request.BearerToken)
	case request.SecurityToken != "":
		return client.STSCredentials(request.AccessKeyID, request.AccessKeySecret, request.SecurityToken)
	}
	return client.StaticCredentials(request.AccessKeyID, request.AccessKeySecret)
}
