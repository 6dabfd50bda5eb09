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

// call makes one call as a program does that has no product module: a
// CommonRequest with action and version by name.
func call(asked request) (*response, *failure) {
	if asked.Signature != "hmac-sha1" {
		return nil, &failure{Kind: "unsupported", Raw: "the SDK signs by hmac-sha1 alone, not by " + asked.Signature}
	}
	// A transport per call, as a client of its own has: its connections are
	// closed here, since the SDK gives no way to do so.
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client, err := sdk.NewClientWithOptions("cn-hangzhou", config(asked, transport), credential(asked))
	if err != nil {
		return nil, explain(err)
	}
	got, err := client.ProcessCommonRequest(operation(asked))
	if err != nil {
		return nil, explain(err)
	}
	return success(got), nil
}

func config(asked request, transport *http.Transport) *sdk.Config {
	config := sdk.NewConfig().WithHttpTransport(transport).WithScheme(asked.scheme)
	if asked.MaxAttempts > 1 {
		config.WithAutoRetry(true).WithMaxRetryTime(asked.MaxAttempts - 1)
	}
	return config
}

func credential(asked request) auth.Credential {
	switch {
	case asked.BearerToken != "":
		return credentials.NewBearerTokenCredentialsProvider(asked.BearerToken)
	case asked.SecurityToken != "":
		return credentials.NewStaticSTSCredentialsProvider(asked.AccessKeyID, asked.AccessKeySecret, asked.SecurityToken)
	}
	return credentials.NewStaticAKCredentialsProvider(asked.AccessKeyID, asked.AccessKeySecret)
}

// operation places the parameters.
func operation(asked request) *requests.CommonRequest {
	call := requests.NewCommonRequest()
	call.Method, call.Domain = asked.Method, asked.host
	call.ApiName, call.Version = "ApplyCertificate", "2024-09-10"
	patience := time.Duration(asked.TimeoutMs) * time.Millisecond
	call.ReadTimeout, call.ConnectTimeout = patience, patience
	parameters := call.QueryParams
	if asked.Placement == "form" {
		parameters = call.FormParams
	}
	for name, value := range asked.Parameters {
		parameters[name] = value
	}
	return call
}

// success reads the text that the SDK hands over for a 2xx answer, as its
// callers must themselves. Text that is no object is no error to the SDK: it
// stays without a member here, so that what it lacks shows.
func success(got *responses.CommonResponse) *response {
	answer := &response{Status: got.GetHttpStatus(), Headers: map[string]string{}, Body: map[string]any{}}
	for name, values := range got.GetHttpHeaders() {
		answer.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	var body map[string]any
	decoder := json.NewDecoder(bytes.NewReader(got.GetHttpContentBytes()))
	decoder.UseNumber()
	if decoder.Decode(&body) == nil && body != nil {
		answer.Body = body
	}
	return answer
}
