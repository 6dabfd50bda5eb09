package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
)

// fakeAdapter is an adapter whose behavior is the mode in its first argument.
func fakeAdapter() {
	call := callSDK
	switch mode := os.Args[1]; mode {
	case "correct", "exits-with-4":
	case "wrong-messages": // removes the final period of messages
		call = func(ctx context.Context, request adapters.Request) adapters.Result {
			result := callSDK(ctx, request)
			if result.Error != nil {
				result.Error.Message = strings.TrimSuffix(result.Error.Message, ".")
			}
			return result
		}
	case "garbage":
		fmt.Fprintln(os.Stdout, "listening on port 8080")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	case "dies":
		fmt.Fprintln(os.Stderr, "out of memory")
		os.Exit(3)
	case "silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	default:
		fmt.Fprintln(os.Stderr, "unknown mode:", mode)
		os.Exit(9)
	}
	if err := adapters.Serve(context.Background(), os.Stdin, os.Stdout, call); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Args[1] == "exits-with-4" {
		os.Exit(4)
	}
}

// callSDK makes a call with the SDK. It returns an error of kind unsupported for calls
// that it does not implement.
func callSDK(ctx context.Context, request adapters.Request) adapters.Result {
	id, err := strconv.ParseInt(request.Parameters["SiteId"], 10, 64)
	if err != nil || request.BearerToken != "" || request.SecurityToken != "" || request.Signature != adapters.SignatureACS3 || request.Placement != adapters.PlacementQuery {
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported, Raw: "the adapter does not implement this call"}}
	}
	c, err := client.New(
		client.WithEndpoint(request.Endpoint), client.WithoutRetry(), client.WithMethod(request.Method),
		client.WithCredentials(client.StaticCredentials(request.AccessKeyID, request.AccessKeySecret)), client.WithoutValidation(),
	)
	if err != nil {
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindOther, Raw: err.Error()}}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(request.TimeoutMs)*time.Millisecond)
	defer cancel()
	output, err := c.ApplyCertificate(ctx, client.ApplyCertificateInput{
		SiteID: id, Domains: strings.Split(request.Parameters["Domains"], ","), Type: client.CertificateType(request.Parameters["Type"]),
	})
	serviceErr, ok := errors.AsType[*client.ServiceError](err)
	switch {
	case ok:
		return adapters.Result{Error: &adapters.Error{
			Kind: adapters.KindService, Code: serviceErr.Code, Message: serviceErr.Message, Status: serviceErr.Status, RequestID: serviceErr.RequestID, Raw: err.Error(),
		}}
	case err != nil:
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindOther, Raw: err.Error()}}
	}
	return adapters.Result{OK: true, Response: &adapters.Response{Status: 200, Body: map[string]any{"SiteName": output.SiteName}}}
}
