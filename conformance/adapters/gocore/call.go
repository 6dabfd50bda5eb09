package main

import (
	"fmt"
	"strconv"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
)

// call makes one call as the vendor's product module for ESA does: style RPC,
// action and version by name, the answer parsed as JSON.
func call(asked request) (*response, *failure) {
	client, failed := newClient(asked)
	if failed != nil {
		return nil, failed
	}
	params := &openapi.Params{
		Action:      dara.String("ApplyCertificate"),
		Version:     dara.String("2024-09-10"),
		Protocol:    dara.String("HTTPS"),
		Pathname:    dara.String("/"),
		Method:      dara.String(asked.Method),
		AuthType:    dara.String("AK"),
		Style:       dara.String("RPC"),
		ReqBodyType: dara.String("formData"),
		BodyType:    dara.String("json"),
	}
	runtime := &dara.RuntimeOptions{ReadTimeout: dara.Int(asked.TimeoutMs), ConnectTimeout: dara.Int(asked.TimeoutMs)}
	got, err := client.CallApi(params, operation(asked), runtime)
	if err != nil {
		return nil, explain(err)
	}
	return success(got), nil
}

func newClient(asked request) (*openapi.Client, *failure) {
	config := &openapi.Config{
		Protocol:        dara.String(asked.scheme),
		Endpoint:        dara.String(asked.host),
		AccessKeyId:     dara.String(asked.AccessKeyID),
		AccessKeySecret: dara.String(asked.AccessKeySecret),
		SecurityToken:   dara.String(asked.SecurityToken),
		BearerToken:     dara.String(asked.BearerToken),
	}
	if asked.Signature == "hmac-sha1" {
		config.SignatureAlgorithm = dara.String("v2")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, &failure{Kind: "input", Raw: err.Error()}
	}
	return client, nil
}

// operation places the parameters.
func operation(asked request) *openapi.OpenApiRequest {
	if asked.Placement != "form" {
		return &openapi.OpenApiRequest{Query: asked.Parameters}
	}
	form := make(map[string]any, len(asked.Parameters))
	for name, value := range asked.Parameters {
		form[name] = dara.StringValue(value)
	}
	// A query that is nil would be written to by the RPC signature.
	return &openapi.OpenApiRequest{Query: map[string]*string{}, Body: form}
}

// success takes apart what CallApi returns for a 2xx answer. The core passes
// the map through JSON, so its members have JSON's types. An answer without a
// body is no error to the core: it shows as a body without members.
func success(got map[string]any) *response {
	body, _ := got["body"].(map[string]any)
	if body == nil {
		body = map[string]any{}
	}
	answer := &response{Body: body, Headers: map[string]string{}}
	headers, _ := got["headers"].(map[string]any)
	for name, value := range headers {
		answer.Headers[name] = fmt.Sprint(value)
	}
	if status, err := strconv.Atoi(fmt.Sprint(got["statusCode"])); err == nil {
		answer.Status = status
	}
	return answer
}
