package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
)

// callSDK makes a call with the SDK of this project, as a person would write it
// for their own client: what the SDK has no way to say is unsupported.
func callSDK(ctx context.Context, request adapters.Request) adapters.Result {
	input, err := sdkInput(request)
	if err != nil {
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported, Raw: err.Error()}}
	}
	sdk, err := client.New(
		client.WithEndpoint(request.Endpoint), client.WithCredentials(sdkCredentials(request)), client.WithSignature(sdkScheme(request)),
		client.WithMethod(request.Method), client.WithRetry(client.RetryPolicy{MaxAttempts: request.MaxAttempts, BaseDelay: 20 * time.Millisecond}),
		client.WithoutInputCheck(),
	)
	if err != nil {
		return adapters.Result{Error: explainSDK(err)}
	}
	output, err := sdk.ApplyCertificate(ctx, input)
	if err != nil {
		return adapters.Result{Error: explainSDK(err)}
	}
	items := make([]any, len(output.Applications))
	for i, a := range output.Applications {
		items[i] = map[string]any{"Domain": a.Domain, "Id": a.ID, "Status": a.Status}
	}
	return adapters.Result{Response: &adapters.Response{Status: output.Status, Body: map[string]any{
		"RequestId": output.RequestID, "SiteName": output.SiteName, "TotalCount": output.TotalCount, "Result": items,
	}}}
}

func sdkInput(request adapters.Request) (client.ApplyCertificateInput, error) {
	var input client.ApplyCertificateInput
	if request.Placement != adapters.PlacementQuery {
		return input, errors.New("the SDK sends no form")
	}
	left := len(request.Parameters)
	for name, read := range map[string]func(string) error{
		"SiteId": func(text string) (err error) {
			input.SiteID, err = strconv.ParseInt(text, 10, 64)
			if err == nil && strconv.FormatInt(input.SiteID, 10) != text {
				return fmt.Errorf("the SDK does not write a number as %q", text)
			}
			return err
		},
		"Domains": func(text string) error { input.Domains = strings.Split(text, ","); return nil },
		"Type":    func(text string) error { input.Type = client.CertificateType(text); return nil },
	} {
		text, given := request.Parameters[name]
		switch {
		case given && (text != "" || name != "Type"):
			left--
			if err := read(text); err != nil {
				return input, err
			}
		case name != "Type":
			return input, errors.New("the SDK always sends " + name)
		}
	}
	if left > 0 {
		return input, errors.New("the SDK has no such parameter")
	}
	return input, nil
}

func sdkCredentials(request adapters.Request) client.CredentialsProvider {
	switch {
	case request.BearerToken != "":
		return client.BearerCredentials(request.BearerToken)
	case request.SecurityToken != "":
		return client.STSCredentials(request.AccessKeyID, request.AccessKeySecret, request.SecurityToken)
	}
	return client.StaticCredentials(request.AccessKeyID, request.AccessKeySecret)
}

func sdkScheme(request adapters.Request) client.Scheme {
	if request.Signature == adapters.SignatureHMACSHA1 {
		return client.RPC
	}
	return client.ACS3
}

func explainSDK(err error) *adapters.Error {
	if refused, ok := errors.AsType[*client.ServiceError](err); ok {
		return &adapters.Error{
			Kind: adapters.KindService, Code: refused.Code, Message: refused.Message, Status: refused.Status,
			RequestID: refused.RequestID, Raw: err.Error(),
		}
	}
	if answer, ok := errors.AsType[*client.UnexpectedAnswerError](err); ok {
		return &adapters.Error{Kind: adapters.KindAnswer, Status: answer.Status, RequestID: answer.RequestID, Raw: err.Error()}
	}
	if _, ok := errors.AsType[*client.ConnectionError](err); ok {
		return &adapters.Error{Kind: adapters.KindConnection, Raw: err.Error()}
	}
	return &adapters.Error{Kind: adapters.KindInput, Raw: err.Error()}
}
