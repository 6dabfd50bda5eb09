// Package sdk implements an adapter for this project's SDK, package client. The
// adapter gosdk and tests use it.
package sdk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
)

// Call makes one call with the SDK. It sends invalid input to the service, as
// client.WithoutValidation does, and makes several attempts only if the request
// permits them.
func Call(ctx context.Context, request adapters.Request) adapters.Result {
	return With()(ctx, request)
}

// With returns a handler like Call whose client has additional options. They override
// those that result from the request.
func With(more ...client.Option) adapters.Handler {
	return func(ctx context.Context, request adapters.Request) adapters.Result {
		return call(ctx, request, more)
	}
}

func call(ctx context.Context, request adapters.Request, more []client.Option) adapters.Result {
	perform, known := operationOf(request.Operation)
	if !known {
		return failed(unsupported("the SDK has no operation %q", request.Operation))
	}
	c, err := client.New(append(options(request), more...)...)
	if err != nil {
		return failed(err)
	}
	response, err := perform(ctx, c, request)
	if err != nil {
		return failed(err)
	}
	return adapters.Result{Response: response}
}

func failed(err error) adapters.Result { return adapters.Result{Error: explain(err)} }

// input converts the parameters of a request to the input of the SDK. It returns an
// error if the SDK cannot send them.
func input(request adapters.Request) (client.ApplyCertificateInput, error) {
	var in client.ApplyCertificateInput
	if request.Placement != adapters.PlacementQuery {
		return in, fmt.Errorf("the SDK sends parameters in the query only, not in a %s", request.Placement)
	}
	for name, value := range request.Parameters {
		switch name {
		case "SiteId":
			id, err := strconv.ParseInt(value, 10, 64)
			if err != nil || strconv.FormatInt(id, 10) != value {
				return in, fmt.Errorf("SiteId %q: the SDK accepts 64-bit integers only", value)
			}
			in.SiteID = id
		case "Domains":
			in.Domains = strings.Split(value, ",")
		case "Type":
			in.Type = client.CertificateType(value)
			if value == "" {
				return in, errors.New("the SDK does not send an empty Type")
			}
		case "AlgType":
			in.AlgType = value
			if value == "" {
				return in, errors.New("the SDK does not send an empty AlgType")
			}
		default:
			return in, fmt.Errorf("the SDK has no parameter %q", name)
		}
	}
	for _, name := range []string{"SiteId", "Domains"} {
		if _, ok := request.Parameters[name]; !ok {
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
