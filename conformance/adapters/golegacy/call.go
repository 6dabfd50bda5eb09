package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
)

// call makes one call as a program without a product module does: with a
// CommonRequest, and action and version by name.
func call(req request) (*response, *failure) {
	if req.Signature != "hmac-sha1" {
		return nil, &failure{Kind: "unsupported", Raw: "the SDK signs only with hmac-sha1, not " + req.Signature}
	}
	// Each call has its own transport, because the SDK cannot close connections.
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client, err := sdk.NewClientWithOptions("cn-hangzhou", config(req, transport), credential(req))
	if err != nil {
		return nil, explain(err)
	}
	result, err := client.ProcessCommonRequest(operation(req))
	if err != nil {
		return nil, explain(err)
	}
	return success(result), nil
}

func config(req request, transport *http.Transport) *sdk.Config {
	config := sdk.NewConfig().WithHttpTransport(transport).WithScheme(req.scheme)
	if req.MaxAttempts > 1 {
		config.WithAutoRetry(true).WithMaxRetryTime(req.MaxAttempts - 1)
	}
	return config
}

func credential(req request) auth.Credential {
	switch {
	case req.BearerToken != "":
		return credentials.NewBearerTokenCredentialsProvider(req.BearerToken)
	case req.SecurityToken != "":
		return credentials.NewStaticSTSCredentialsProvider(req.AccessKeyID, req.AccessKeySecret, req.SecurityToken)
	}
	return credentials.NewStaticAKCredentialsProvider(req.AccessKeyID, req.AccessKeySecret)
}

// operation returns a request with the parameters in query or form.
func operation(req request) *requests.CommonRequest {
	call := requests.NewCommonRequest()
	call.Method, call.Domain = req.Method, req.host
	call.ApiName, call.Version = req.Operation, "2024-09-10"
	timeout := time.Duration(req.TimeoutMs) * time.Millisecond
	call.ReadTimeout, call.ConnectTimeout = timeout, timeout
	parameters := call.QueryParams
	if req.Placement == "form" {
		parameters = call.FormParams
	}
	for name, value := range req.Parameters {
		parameters[name] = value
	}
	return call
}

// success parses the body that the SDK returns as a string for a 2xx response. The
// SDK does not treat a body that is not an object as an error; it becomes an empty
// object here.
func success(result *responses.CommonResponse) *response {
	resp := &response{Status: result.GetHttpStatus(), Headers: map[string]string{}, Body: map[string]any{}}
	for name, values := range result.GetHttpHeaders() {
		resp.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	var body map[string]any
	decoder := json.NewDecoder(bytes.NewReader(result.GetHttpContentBytes()))
	decoder.UseNumber()
	if decoder.Decode(&body) == nil && body != nil {
		resp.Body = body
	}
	return resp
}
